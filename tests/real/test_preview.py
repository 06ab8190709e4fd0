"""A branch beside production, with the Podman of this machine."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from podpipe import Delivery, Project
from podpipe.effects.folders import state_home
from podpipe.effects.unit_files import quadlet_folder, unit_folder
from podpipe.errors import Unhealthy
from tests.real.free_port import free_port
from tests.real.test_up import JOB

pytestmark = [pytest.mark.real, pytest.mark.once]

ROOT = Path(__file__).parents[2]
IMAGE = "registry.invalid/podpipe/tiny:1"

# What the server shows is kept in the volume; the maker writes it only where there is none.
PODS = """\
apiVersion: v1
kind: Pod
metadata: {{name: {name}}}
spec:
  terminationGracePeriodSeconds: 1
  securityContext: {{runAsUser: 1000, runAsGroup: 1000, runAsNonRoot: true}}
  containers:
    - name: server
      image: {image}
      command: [httpd, -f, -p, "8080", -h, /srv]
      ports: [{{containerPort: 8080, hostPort: {port}, hostIP: 127.0.0.1}}]
      readinessProbe: {{exec: {{command: [wget, -q, -O, /dev/null, "http://127.0.0.1:8080/{probe}"]}}}}
      securityContext: {{readOnlyRootFilesystem: true, allowPrivilegeEscalation: false, capabilities: {{drop: [ALL]}}}}
      volumeMounts: [{{name: site, mountPath: /srv, readOnly: true}}, {{name: notes, mountPath: /srv/notes}}]
    - name: maker
      image: {image}
      command: [sh, -c, "test -e /srv/page || echo made >/srv/page; test -d /srv/notes || sleep 1000000; sleep 1000000"]
      volumeMounts: [{{name: site, mountPath: /srv}}]
  volumes:
    - {{name: site, persistentVolumeClaim: {{claimName: {name}}}}}
    - {{name: notes, persistentVolumeClaim: {{claimName: {name}-notes}}}}
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {{name: {name}}}
spec: {{accessModes: [ReadWriteOnce], resources: {{requests: {{storage: 1Mi}}}}}}
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {{name: {name}-notes}}
spec: {{accessModes: [ReadWriteOnce], resources: {{requests: {{storage: 1Mi}}}}}}
"""
PROJECT = """\
name: {name}
images: {{tiny: {{registry: {image}}}}}
infra: tiny
volumes: {{{name}-notes: {{folder: notes}}}}
"""


class Sample:
    """A checkout whose branches differ in what the notes say and in what the probe asks for."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.name = f"test-{folder.name}".replace("_", "-")[:40]
        self.fields = {"name": self.name, "image": IMAGE, "port": free_port(), "probe": "page"}
        for part in ("pods", "notes"):
            (folder / part).mkdir()
        (folder / "podpipe.yaml").write_text(PROJECT.format(**self.fields))
        self.git("init", "--quiet", "--initial-branch=main")
        self.commit("production's")

    def git(self, *words: str) -> None:
        who = ("-c", "user.name=a", "-c", "user.email=a@b")
        subprocess.run(["git", *who, *words], cwd=self.folder, check=True, capture_output=True)

    def commit(self, note: str, **fields: Any) -> None:
        (self.folder / "pods/web.yaml").write_text((PODS + JOB).format(**{**self.fields, **fields}))
        (self.folder / "notes/a").write_text(f"{note}\n")
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", note)

    def branch(self, name: str, note: str, **fields: Any) -> None:
        self.git("checkout", "--quiet", "-B", name, "main")
        self.commit(note, **fields)
        self.git("checkout", "--quiet", "main")

    @property
    def project(self) -> Project:
        return Project.load(self.folder)

    @property
    def delivery(self) -> Delivery:
        return Delivery(self.project)

    def started(self) -> dict[str, str]:
        return {row.name: row.started_at for row in self.project.status()}

    def traces(self) -> list[str]:
        """What the machine has of us."""
        found = []
        for kind, words in (("pod", ["pod", "ps"]), ("container", ["ps", "--all"]), ("volume", ["volume", "ls"])):
            name = "{{.Names}}" if kind == "container" else "{{.Name}}"
            listed = subprocess.run(["podman", *words, f"--format={name}"], capture_output=True, text=True, check=True)
            found += [f"{kind} {line}" for line in listed.stdout.splitlines() if self.name in line]
        listed = subprocess.run(["podman", "images", "--format={{.Repository}}"], capture_output=True, text=True)
        found += [f"image {line}" for line in set(listed.stdout.splitlines()) if self.name in line]
        folders = (quadlet_folder("x").parent, unit_folder(), state_home())
        files = (path for folder in folders if folder.is_dir() for path in folder.iterdir() if self.name in path.name)
        return sorted([*found, *(f"{path}" for path in files if path != self.project.state)])

    def command(self, *words: str) -> list[str]:
        return [sys.executable, "-m", "podpipe", "-C", str(self.folder), *words]


def page(address: str, path: str = "page") -> str:
    with urllib.request.urlopen(f"{address}{path}", timeout=5) as answer:
        return str(answer.read().decode()).strip()


def put(volume: str, text: str) -> None:
    """As if a container had written it."""
    inspected = subprocess.run(["podman", "volume", "inspect", volume], capture_output=True, check=True)
    file = Path(json.loads(inspected.stdout)[0]["Mountpoint"], "page")
    subprocess.run(["podman", "unshare", "sh", "-c", f"echo {text} >{file}"], check=True)


@pytest.fixture
def sample(tmp_path: Path, tiny_image: str) -> Iterator[Sample]:
    subprocess.run(["podman", "tag", tiny_image, IMAGE], check=True)
    sample = Sample(tmp_path)
    sample.project.up()
    put(sample.name, "production")
    yield sample
    for preview in sample.delivery.previews():
        sample.delivery.remove_preview(preview.slug)
    sample.project.down()
    subprocess.run(["podman", "volume", "rm", "--force", sample.name], capture_output=True, check=False)


def test_it_runs_beside_production_and_leaves_nothing(sample: Sample) -> None:
    before, traces = sample.started(), sample.traces()
    sample.branch("feature/new-notes", "the branch's")
    preview = sample.delivery.preview("feature/new-notes")
    (address,) = preview.addresses[sample.name]
    assert address != f"http://127.0.0.1:{sample.fields['port']}/"
    assert page(address) == "production"
    assert page(address, "notes/a") == "the branch's"
    put(f"{preview.slug}.{sample.name}", "mine")
    assert page(address) == "mine"
    assert page(f"http://127.0.0.1:{sample.fields['port']}/") == "production"
    assert page(f"http://127.0.0.1:{sample.fields['port']}/", "notes/a") == "production's"
    assert sample.project.plan().changes == ()

    sample.branch("feature/new-notes", "newer")
    sample.delivery.preview("feature/new-notes")
    assert page(address, "notes/a") == "newer"
    assert page(address) == "mine"
    assert sample.started() == before

    assert [each.state for each in sample.delivery.previews()] == ["ready"]
    sample.delivery.remove_preview("feature/new-notes")
    assert sample.traces() == traces
    assert sample.started() == before
    assert page(f"http://127.0.0.1:{sample.fields['port']}/") == "production"


def test_one_that_does_not_get_healthy_leaves_its_log(sample: Sample) -> None:
    before, traces = sample.started(), sample.traces()
    sample.branch("bad", "bad", probe="nothing")
    with pytest.raises(Unhealthy, match="did not become healthy within 3 s"):
        sample.delivery.preview("bad", timeout=3.0)
    assert sample.traces() == traces
    assert sample.started() == before
    assert "did not become healthy" in (sample.project.state / "previews/bad.log").read_text()


def test_the_volume_belongs_to_whom_production_s_does(sample: Sample) -> None:
    def looks(volume: str) -> str:
        inspected = subprocess.run(["podman", "volume", "inspect", volume], capture_output=True, check=True)
        place = json.loads(inspected.stdout)[0]["Mountpoint"]
        shown = ["podman", "unshare", "stat", "--format=%u:%g %a", place, f"{place}/page"]
        return subprocess.run(shown, capture_output=True, text=True, check=True).stdout

    sample.branch("try", "the branch's")
    sample.delivery.preview("try")
    assert looks(f"try.{sample.name}") == looks(sample.name)
    assert looks(sample.name).startswith("1000:1000 ")


def test_killed_at_any_moment_it_is_seen_and_can_be_removed(sample: Sample) -> None:
    traces = sample.traces()
    sample.branch("try", "the branch's")
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    for seconds in (0.3, 0.6, 1.0, 1.4, 1.8, 2.4, 3.0):
        making = subprocess.Popen(sample.command("preview", "--branch", "try"), env=environment, stderr=subprocess.PIPE)
        time.sleep(seconds)
        making.send_signal(signal.SIGKILL)
        making.communicate()
        for preview in sample.delivery.previews():
            assert preview.state in ("half made", "half updated", "ready")
            assert sample.delivery.remove_preview("try").slug == "try"
        assert sample.traces() == traces
