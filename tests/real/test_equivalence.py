"""One definition, both supervisors: what Podman then says of each pod, container and volume is the same.

docs/supervisors.md lists the fields that may differ, each with its reason. What differs between two runs of one
supervisor too (IDs, times, paths made of IDs) tells nothing. With PODPIPE_INSPECTED=FOLDER the tables are also kept
there, to be compared between versions of Podman.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from podpipe import Project
from podpipe.effects.folders import secrets_home
from podpipe.effects.systemd import user_manager
from tests.real.free_port import free_port
from tests.real.inspected import differences, differing, exceptions, inspect
from tests.real.test_up import IMAGE

pytestmark = pytest.mark.real

PODS = """\
apiVersion: v1
kind: Pod
metadata: {{name: same, labels: {{tier: front}}}}
spec:
  hostname: front
  hostAliases: [{{ip: 10.1.2.3, hostnames: [printer]}}]
  terminationGracePeriodSeconds: 3
  securityContext: {{runAsUser: 1000, runAsGroup: 1000, runAsNonRoot: true}}
  containers:
    - name: server
      image: {image}
      command: [httpd, -f, -p, "8080", -h, /srv]
      workingDir: /srv
      env: [{{name: GREETING, value: "100% $HOME \\\\ 'good' \\"morning\\" ü"}}, {{name: EMPTY, value: ""}}]
      envFrom: [{{configMapRef: {{name: words}}}}]
      ports: [{{containerPort: 8080, hostPort: {port}, hostIP: 127.0.0.1}}]
      readinessProbe:
        exec: {{command: [ls, -d, /srv]}}
        periodSeconds: 20
        timeoutSeconds: 5
        failureThreshold: 4
      securityContext: {{readOnlyRootFilesystem: true, allowPrivilegeEscalation: false, capabilities: {{drop: [ALL]}}}}
      volumeMounts:
        - {{name: site, mountPath: /srv, readOnly: true}}
        - {{name: words, mountPath: /etc/words}}
        - {{name: key, mountPath: /etc/key}}
        - {{name: tmp, mountPath: /tmp}}
        - {{name: host, mountPath: /mnt, readOnly: true}}
    - name: maker
      image: {image}
      command: [sh, -c]
      args: ["echo \\"$$1 100%\\" $HOME; while true; do sleep 1000; done", "two words", "*"]
      livenessProbe: {{exec: {{command: [ls, /srv]}}}}
      securityContext: {{capabilities: {{drop: [CHOWN], add: [NET_ADMIN]}}}}
      volumeMounts: [{{name: site, mountPath: /srv}}]
  volumes:
    - {{name: site, persistentVolumeClaim: {{claimName: same-site}}}}
    - {{name: words, configMap: {{name: words}}}}
    - {{name: key, secret: {{secretName: same-key}}}}
    - {{name: tmp, emptyDir: {{sizeLimit: 8Mi}}}}
    - {{name: host, hostPath: {{path: {folder}/shared}}}}
---
apiVersion: v1
kind: ConfigMap
metadata: {{name: words}}
data: {{WORD: "ja"}}
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {{name: same-site}}
spec: {{accessModes: [ReadWriteOnce], resources: {{requests: {{storage: 1Mi}}}}}}
---
apiVersion: batch/v1
kind: CronJob
metadata: {{name: same-job}}
spec:
  schedule: "@daily"
  jobTemplate:
    spec:
      template:
        spec:
          restartPolicy: Never
          containers: [{{name: job, image: {image}, command: [echo, "50% $HOME"]}}]
"""
THINGS = (("pod", "same"), ("volume", "same-site"))
CONTAINERS = ("same-server", "same-maker")


@pytest.fixture
def folder(tmp_path: Path, tiny_image: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    if user_manager() is None:
        pytest.skip("no systemd of the user's answers here")
    subprocess.run(["podman", "tag", tiny_image, IMAGE], check=True)
    secrets = secrets_home() / "same-key"
    secrets.mkdir(parents=True, exist_ok=True)
    (secrets / "token").write_text("hush")
    (secrets / "token").chmod(0o644)
    for folder in (tmp_path / "pods", tmp_path / "shared"):
        folder.mkdir()
    (tmp_path / "podpipe.yaml").write_text(f"name: same\nimages: {{tiny: {{registry: {IMAGE}}}}}\ninfra: tiny\n")
    (tmp_path / "pods/same.yaml").write_text(PODS.format(image=IMAGE, port=free_port(), folder=tmp_path))
    yield tmp_path
    for supervisor in ("systemd", "podman"):
        monkeypatch.setenv("PODPIPE_SUPERVISOR", supervisor)
        Project.load(tmp_path).down()
    subprocess.run(["podman", "volume", "rm", "--force", "same-site"], capture_output=True, check=False)


def tables(folder: Path) -> dict[str, dict[str, object]]:
    Project.load(folder).up()
    infra = subprocess.run(
        ["podman", "pod", "inspect", "same", "--format", "{{.InfraContainerID}}"], check=True, capture_output=True
    )
    found = {kind: inspect(kind, name) for kind, name in THINGS}
    found["infra"] = inspect("container", infra.stdout.decode().strip())
    return {**found, **{name: inspect("container", name) for name in CONTAINERS}}


@pytest.fixture
def by_both(folder: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, dict[str, dict[str, object]]]:
    found = {}
    for run, supervisor in (("podman", "podman"), ("again", "podman"), ("systemd", "systemd")):
        monkeypatch.setenv("PODPIPE_SUPERVISOR", supervisor)
        found[run] = tables(folder)
        Project.load(folder).down()
    return found


def test_both_supervisors_make_the_same_of_one_definition(by_both: dict[str, dict[str, dict[str, object]]]) -> None:
    one, again, other = by_both["podman"], by_both["again"], by_both["systemd"]
    kept = os.environ.get("PODPIPE_INSPECTED")
    if kept:
        Path(kept, "inspected.json").write_text(json.dumps(by_both, indent=1, sort_keys=True))
    assert one.keys() == other.keys()
    found = []
    for name in one:
        kind = name if name in dict(THINGS) else "container"
        chance = differing(one[name], again[name])
        found += [f"{name}: {line}" for line in differences(kind, one[name], other[name], exceptions(), chance)]
    assert found == []
