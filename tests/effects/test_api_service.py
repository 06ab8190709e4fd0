"""Starting Podman's API, with programs of the test's own in place of Podman and systemd."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from podpipe.effects import api_service
from podpipe.effects.api_service import start_api
from podpipe.effects.engine import connect, end_own_service
from podpipe.effects.transport import Transport
from podpipe.errors import EngineMissing, EngineUnavailable, UsageError

# It says hello on the socket of its last argument, and notes each start.
SERVICE = """#!/usr/bin/env python3
import http.server, os, socketserver, sys
if sys.argv[1] == "--version":
    sys.exit(print("podman version 4.3.1"))
with open(os.environ["STARTS"], "a") as starts:
    starts.write(f"{os.getpid()}\\n")
class Hello(http.server.BaseHTTPRequestHandler):
    def address_string(self): return "podpipe"
    def do_GET(self):
        self.send_response(200)
        self.send_header("Libpod-Api-Version", "4.3.1")
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"OK")
socketserver.ThreadingUnixStreamServer(sys.argv[-1][len("unix://"):], Hello).serve_forever()
"""


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder at the front of PATH, without systemd; what was started in it ends with the test."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    monkeypatch.setenv("STARTS", str(tmp_path / "starts"))
    monkeypatch.delenv("CONTAINER_HOST", raising=False)
    put(folder, "systemctl", "#!/bin/sh\nexit 1\n")
    yield folder
    for process in started(tmp_path):
        with contextlib.suppress(ProcessLookupError):
            os.kill(process, signal.SIGTERM)


def put(folder: Path, name: str, text: str) -> None:
    (folder / name).write_text(text)
    (folder / name).chmod(0o755)


def started(folder: Path) -> list[int]:
    notes = folder / "starts"
    return [int(line) for line in notes.read_text().split()] if notes.exists() else []


def test_podman_is_not_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(EngineMissing, match="not installed") as caught:
        start_api(tmp_path / "podman.sock")
    assert "apt-get install" in caught.value.hint


def test_podman_is_too_old(programs: Path, tmp_path: Path) -> None:
    put(programs, "podman", "#!/bin/sh\necho podman version 2.1.1\n")
    with pytest.raises(EngineMissing, match=r"is 2\.1\.1, podpipe needs 3\.0"):
        start_api(tmp_path / "podman.sock")


def test_a_service_that_ends_is_quoted(programs: Path, tmp_path: Path) -> None:
    put(
        programs,
        "podman",
        '#!/bin/sh\n[ "$1" = --version ] && echo podman version 4.3.1 && exit\necho no subuids >&2\n',
    )
    with pytest.raises(EngineUnavailable, match="ended at once") as caught:
        start_api(tmp_path / "podman.sock")
    assert caught.value.lines == ("no subuids",)


def test_a_service_that_never_answers(programs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api_service, "START_LIMIT", 0.5)
    script = '#!/bin/sh\n[ "$1" = --version ] && echo podman version 4.3.1 && exit\necho $$ >"$STARTS"\nexec sleep 60\n'
    put(programs, "podman", script)
    with pytest.raises(EngineUnavailable, match=r"did not answer within 0\.5 s"):
        start_api(tmp_path / "podman.sock")


def test_connecting_starts_it_once(programs: Path, tmp_path: Path) -> None:
    put(programs, "podman", SERVICE)
    assert connect().version == (4, 3, 1)
    assert connect().socket == tmp_path / "podpipe" / "podman.sock"
    assert len(started(tmp_path)) == 1


def test_a_stale_socket_is_replaced(programs: Path, tmp_path: Path) -> None:
    put(programs, "podman", SERVICE)
    connect()
    os.kill(started(tmp_path)[0], signal.SIGKILL)
    (tmp_path / "starts").unlink()
    assert connect().version == (4, 3, 1)


def test_one_that_hangs_is_replaced(programs: Path, tmp_path: Path) -> None:
    put(programs, "podman", SERVICE)
    connect()
    end_own_service()
    connect()
    first, second = started(tmp_path)
    assert first != second
    assert "podman" not in command_of(first)


def command_of(process: int) -> str:
    try:
        return Path(f"/proc/{process}/cmdline").read_text()  # empty where it waits to be noticed
    except FileNotFoundError:
        return ""


def test_two_at_once_start_one(programs: Path, tmp_path: Path) -> None:
    put(programs, "podman", SERVICE)
    socket = tmp_path / "podman.sock"
    threads = [threading.Thread(target=start_api, args=(socket,)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Transport(str(socket)).ping(5) == (4, 3, 1)
    assert len(started(tmp_path)) == 1


def test_another_kind_of_host(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONTAINER_HOST", "ssh://pi@pi/run/user/1000/podman/podman.sock")
    with pytest.raises(UsageError, match="through a unix socket only"):
        connect()


def test_a_chosen_host_that_does_not_answer(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CONTAINER_HOST", f"unix://{tmp_path}/none.sock")
    with pytest.raises(EngineUnavailable, match="no Podman answers") as caught:
        connect()
    assert "CONTAINER_HOST" in caught.value.hint
