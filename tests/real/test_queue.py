"""The units that start the queue, and the spool as containers write it. Only the delivery itself is pretended."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Callable

import pytest

from podpipe.delivery.requests import Request, Requests
from podpipe.effects.libpod import Libpod
from podpipe.effects.systemd import UserManager, user_manager
from podpipe.effects.unit_files import remove_files, stop_and_disable, write_files
from podpipe.render.queue import render_queue
from tests.definition.folder import claim
from tests.delivery.pushed import open_queue
from tests.delivery.test_queue import FILES, PROJECT, wait_for

pytestmark = [pytest.mark.real, pytest.mark.ends]

ROOT = Path(__file__).parents[2]
NAME = "test-deliveries"
PAUSE = 4  # seconds, instead of a minute


class House:
    """A project, its state, and units that work its requests off."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.requests = Requests(folder / "state")
        for path, text in {**FILES, "pods/spool.yaml": claim("spool")}.items():
            self.write(path, text)
        (folder / "project/drop").mkdir()
        self.write("podpipe.yaml", PROJECT + "volumes: {spool: {folder: drop}}\n")

    def write(self, path: str, text: str) -> None:
        target = self.folder / "project" / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)

    def install(self, manager: UserManager) -> dict[str, str]:
        python = f"/usr/bin/env PYTHONPATH={ROOT} PYTHONDONTWRITEBYTECODE=1 {sys.executable}"
        command = f"{python} -m tests.delivery.pushed work {self.folder} -"
        folders = [f"{self.requests.folder}/waiting", f"{self.requests.folder}/working", f"{self.folder}/project/drop"]
        files = {each.name: each.text for each in render_queue(NAME, command, folders)}
        write_files(NAME, files)
        manager.enable([f"{NAME}-queue.path", f"{NAME}-queue.timer"])
        manager.reload()
        manager.start([f"{NAME}-queue.path", f"{NAME}-queue.timer"])
        return files

    @property
    def branches(self) -> list[str]:
        path = self.folder / "calls"
        calls = map(json.loads, path.read_text().splitlines()) if path.exists() else ()
        return [call["branch"] for call in calls if call["image"] == "own"]

    def ask(self, branch: str) -> None:
        self.requests.put(Request(branch, images=("own",), at=time.time()))

    @property
    def starts(self) -> int:
        words = ["journalctl", "--quiet", f"--user-unit={NAME}-queue.service", f"--since=@{self.since:.0f}"]
        said = subprocess.run([*words, "--output=cat"], capture_output=True, text=True, check=True).stdout
        return said.count("Starting ")

    since = 0.0


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    manager = user_manager()
    if manager is None:
        pytest.skip("no systemd of the user's answers here")
    house = House(tmp_path)
    house.since = time.time()
    files = house.install(manager)
    yield house
    (tmp_path / "gate").unlink(missing_ok=True)
    stop_and_disable(manager, files)
    remove_files(NAME, files)
    manager.reload()


@pytest.fixture(autouse=True)
def a_short_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("podpipe.render.queue.PAUSE", PAUSE)


def show(unit: str, name: str) -> str:
    words = ["systemctl", "--user", "show", f"--property={name}", "--value", unit]
    return subprocess.run(words, capture_output=True, text=True, check=True).stdout.strip()


def test_the_path_unit_starts_it_and_rests(house: House) -> None:
    house.ask("one")
    wait_for(lambda: house.branches == ["one"])
    wait_for(lambda: show(f"{NAME}-queue.service", "ActiveState") == "inactive")
    (house.folder / "project/drop/1.json").write_text('{"branch": "two", "images": ["own"]}')
    wait_for(lambda: house.branches == ["one", "two"])
    wait_for(lambda: not list((house.folder / "project/drop").iterdir()))
    time.sleep(2)
    assert house.starts <= 4
    assert show(f"{NAME}-queue.path", "ActiveState") == "active"
    assert show(f"{NAME}-queue.timer", "ActiveState") == "active"


def test_what_was_killed_is_taken_up_again(house: House) -> None:
    (house.folder / "gate").touch()
    house.ask("one")
    wait_for(lambda: house.branches == ["one"])
    house.ask("later")
    os.kill(int(show(f"{NAME}-queue.service", "MainPID")), signal.SIGKILL)
    (house.folder / "gate").unlink()
    wait_for(lambda: house.branches == ["one", "one", "later"])
    wait_for(lambda: not house.requests.listed("working"))
    assert house.requests.listed("failed") == []


def test_a_definition_with_mistakes_does_not_keep_the_machine_busy(house: House) -> None:
    house.write("podpipe.yaml", "name: [")
    house.ask("one")
    wait_for(lambda: show(f"{NAME}-queue.service", "SubState") == "stop-post")
    time.sleep(2 * PAUSE)
    assert house.starts <= 5
    house.write("podpipe.yaml", PROJECT + "volumes: {spool: {folder: drop}}\n")
    wait_for(lambda: house.branches == ["one"])


def test_a_stop_is_no_failure(house: House) -> None:
    (house.folder / "gate").touch()
    house.ask("one")
    wait_for(lambda: house.branches == ["one"])
    subprocess.run(["systemctl", "--user", "stop", f"{NAME}-queue.path"], check=True)
    began = time.monotonic()
    subprocess.run(["systemctl", "--user", "stop", f"{NAME}-queue.service"], check=True)
    assert time.monotonic() - began < PAUSE
    assert show(f"{NAME}-queue.service", "Result") == "success"
    assert [request.branch for request in house.requests.listed("working")] == ["one"]
    (house.folder / "gate").unlink()
    subprocess.run(["systemctl", "--user", "start", f"{NAME}-queue.path"], check=True)
    wait_for(lambda: house.branches == ["one", "one"])


# --- the spool as a volume -------------------------------------------------------------------------------

MISCHIEF = """
echo '{"branch": "main", "images": ["own"]}' > /s/.1; cat /s/.1 > /s/1.json
echo '{"branch": "main", "deploy": true}' > /s/2.json
umask 077; cat /s/.1 > /s/3.json
busybox mkfifo /s/4.json; busybox ln -s /etc/passwd /s/5.json; busybox mkdir -p /s/6.json/deep
busybox touch "/s/7 .json"
busybox chmod 700 /s
"""


@pytest.fixture
def volume(engine: Libpod, tiny_image: str, unique: Callable[[str], str]) -> Iterator[tuple[str, Path]]:
    name = unique("spool")
    subprocess.run(["podman", "volume", "create", name], check=True, capture_output=True)
    words = ["podman", "volume", "inspect", "--format", "{{.Mountpoint}}", name]
    folder = Path(subprocess.run(words, check=True, capture_output=True, text=True).stdout.strip())
    subprocess.run(["podman", "unshare", "chown", "1000:1000", str(folder)], check=True)
    yield name, folder
    subprocess.run(["podman", "volume", "rm", "--force", name], check=True, capture_output=True)


def test_a_container_writes_into_the_spool(
    volume: tuple[str, Path], tiny_image: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name, folder = volume
    run = ["podman", "run", "--rm", "--network=none", "--user=1000:1000", f"--volume={name}:/s"]
    subprocess.run([*run, tiny_image, "sh", "-c", MISCHIEF], check=True)
    house = House(tmp_path)
    house.write("podpipe.yaml", PROJECT)
    monkeypatch.setattr("tests.delivery.pushed.spool_of", lambda _: folder)
    said: list[str] = []
    open_queue(tmp_path, said).work()
    refused = {line.split()[1]: line for line in said if line.startswith("refused")}
    assert house.branches == ["main"]
    assert "it has a key `deploy`" in refused["2.json"]
    assert "it cannot be read: Permission denied; its mode must be 644" in refused["3.json"]
    assert all("it is not a regular file" in refused[f"{number}.json"] for number in (4, 5, 6))
    assert len(refused) == 6
    assert not [path for path in folder.iterdir() if not path.name.startswith(".")]
    assert Path("/etc/passwd").exists()


def test_a_folder_of_the_projects_is_emptied_too(tiny_image: str, tmp_path: Path, monkeypatch: Any) -> None:
    """It is ours, but for what a container made in it."""
    house = House(tmp_path)
    drop = house.folder / "project/drop"
    drop.chmod(0o777)
    for path in (tmp_path, tmp_path.parent, tmp_path.parent.parent):
        path.chmod(0o755)
    run = ["podman", "run", "--rm", "--network=none", "--user=1000:1000", f"--volume={drop}:/s"]
    subprocess.run([*run, tiny_image, "sh", "-c", MISCHIEF.replace("busybox chmod 700 /s", "")], check=True)
    said: list[str] = []
    open_queue(tmp_path, said).work()
    assert house.branches == ["main"]
    assert not [path for path in drop.iterdir() if not path.name.startswith(".")]
