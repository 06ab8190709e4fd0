"""Units of every kind for this machine's Podman, whichever it is: they start, come back, stop and leave nothing."""

from __future__ import annotations

import json
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from podpipe.effects.systemd import user_manager
from podpipe.quadlet.generator import generate
from podpipe.quadlet.version import parse_version
from tests.real.everywhere import MARK, PAUSE, SOCKET, fill, texts, write_beside
from tests.real.free_port import free_port
from tests.real.test_systemd import process_of, state, systemctl
from tests.real.waiting import wait_until

pytestmark = pytest.mark.real


class Units:
    """The units, written where the user's systemd finds them."""

    def __init__(self, folder: Path, image: str) -> None:
        self.port, self.door_port = free_port(), free_port()
        write_beside(folder, image)
        made = generate(texts(folder, image, self.port), user=True, version=parse_version(podman("--version")))
        assert made.errors == []
        files = {**made.files, f"{MARK}-door.socket": fill(SOCKET, folder, image, self.door_port)}
        self.files = {Path.home() / ".config/systemd/user" / name: text for name, text in files.items()}
        for path, text in self.files.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        systemctl("daemon-reload")

    def remove(self) -> None:
        systemctl("stop", *(path.name for path in self.files))
        systemctl("reset-failed")
        for path in self.files:
            path.unlink()
        systemctl("daemon-reload")
        for what in (["volume", "rm", "--force", MARK], ["rmi", "--force", f"localhost/{MARK}:1", PAUSE]):
            subprocess.run(["podman", *what], capture_output=True)


@pytest.fixture(scope="module")
def units(tmp_path_factory: pytest.TempPathFactory, tiny_image: str) -> Iterator[Units]:
    if user_manager() is None:
        pytest.skip("no systemd of the user's answers here")
    units = Units(tmp_path_factory.mktemp("quadlets"), tiny_image)
    yield units
    units.remove()


def run(verb: str, name: str) -> int:
    return subprocess.run(["systemctl", "--user", verb, f"{MARK}-{name}"], capture_output=True).returncode


def is_active(name: str) -> bool:
    return state(f"{MARK}-{name}") == "active"


def healthy(name: str) -> bool:
    (seen,) = json.loads(podman("container", "inspect", f"systemd-{MARK}-{name}"))
    return bool((seen["State"].get("Health") or seen["State"]["Healthcheck"])["Status"] == "healthy")


def told(name: str, what: str) -> str:
    return systemctl("show", f"--property={what}", "--value", f"{MARK}-{name}")


def came_back(name: str) -> bool:
    return told(name, "NRestarts") == "1" and is_active(name)


def page(port: int) -> str:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=20) as answer:
        return str(answer.read().decode())


def greets(port: int) -> bool:
    """Who forwards the port may take a connection before anybody listens behind it."""
    try:
        return page(port) == "hello\n"
    except OSError:
        return False


def podman(*words: str) -> str:
    return subprocess.run(["podman", *words], check=True, capture_output=True, text=True).stdout.strip()


def left(kind: str) -> str:
    listing = ["ps", "--all", "--format={{.Names}}"] if kind == "containers" else ["pod", "ps", "--format={{.Name}}"]
    return "\n".join(line for line in podman(*listing).splitlines() if MARK in line)


@pytest.mark.parametrize("name", ["plain", "healthy", "built", "owned-volume", "there-image", "played", "duo-pod"])
def test_a_unit_starts_restarts_and_stops(units: Units, name: str) -> None:
    for verb in ("start", "restart"):
        assert run(verb, name) == 0, systemctl("status", f"{MARK}-{name}")
        assert is_active(name)
    assert run("stop", name) == 0
    assert state(f"{MARK}-{name}") == "inactive", systemctl("status", f"{MARK}-{name}")
    assert not [each for kind in ("containers", "pods") for each in left(kind).splitlines() if each.endswith(name)]


def test_a_unit_that_runs_once_has_run(units: Units) -> None:
    assert run("start", "once") == 0
    assert not is_active("once")
    assert run("start", "made-build") == 0
    assert podman("image", "inspect", "--format={{.Id}}", f"localhost/{MARK}:1")


def test_a_container_that_fails_its_check_is_started_again(units: Units) -> None:
    assert run("start", "failing") == 0
    wait_until(lambda: healthy("failing"))
    podman("exec", f"systemd-{MARK}-failing", "sh", "-c", ": >/tmp/sick")
    wait_until(lambda: came_back("failing"))
    assert run("stop", "failing") == 0
    assert systemctl("list-units", "--all", "--plain", "--no-legend", f"{MARK}-failing*") == ""


def test_who_starts_a_unit_waits_until_it_is_healthy(units: Units) -> None:
    began = time.monotonic()
    assert run("start", "healthy") == 0
    assert time.monotonic() - began > 2.5
    run("stop", "healthy")
    assert run("start", "sick") != 0


def test_a_pod_with_a_volume_of_its_containers_user(units: Units) -> None:
    assert run("start", "duo-pod") == 0
    wait_until(lambda: is_active("server") and is_active("writer"))
    wait_until(lambda: greets(units.port))
    mount = podman("volume", "inspect", "--format={{.Mountpoint}}", MARK)
    assert podman("unshare", "stat", "--format=%u:%g", mount) == "1000:1000"
    subprocess.run(["kill", "-9", str(process_of(f"systemd-{MARK}-server"))], check=True)
    writer = process_of(f"systemd-{MARK}-writer")
    wait_until(lambda: came_back("server"))
    wait_until(lambda: greets(units.port))
    assert process_of(f"systemd-{MARK}-writer") == writer and is_active("duo-pod")
    assert run("stop", "duo-pod") == 0
    wait_until(lambda: not is_active("server") and not is_active("writer"))
    assert left("pods") == ""


def test_a_socket_of_systemds_reaches_the_container(units: Units) -> None:
    assert run("start", "door.socket") == 0
    for _ in range(3):
        assert page(units.door_port) == "come in\n"
    assert is_active("door.service") and run("restart", "door.service") == 0
    assert page(units.door_port) == "come in\n"
    run("stop", "door.socket")
    assert run("stop", "door.service") == 0


def test_a_container_that_dies_comes_back(units: Units) -> None:
    assert run("start", "plain") == 0
    first = process_of(f"systemd-{MARK}-plain")
    assert Path(f"/proc/{told('plain', 'MainPID')}/comm").read_text() == "conmon\n"
    subprocess.run(["kill", "-9", str(first)], check=True)
    wait_until(lambda: came_back("plain"))
    assert process_of(f"systemd-{MARK}-plain") != first
    assert run("stop", "plain") == 0


def test_what_was_left_of_a_play_is_replaced(units: Units) -> None:
    assert run("start", "played") == 0
    # Podman 4.3.1 says that it is ready once the pod's service container runs: the pod itself comes after it.
    wait_until(lambda: left("pods") == f"{MARK}-played")
    # 125 where the pod's own exit policy stops the infra container first.
    subprocess.run(["podman", "pod", "kill", f"{MARK}-played"], capture_output=True)
    assert run("restart", "played") == 0 and is_active("played")
    assert run("stop", "played") == 0
    assert left("pods") == ""
