"""A datasette of its own for a test."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

from podpipe.data.sources import Source
from podpipe.data.sync import Failed, sync_sources
from tests.real.free_port import free_port


class Served:
    """A running datasette and the database that it serves."""

    def __init__(self, database: Path, *options: str, program: tuple[str, ...] = ("-m", "podpipe.data.serve")) -> None:
        self.database = database
        self.port = free_port()
        command = [sys.executable, *program, "--database", str(database), "--host", "127.0.0.1"]
        self.process = subprocess.Popen([*command, "--port", str(self.port), *options])
        self._wait()

    def get(self, path: str) -> str:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=20) as response:
            return bytes(response.read()).decode()

    def peak(self) -> int:
        """The most memory that it has had, in KiB."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM")))

    def status(self, path: str) -> int:
        try:
            self.get(path)
        except urllib.error.HTTPError as error:
            return error.code
        return 200

    def rows(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = json.loads(self.get("/data/t.json?_shape=array&_size=max"))
        return found

    def load(self, path: Path, title: str = "") -> None:
        (outcome,) = sync_sources([Source("s", "csv", str(path), "t", title=title)], self.database)
        assert not isinstance(outcome, Failed), outcome

    def _wait(self) -> None:
        for _ in range(600):
            with contextlib.suppress(OSError):
                self.get("/-/versions.json")
                return
            assert self.process.poll() is None
            time.sleep(0.05)
        raise AssertionError("datasette does not answer")
