"""`podpipe history --serve`: podpipe writes the ledger on the host, datasette reads it through a read-only mount."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import urllib.error
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from podpipe.delivery import Delivery
from podpipe.effects.ports import listeners
from podpipe.ledger import Ledger, Step
from tests.data.test_ledger import KILLED, counted, writing
from tests.real.free_port import free_port
from tests.real.starter import MARK, Starter
from tests.real.waiting import wait_until

pytestmark = [pytest.mark.real, pytest.mark.ends]

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

    @property
    def has_ended(self) -> bool:
        return self.process.poll() is not None

    def end(self) -> int:
        """As Ctrl-C does."""
        os.killpg(self.process.pid, signal.SIGINT)
        return self.process.wait(30)


@pytest.fixture
def reader(starter: Starter, ledger: Ledger) -> Iterator[Reader]:
    reader = Reader(starter)
    try:
        wait_until(lambda: reader.has_ended or reader.shows(lambda html: "Nothing has been deployed yet" in html), 60)
        assert not reader.has_ended
        yield reader
    finally:
        if not reader.has_ended:
            reader.end()


def test_releases_are_read_as_they_are_written(reader: Reader, ledger: Ledger) -> None:
    ledger.begin("nginx", "command")
    seen = 0
    with writing(ledger.file) as writer:
        while writer.poll() is None:
            releases, steps = counted(reader)
            assert steps == 3 * releases >= 3 * seen
            seen = releases
    assert writer.returncode == 0
    assert counted(reader) == (200, 600)


def test_the_page_tells_of_the_last_one_and_ctrl_c_ends_it(reader: Reader, ledger: Ledger) -> None:
    release = replace(ledger.release(ledger.begin("nginx", "push", "try/this")), result="failed", step="test",
                      message="nginx: test failed", steps=(Step("test", 1.5, "failed"),))  # fmt: skip
    ledger.end(release, "the log")
    wait_until(lambda: reader.shows(lambda html: "try/this" in html and "nginx: test failed" in html))
    assert "the log" in reader.get(f"/podpipe/logs/{release.id}")
    assert [each.address for each in listeners("tcp") if each.port == reader.port] == [bytes([127, 0, 0, 1])]
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
