"""A service whose ended children nobody asks about is started anew."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from podpipe.effects import worn_out

SERVICE = """\
import os, socket, sys
listening = socket.socket(socket.AF_UNIX); listening.bind(sys.argv[1]); listening.listen()
for number in range(3):
    child = os.fork() or os._exit(0)
    os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)
print("ready", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Path]:
    path = tmp_path / "api.sock"
    command = [sys.executable, "-c", SERVICE, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        assert process.stdout.readline() == "ready\n"
        yield path
        process.kill()


def test_a_crowd_of_ended_children_is_seen(service: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not worn_out.is_worn_out(service)
    monkeypatch.setattr(worn_out, "CROWD", 3)
    assert worn_out.is_worn_out(service)


def test_where_nothing_listens_nothing_is_worn_out(tmp_path: Path) -> None:
    assert not worn_out.is_worn_out(tmp_path / "none.sock")
