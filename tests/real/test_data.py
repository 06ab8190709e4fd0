"""The datasette image as the data pod runs it: an ordinary user, no capabilities, a read-only root."""

from __future__ import annotations

import contextlib
import json
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.real.free_port import free_port
from tests.real.starter import MARK, Starter
from tests.real.waiting import wait_until

pytestmark = pytest.mark.real

IMAGE = f"localhost/{MARK}-datasette:latest"
SAMPLE = {
    "name": "deaths",
    "format": "csv",
    "location": "/srv/sources/deaths.csv",
    "table": "deaths",
    "key": "case_number",
}
SOURCES = Path(__file__).parents[2] / "sources"
LOCKED = ("--read-only", "--cap-drop=all", "--security-opt=no-new-privileges", "--user=1000:1000", "--tmpfs=/tmp")


def podman(*arguments: str) -> str:
    return subprocess.run(["podman", *arguments], check=True, stdout=subprocess.PIPE, text=True, timeout=120).stdout


@pytest.fixture
def volume(starter: Starter, unique: Callable[[str], str]) -> str:
    name = unique("data")
    podman("volume", "create", name)
    folder = podman("volume", "inspect", "--format", "{{.Mountpoint}}", name).strip()
    podman("unshare", "chown", "1000:1000", folder)
    return name


@pytest.fixture
def datasette(volume: str, unique: Callable[[str], str]) -> Iterator[tuple[str, str]]:
    """A running datasette: its container's name and its address."""
    name, port = unique("datasette"), free_port()
    podman(
        "run", "--detach", f"--name={name}", *LOCKED, f"--volume={volume}:/srv/data", f"--publish={port}:8001", IMAGE
    )
    # From inside first: on 3.0.1 a port dies of a connection that finds nobody (containers/podman#11248).
    ask = "import sys, urllib.request; sys.stdout.write(str(urllib.request.urlopen('http://127.0.0.1:8001/').status))"
    wait_until(lambda: answer_of(["podman", "exec", name, "python3", "-c", ask]) == "200", 60)
    yield name, f"http://127.0.0.1:{port}"
    podman("rm", "--force", name)


def answer_of(command: list[str]) -> str:
    return subprocess.run(command, capture_output=True, text=True, timeout=120).stdout


def sync(volume: str, settings: Path) -> str:
    mounts = {volume: "/srv/data", f"{SOURCES}": "/srv/sources:ro", f"{settings}": "/etc/podpipe:ro"}
    options = [f"--volume={there}:{here}" for there, here in mounts.items()]
    return podman("run", "--rm", *LOCKED, *options, IMAGE, "python3", "-m", "podpipe.data")


def get(url: str) -> str:
    """The answer to a URL, for which a container that has just been started gets ten seconds."""
    for _ in range(100):
        with contextlib.suppress(OSError), urllib.request.urlopen(url, timeout=10) as response:
            return response.read().decode()
        time.sleep(0.1)
    raise AssertionError(f"{url} does not answer")


def test_the_sample_is_served_without_a_restart(volume: str, datasette: tuple[str, str], tmp_path: Path) -> None:
    name, address = datasette
    assert json.loads(get(f"{address}/data.json"))["tables"] == []
    tmp_path.chmod(0o755)
    (tmp_path / "sources.json").write_text(json.dumps([SAMPLE]))
    assert sync(volume, tmp_path).startswith("deaths: 250 rows (csv, ")
    assert sync(volume, tmp_path) == "deaths: unchanged\n"
    rows = json.loads(get(f"{address}/data/deaths.json?_shape=array&_size=max"))
    assert len(rows) == 250
    assert rows[0]["case_number"] == "SAMPLE-0001"
    podman("stop", "--time=5", name)
    assert podman("inspect", "--format={{.State.ExitCode}}", name) == "0\n"  # it was not killed
