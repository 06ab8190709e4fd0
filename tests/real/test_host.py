"""Another machine's Podman, driven over a real ssh."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from podpipe import Project
from podpipe.effects.libpod import Libpod
from podpipe.effects.remote import connect_host
from podpipe.errors import NotFound, PodpipeError, Unsupported, UsageError
from tests.real.free_port import free_port
from tests.real.sshd import OtherMachine, other_machine

pytestmark = [pytest.mark.real, pytest.mark.once]

ROOT = Path(__file__).parents[2]
PROJECT = """\
name: test-host
images: {{tiny: {{registry: {image}}}}}
infra: tiny
"""
PODS = """\
apiVersion: v1
kind: Pod
metadata: {{name: test-host}}
spec:
  terminationGracePeriodSeconds: 1
  securityContext: {{runAsUser: 1000, runAsGroup: 1000, runAsNonRoot: true}}
  containers:
    - name: server
      image: {image}
      command: [sh, -c, "cat /etc/words/word >/srv/page; exec httpd -f -p 8080 -h /srv"]
      ports: [{{containerPort: 8080, hostPort: {port}, hostIP: 127.0.0.1}}]
      readinessProbe: {{exec: {{command: [wget, -q, -O, /dev/null, "http://127.0.0.1:8080/page"]}}}}
      volumeMounts: [{{name: site, mountPath: /srv}}, {{name: words, mountPath: /etc/words}}]
  volumes:
    - {{name: site, persistentVolumeClaim: {{claimName: test-host}}}}
    - {{name: words, configMap: {{name: words}}}}
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {{name: test-host}}
spec: {{accessModes: [ReadWriteOnce], resources: {{requests: {{storage: 1Mi}}}}}}
---
apiVersion: v1
kind: ConfigMap
metadata: {{name: words}}
data: {{word: hello from the other machine}}
"""
REGISTRY = "registry.invalid/podpipe/tiny:1"


@pytest.fixture(scope="module")
def pi(engine: Libpod, tiny_image: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[OtherMachine]:
    """Another machine that has the tiny image."""
    folder = tmp_path_factory.mktemp("pi")
    path = os.environ["PATH"]
    os.environ["PATH"] = f"{folder}/bin:{path}"
    try:
        with other_machine(folder) as machine:
            archive = folder / "tiny.tar"
            subprocess.run(["podman", "save", "--quiet", "--output", archive, tiny_image], check=True)
            machine.podman("load", "--quiet", "--input", str(archive))
            machine.podman("tag", tiny_image, REGISTRY)
            try:
                yield machine
            finally:
                machine.podman("pod", "rm", "--force", "--all")
                machine.podman("rm", "--force", "--all")
                with contextlib.suppress(FileNotFoundError):
                    os.kill(int((folder / "run/podpipe/api.pid").read_text()), signal.SIGKILL)
    finally:
        os.environ["PATH"] = path


class Sample:
    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, free_port()
        (folder / "pods").mkdir()
        self.write()

    def write(self, more: str = "", pods: str = PODS) -> None:
        (self.folder / "podpipe.yaml").write_text(PROJECT.format(image=REGISTRY) + more)
        (self.folder / "pods/web.yaml").write_text(pods.format(image=REGISTRY, port=self.port))

    @property
    def project(self) -> Project:
        return Project.load(self.folder, host="pi")

    def page(self) -> bytes:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/page", timeout=5) as answer:
            return bytes(answer.read())


@pytest.fixture
def sample(tmp_path: Path) -> Sample:
    return Sample(tmp_path)


def test_a_project_runs_there_and_not_here(pi: OtherMachine, sample: Sample, engine: Libpod) -> None:
    plan = sample.project.up()
    assert {action.verb for action in plan.actions if action.kind == "pod"} == {"create"}
    assert sample.page() == b"hello from the other machine"
    assert "test-host" in pi.podman("pod", "ps", "--format", "{{.Name}}").split()
    assert "test-host" not in [pod["Name"] for pod in engine.pods()]
    project = sample.project
    assert not project.up().changes
    assert [row.state for row in project.status()] == ["running"]
    assert list(project.logs("test-host")) == []
    assert (pi.folder / "state/podpipe/test-host/config-maps").is_dir()
    assert [action.name for action in project.down().changes] == ["test-host"]
    assert "test-host" not in pi.podman("pod", "ps", "--format", "{{.Name}}").split()


def test_the_command(pi: OtherMachine, sample: Sample) -> None:
    def podpipe(*words: str) -> subprocess.CompletedProcess[str]:
        argv = [sys.executable, "-m", "podpipe", "-C", str(sample.folder), "--host", "pi", *words]
        return subprocess.run(argv, capture_output=True, text=True, cwd=ROOT)

    assert "create   pod       test-host" in podpipe("plan").stdout
    assert podpipe("up").returncode == 0
    assert "running" in podpipe("status").stdout
    inside = podpipe("exec", "test-host/server", "--", "sh", "-c", "echo \"$0\" && exit 5", "it's $HOME")
    assert (inside.stdout, inside.returncode) == ("it's $HOME\n", 5), inside.stderr
    assert podpipe("restart", "test-host/server").stdout == "restart  container test-host-server\n"
    assert podpipe("down").returncode == 0
    refused = podpipe("build")
    assert refused.returncode == 2
    assert "--host does not go with build" in refused.stderr
    pi.wait_until_nobody_is_logged_in()


def test_a_killed_podpipe_leaves_no_ssh(pi: OtherMachine) -> None:
    code = "from podpipe.effects.remote import connect_host; connect_host('pi'); print('there', flush=True); input()"
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT
    ) as ours:
        assert ours.stdout is not None
        assert ours.stdout.readline() == "there\n"
        ours.kill()
    pi.wait_until_nobody_is_logged_in()


def test_an_api_that_is_gone_is_started_again(pi: OtherMachine) -> None:
    connect_host("pi")
    os.kill(int((pi.folder / "run/podpipe/api.pid").read_text()), signal.SIGKILL)
    time.sleep(0.2)
    assert connect_host("pi").info()["store"]["graphRoot"] == str(pi.folder / "data/containers/storage")


def test_what_does_not_go_over_a_socket_is_refused_by_name(pi: OtherMachine, sample: Sample) -> None:
    (sample.folder / "pages").mkdir()
    sample.write("volumes: {test-host: {folder: pages}}\n")
    with pytest.raises(Unsupported, match=r"test-host-server mounts .*/pages"):
        sample.project.up()
    sample.write()
    with pytest.raises(UsageError):
        sample.project.build()
    sample.write(pods=PODS.replace("configMap: {{name: words}}", "secret: {{secretName: words}}"))
    with pytest.raises(PodpipeError, match=r"a secret is not on pi: .*/secrets/words/KEY"):
        sample.project.up()


def test_an_image_that_has_to_be_built_is_asked_for(pi: OtherMachine, sample: Sample) -> None:
    (sample.folder / "web").mkdir()
    (sample.folder / "web/Containerfile").write_text("FROM registry.invalid/x:1\n")
    sample.write(pods=PODS.replace("image: {image}", "image: localhost/web:latest"))
    text = (sample.folder / "podpipe.yaml").read_text().replace("images: {", "images: {web: web, ")
    (sample.folder / "podpipe.yaml").write_text(text)
    with pytest.raises(NotFound) as caught:
        sample.project.up()
    assert "podpipe ship web pi" in caught.value.hint


def test_what_systemd_keeps_there_can_only_be_looked_at(pi: OtherMachine, sample: Sample) -> None:
    labels = ["--label=io.podpipe.project=test-host", "--label=io.podpipe.unit=1"]
    pi.podman("create", "--name=test-host-server", *labels, REGISTRY, "sleep", "1000")
    try:
        assert [row.state for row in sample.project.status()] == ["created"]
        for change in (sample.project.up, sample.project.down):
            with pytest.raises(PodpipeError, match="kept by the systemd there") as caught:
                change()
            assert "ssh pi podpipe" in caught.value.hint
    finally:
        pi.podman("rm", "--force", "test-host-server")
