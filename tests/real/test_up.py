"""`up` against the Podman of this machine, with podman-py as the witness of what it did."""

from __future__ import annotations

import os
import random
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from podpipe import Project
from podpipe.effects.engine import connect
from podpipe.effects.libpod import Libpod
from podpipe.effects.ports import find_listener
from podpipe.effects.systemd import user_manager
from podpipe.errors import PortTaken, Unhealthy, Unsupported
from tests.real.free_port import free_port
from tests.real.waiting import wait_until

pytestmark = [pytest.mark.real, pytest.mark.ends]

ROOT = Path(__file__).parents[2]

JOB = """\
---
apiVersion: batch/v1
kind: CronJob
metadata: {{name: {name}-job}}
spec:
  schedule: "@yearly"
  jobTemplate:
    spec:
      template:
        spec:
          restartPolicy: Never
          containers: [{{name: job, image: {image}, command: [sh, -c, "echo ran"]}}]
"""
# The page is made by one container and served by another, as the web pod does it; the job leaves a line in its log.
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
      env: [{{name: GREETING, value: "{greeting}"}}]
      ports: [{{containerPort: 8080, hostPort: {port}, hostIP: 127.0.0.1}}]
      {check}
      securityContext: {{readOnlyRootFilesystem: true, allowPrivilegeEscalation: false, capabilities: {{drop: [ALL]}}}}
      volumeMounts: [{{name: site, mountPath: /srv, readOnly: true}}]
    - name: maker
      image: {image}
      command: [sh, -c, "{script}"]
      {probe}
      volumeMounts: [{{name: site, mountPath: /srv}}]
  volumes: [{{name: site, persistentVolumeClaim: {{claimName: {name}}}}}]
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {{name: {name}}}
spec: {{accessModes: [ReadWriteOnce], resources: {{requests: {{storage: 1Mi}}}}}}
"""
IMAGE = "registry.invalid/podpipe/tiny:1"
CHECK = "readinessProbe: {exec: {command: [wget, -q, -O, /dev/null, 'http://127.0.0.1:8080/page']}}"
ACTS_ON_FAILURE = (4, 4, 4)
SCRIPT = "echo $$$$ >/srv/page; sleep 1000000"


class Sample:
    """A project folder that can be written anew with other values."""

    def __init__(self, folder: Path, image: str, port: int = 0) -> None:
        self.folder = folder
        self.name = f"test-{folder.name}".replace("_", "-")[:40]
        port = port or free_port()
        self.fields: dict[str, Any] = {"image": image, "port": port, "greeting": "hello"}
        self.fields.update(script=SCRIPT, probe="", check=CHECK)
        (folder / "pods").mkdir(exist_ok=True)
        images = f"images: {{tiny: {{registry: {image}}}}}\ninfra: tiny\n"
        (folder / "podpipe.yaml").write_text(f"name: {self.name}\n{images}")
        self.write()

    def write(self, **fields: Any) -> Project:
        self.fields.update(fields)
        (self.folder / "pods/web.yaml").write_text((PODS + JOB).format(name=self.name, **self.fields))
        return self.project

    @property
    def project(self) -> Project:
        return Project.load(self.folder)

    def write_fragile(self) -> Project:
        """Whose maker fails its livenessProbe after `make_sick`, or lets it hang; its start makes it well."""
        well = "read is </srv/well; case $is in well) ;; sick) exit 1 ;; *) exec sleep 1000 ;; esac"
        probe = f"livenessProbe: {{exec: {{command: [sh, -c, '{well}']}}, periodSeconds: 1}}"
        return self.write(script=f"echo well >/srv/well; {SCRIPT}", probe=probe)

    def write_answering(self) -> Project:
        """Whose server has to answer."""
        probe = "{httpGet: {path: /page, port: 8080}, periodSeconds: 1, timeoutSeconds: 2}"
        return self.write(check=f"livenessProbe: {probe}")

    def make_sick(self, how: str = "sick") -> None:
        command = ["podman", "exec", f"{self.name}-maker", "sh", "-c", f"echo {how} >/srv/well"]
        subprocess.run(command, check=True, capture_output=True)

    def started(self) -> dict[str, str]:
        return {row.name.replace(self.name, ""): row.started_at for row in self.project.status()}

    def page(self) -> bytes:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.fields['port']}/page", timeout=5) as answer:
            return bytes(answer.read())

    def command(self, *words: str) -> list[str]:
        return [sys.executable, "-m", "podpipe", "-C", str(self.folder), *words]


@pytest.fixture(autouse=True)
def podman_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """tests/real/test_systemd.py tells what it is like where systemd keeps the pods."""
    monkeypatch.setenv("PODPIPE_SUPERVISOR", "podman")


@pytest.fixture
def sample(tmp_path: Path, tiny_image: str) -> Iterator[Sample]:
    """Its image is there under a registry's name, so that nothing is built and nothing pulled."""
    subprocess.run(["podman", "tag", tiny_image, IMAGE], check=True)
    sample = Sample(tmp_path, IMAGE)
    yield sample
    sample.write(script=SCRIPT)
    sample.project.down()
    subprocess.run(["podman", "volume", "rm", "--force", sample.name], capture_output=True, check=False)


@pytest.fixture
def environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT)}


def test_up_makes_what_is_defined_and_a_second_one_touches_nothing(sample: Sample) -> None:
    sample.project.up()
    assert sample.page().strip().isdigit()
    with sample.project.podman_client() as client:
        names = {container.name for container in client.containers.list(all=True)}
        assert {f"{sample.name}-server", f"{sample.name}-maker", f"{sample.name}-job"} <= names
        server = client.containers.get(f"{sample.name}-server").attrs
    assert server["Config"]["User"] == "1000:1000"
    assert server["HostConfig"]["ReadonlyRootfs"] is True
    assert "GREETING=hello" in server["Config"]["Env"]
    assert not server["EffectiveCaps"]
    before = sample.started()
    assert sample.project.up().changes == ()
    assert sample.started() == before
    assert list(sample.project.logs(f"{sample.name}-job")) == [(f"{sample.name}-job", "ran")]
    assert sample.project.run(f"{sample.name}-job") == ("ran",)
    assert sample.project.plan().changes == ()


def test_only_the_changed_container_is_made_anew(sample: Sample) -> None:
    sample.project.up()
    before = sample.started()
    plan = sample.write(greeting="good morning").up()
    assert [str(action) for action in plan.changes] == [
        f"recreate container {sample.name}-server because env.GREETING was hello is good morning"
    ]
    after = sample.started()
    assert {name for name in after if after[name] != before[name]} == {"-server"}
    sample.page()


def test_a_changed_port_moves_the_pod_and_keeps_its_volume(sample: Sample) -> None:
    sample.project.up()
    plan = sample.write(port=free_port()).up()
    assert plan.of("pod", "recreate")
    assert plan.of("volume", "keep")
    sample.page()


def test_a_restart_keeps_the_siblings(sample: Sample) -> None:
    sample.project.up()
    before = sample.started()
    sample.project.restart(f"{sample.name}/maker")
    after = sample.started()
    assert {name for name in after if after[name] != before[name]} == {"-maker"}
    sample.project.restart(sample.name)
    last = sample.started()
    assert {name for name in last if last[name] != after[name]} == {"-maker", "-server"}
    assert sample.project.plan().changes == ()
    sample.page()


def test_what_fails_its_liveness_probe_comes_back_alone(sample: Sample, engine: Libpod) -> None:
    if user_manager() is None or engine.version < ACTS_ON_FAILURE:
        pytest.skip("nobody runs the checks here, or acts on them")
    sample.write_fragile().up()
    before = sample.started()
    sample.make_sick()
    wait_until(lambda: sample.started()["-maker"] != before["-maker"])
    assert sample.started()["-server"] == before["-server"]
    assert sample.project.plan().changes == ()


def test_a_command_inside_a_container(sample: Sample, environment: dict[str, str]) -> None:
    sample.project.up()

    def inside(*words: str) -> subprocess.CompletedProcess[str]:
        command = sample.command("exec", f"{sample.name}/maker", "--", *words)
        return subprocess.run(command, env=environment, input="hello", capture_output=True, text=True, check=False)

    done = inside("sh", "-c", 'cat; echo " $0"; exit 7', "it's $HOME")
    assert (done.stdout, done.returncode) == ("hello it's $HOME\n", 7), done.stderr
    subprocess.run(["podman", "stop", "-t1", f"{sample.name}-maker"], check=True, capture_output=True)
    done = inside("ls")
    assert done.returncode == 1
    assert f"container {sample.name}-maker is " in done.stderr


def test_what_died_is_found_and_started(sample: Sample) -> None:
    sample.project.up()
    subprocess.run(["podman", "kill", f"{sample.name}-maker"], check=True, capture_output=True)
    assert [action.verb for action in sample.project.up().changes] == ["start"]
    subprocess.run(["podman", "pod", "stop", sample.name], check=True, capture_output=True)
    assert sample.project.plan().of("pod", "start")
    sample.project.up()
    assert sample.project.plan().changes == ()
    sample.page()


def test_a_port_forwarder_that_died_is_told_and_its_pod_made_again(sample: Sample) -> None:
    sample.project.up()
    port = sample.fields["port"]
    found = find_listener(port, "tcp", "127.0.0.1")
    assert found
    os.kill(int(found.rpartition("pid ")[2].rstrip(")")), signal.SIGKILL)
    wait_until(lambda: find_listener(port, "tcp", "127.0.0.1") is None)
    assert [row.health for row in sample.project.status() if row.addresses] == ["unreachable"]
    done = sample.project.up().changes
    assert f"nothing listens on its port {port}" in str(done[0])
    sample.page()
    assert all(row.well for row in sample.project.status())


def test_an_infra_container_that_ends_at_once_is_told_with_its_last_lines(
    sample: Sample, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("podpipe.render.libpod.SLEEP", ["sh", "-c", "echo${IFS}no;exit${IFS}3"])
    with pytest.raises(Unhealthy, match=f"pod {sample.name} ended at once, with exit code 3") as told:
        sample.project.up()
    assert set(told.value.lines) == {"no"}  # starting a member starts it again


def test_what_never_gets_healthy_is_told_with_its_last_lines(sample: Sample) -> None:
    sample.write(script="echo no page today; sleep 1000000")
    with pytest.raises(Unhealthy, match=f"{sample.name}-server did not become healthy within 2 s"):
        sample.project.up(timeout=2)
    sample.write(script="echo I give up; exit 3")
    with pytest.raises(Unhealthy, match=f"{sample.name}-maker crashed") as error:
        sample.project.up(timeout=30)
    assert "I give up" in error.value.lines
    sample.write(script=SCRIPT).up()


def test_a_taken_port_is_told_with_its_owner_before_anything_is_touched(sample: Sample, engine: Libpod) -> None:
    with socket.socket() as server:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        server.bind(("127.0.0.1", sample.fields["port"]))
        server.listen()
        with pytest.raises(PortTaken, match=rf"wants port {sample.fields['port']}/tcp, but .*\(pid {os.getpid()}\)"):
            sample.project.up()
    assert sample.name not in {pod["Name"] for pod in engine.pods()}


def test_the_engine_may_die_in_the_middle(sample: Sample, environment: dict[str, str]) -> None:
    """Killed while containers are made: `up` starts it again and goes on."""
    socket_path = str(connect().socket)
    up = subprocess.Popen(sample.command("up"), env=environment, stderr=subprocess.PIPE, text=True)
    assert up.stderr is not None
    for line in up.stderr:
        if "creating container" in line:
            break
    listing = subprocess.run(["ps", "-eo", "pid,args"], capture_output=True, text=True, check=True).stdout
    for line in listing.splitlines():
        if "system service" in line and socket_path in line and "systemd-run" not in line:
            os.kill(int(line.split()[0]), signal.SIGKILL)
    errors = up.stderr.read()
    assert up.wait(120) == 0, errors
    assert sample.project.plan().changes == ()
    sample.page()


def test_killed_at_any_moment_the_next_up_converges(sample: Sample, environment: dict[str, str]) -> None:
    kill_again_and_again(sample, environment, rounds=25, longest=1.5)


def kill_again_and_again(sample: Sample, environment: dict[str, str], rounds: int, longest: float) -> None:
    chance = random.Random(20261123)
    for round_ in range(rounds):
        # Every third time from nothing, otherwise with something to replace.
        if round_ % 3 == 0:
            sample.project.down()
        sample.write(greeting=f"round {round_}")
        up = subprocess.Popen(sample.command("up"), env=environment, stderr=subprocess.PIPE, stdout=subprocess.PIPE)
        time.sleep(chance.uniform(0.0, longest))
        up.kill()
        up.communicate()
        sample.project.up()
        assert sample.project.plan().changes == (), f"round {round_}"
        sample.page()


def test_two_at_once_both_succeed(sample: Sample, environment: dict[str, str]) -> None:
    both = [
        subprocess.Popen(sample.command("up"), env=environment, stderr=subprocess.PIPE, text=True) for _ in range(2)
    ]
    errors = [each.communicate()[1] for each in both]
    assert [each.returncode for each in both] == [0, 0], errors
    assert sum("is at work" in text for text in errors) == 1
    sample.page()


def test_a_machine_without_podman(sample: Sample, tmp_path: Path, environment: dict[str, str]) -> None:
    bare = {**environment, "PATH": "/nonexistent", "XDG_RUNTIME_DIR": str(tmp_path)}
    done = subprocess.run(sample.command("up"), env=bare, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "podman" in done.stderr
    assert "hint: " in done.stderr
    assert "Traceback" not in done.stderr


def test_without_a_login_session(sample: Sample) -> None:
    """As from cron: an empty environment."""
    bare = {name: os.environ[name] for name in ("PATH", "HOME", "PODPIPE_SUPERVISOR")}
    bare["PYTHONPATH"] = str(ROOT)
    done = subprocess.run(sample.command("up"), env=bare, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    sample.page()


def test_a_field_that_this_podman_would_ignore_is_refused(sample: Sample, engine: Libpod) -> None:
    from podpipe.effects.capabilities import check_request

    with pytest.raises(Unsupported, match="frobnicate"):
        check_request("container", {"name": "x", "frobnicate": True}, engine)
