"""`podpipe history --serve`: podpipe writes the ledger on the host, datasette reads it through a read-only mount."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import urllib.error
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from podpipe.delivery import Delivery
from podpipe.ledger import Ledger, Step
from tests.data.test_ledger import COUNTED, KILLED, WRITER
from tests.real.free_port import free_port
from tests.real.starter import MARK, Starter
from tests.real.waiting import wait_until

pytestmark = pytest.mark.real

ROOT = Path(__file__).parents[2]
SERVER = f"podpipe-history-{MARK}"


@pytest.fixture
def ledger(starter: Starter) -> Ledger:
    """The project's, without a release."""
    ledger = Delivery(starter.project).ledger
    ledger.file.parent.mkdir(exist_ok=True)
    for file in ledger.file.parent.iterdir():
        file.unlink()
    return ledger


class Reader:
    """A `podpipe history --serve` that runs, at a terminal of its own as far as Ctrl-C is concerned."""

    def __init__(self, starter: Starter) -> None:
        self.starter = starter
        self.port = free_port()
        command = [sys.executable, "-m", "podpipe", "-C", str(starter.folder), "history", "--serve", "--port"]
        self.process = subprocess.Popen([*command, str(self.port)], start_new_session=True)

    def get(self, path: str) -> str:
        return self.starter.get(f"http://127.0.0.1:{self.port}{path}")

    def shows(self, what: Callable[[str], bool]) -> bool:
        try:
            return what(self.get("/-/deployments"))
        except OSError:
            return False

    def ask(self, sql: str) -> dict[str, Any]:
        """The only row of an answer."""
        (row,) = json.loads(self.get(f"/podpipe.json?_shape=array&sql={sql}"))
        return dict(row)

    def end(self) -> int:
        """As Ctrl-C does."""
        os.killpg(self.process.pid, signal.SIGINT)
        return self.process.wait(30)


@pytest.fixture
def reader(starter: Starter, ledger: Ledger) -> Iterator[Reader]:
    reader = Reader(starter)
    wait_until(lambda: reader.shows(lambda html: "Nothing has been deployed yet" in html), 60)
    yield reader
    if reader.process.poll() is None:
        reader.end()


def test_releases_are_read_as_they_are_written(reader: Reader, ledger: Ledger) -> None:
    ledger.begin("nginx", "command")
    writer = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(ledger.file)], env={**os.environ, "PYTHONPATH": str(ROOT)}
    )
    seen = 0
    while writer.poll() is None:
        counted = reader.ask(COUNTED)
        assert counted["steps"] == 3 * counted["releases"] >= 3 * seen
        seen = counted["releases"]
    assert writer.returncode == 0
    assert reader.ask(COUNTED) == {"releases": 200, "steps": 600}


def test_the_page_tells_of_the_last_one_and_ctrl_c_ends_it(reader: Reader, ledger: Ledger) -> None:
    release = replace(ledger.release(ledger.begin("nginx", "push", "try/this")), result="failed", step="test",
                      message="nginx: test failed", steps=(Step("test", 1.5, "failed"),))  # fmt: skip
    ledger.end(release, "the log")
    wait_until(lambda: reader.shows(lambda html: "try/this" in html and "nginx: test failed" in html))
    assert "the log" in reader.get(f"/podpipe/logs/{release.id}")
    published = subprocess.run(["podman", "port", SERVER], capture_output=True, text=True, check=True).stdout
    assert published.strip().endswith(f"-> 127.0.0.1:{reader.port}")
    assert reader.end() == 0
    assert subprocess.run(["podman", "container", "exists", SERVER], check=False).returncode == 1


def test_a_killed_writer_and_a_damaged_file(reader: Reader, ledger: Ledger) -> None:
    ledger.begin("nginx", "command")
    subprocess.run([sys.executable, "-c", KILLED, str(ledger.file)], check=True)
    assert [each.image for each in ledger.releases()] == ["nginx"]
    wait_until(lambda: reader.shows(lambda html: '<span class="image">nginx</span>' in html))
    ledger.file.write_text("no database " * 1000)
    ledger.begin("builder", "command")
    wait_until(lambda: reader.shows(lambda html: ">builder</span>" in html and ">nginx<" not in html))


def test_nothing_of_it_is_served_to_the_world_and_nobody_writes_it(
    reader: Reader, ledger: Ledger, starter: Starter
) -> None:
    ledger.begin("nginx", "command")
    for path in ("/podpipe.json", "/-/deployments"):
        with pytest.raises(urllib.error.HTTPError, match="404"):
            starter.get(f"{starter.data}{path}")
    touch = ["podman", "exec", SERVER, "touch", "/srv/ledger/podpipe.db", "/srv/ledger/new"]
    done = subprocess.run(touch, capture_output=True, text=True)
    assert done.returncode != 0
    assert done.stderr.count("Read-only file system") == 2
