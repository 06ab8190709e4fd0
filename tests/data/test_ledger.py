"""podpipe's ledger in datasette: written by podpipe meanwhile, only read here."""

from __future__ import annotations

import contextlib
import json
import os
import sqlite3
import subprocess
import sys
import time
import urllib.error
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol

import pytest

from podpipe.ledger import Ledger, Release, Step

from .served import Served

pytest.importorskip("datasette")

ROOT = Path(__file__).parents[2]
PAGE = "/-/deployments"
STEPS = (Step("fetch", 0.4, "done"), Step("build", 31.0, "failed"))


class Desk:
    """A running datasette, and the ledger that it reads."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "ledger" / "podpipe.db"
        self.file.parent.mkdir()
        self.ledger = Ledger(self.file)
        self.served = Served(folder / "data.db", "--ledger", str(self.file))

    def get(self, path: str) -> str:
        return self.served.get(path)

    def images(self) -> list[str]:
        rows: list[dict[str, Any]] = json.loads(self.get("/podpipe/deployments.json?_shape=array"))
        return [row["image"] for row in rows]


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    desk = Desk(tmp_path_factory.mktemp("served"))
    yield desk
    desk.served.process.terminate()
    assert desk.served.process.wait(10) == 0


@pytest.fixture
def desk(running: Desk) -> Desk:
    """As before the first deployment."""
    for file in running.file.parent.iterdir():
        file.unlink()
    return running


def test_before_the_first_deployment(desk: Desk) -> None:
    assert "Nothing has been deployed yet" in desk.get(PAGE)
    assert json.loads(desk.get("/podpipe.json"))["tables"] == []
    assert "The last deployments</a>" in desk.get("/")


def test_it_appears_and_is_exchanged_without_a_restart(desk: Desk) -> None:
    desk.ledger.begin("nginx", "command")
    assert desk.images() == ["nginx"]
    desk.file.rename(desk.file.with_name("away"))
    assert "Nothing has been deployed yet" in desk.get(PAGE)
    desk.ledger.begin("builder", "command")
    assert desk.images() == ["builder"]


def test_the_page_tells_how_each_ended(desk: Desk) -> None:
    live = Release(1, "nginx", "push", "main", "0123456789abcdef", started="2026-11-23T10:00:00+00:00", seconds=185.2,
                   result="live")  # fmt: skip
    failed = replace(live, id=3, branch="<script>", result="failed", step="build", message="no <b>", steps=STEPS)
    for release in (live, replace(live, id=2), failed):
        desk.ledger.end(release, "log")
    page = desk.get(PAGE)
    assert [page.count(f'<span class="result">{word}</span>') for word in ("live", "was live", "failed")] == [1, 1, 1]
    assert [page.index(f"<span>#{number}</span>") for number in (3, 2, 1)] == sorted(
        page.index(f"<span>#{number}</span>") for number in (1, 2, 3)
    )
    for text in ("0123456789ab</code>", "3 min 5 s", "2026-11-23 10:00 UTC", "&lt;script&gt;", "no &lt;b&gt;",
                 '<span class="bad">build 31.0 s</span>', 'href="/podpipe/logs/3"'):  # fmt: skip
        assert text in page
    assert "<script" not in page
    assert "http-equiv" not in page
    desk.ledger.begin("nginx", "command")
    assert 'http-equiv="refresh"' in desk.get(PAGE)


def test_the_last_thirty_are_shown(desk: Desk) -> None:
    for _ in range(32):
        desk.ledger.begin("nginx", "command")
    page = desk.get(PAGE)
    assert page.count('<li class="release') == 30
    assert "The last 30." in page


def test_nothing_can_be_written_through_it(desk: Desk) -> None:
    desk.ledger.begin("nginx", "command")
    for statement in ("delete+from+steps", "with+a+as+(select+1)+delete+from+steps", "pragma+journal_mode=wal"):
        with pytest.raises(urllib.error.HTTPError) as caught:
            desk.get(f"/podpipe.json?sql={statement}")
        assert caught.value.code == 400
    assert {path.name for path in desk.file.parent.iterdir()} == {"podpipe.db"}


DAMAGES = ["no database", "locked", "killed", "another schema"]


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_ledger_that_cannot_be_read_is_told(desk: Desk, damage: str) -> None:
    number = desk.ledger.begin("nginx", "command")
    with broken(desk, damage):
        assert "podpipe" in desk.get("/")
        with pytest.raises(urllib.error.HTTPError) as caught:
            desk.get(PAGE)
        assert caught.value.code == 503
        assert "The ledger cannot be read now" in caught.value.read().decode()
    desk.ledger.end(Release(number, "nginx", result="live"))
    deadline = time.monotonic() + 10
    while desk.served.status(PAGE) == 503 and time.monotonic() < deadline:
        time.sleep(0.1)
    assert desk.images()[0] == "nginx"
    assert '<span class="result">live</span>' in desk.get(PAGE)


@contextlib.contextmanager
def broken(desk: Desk, damage: str) -> Iterator[None]:
    if damage == "no database":
        desk.file.write_text("no database " * 1000)
    elif damage == "killed":
        subprocess.run([sys.executable, "-c", KILLED, str(desk.file)], check=True)
        assert desk.file.with_name("podpipe.db-journal").stat().st_size
    with closing(sqlite3.connect(desk.file, isolation_level=None)) as other:
        if damage == "another schema":
            other.execute("ALTER TABLE logs RENAME TO lists")
        elif damage == "locked":
            other.execute("BEGIN EXCLUSIVE")
        yield


# Dies in the middle of a transaction that is written already: what SQLite then leaves is for the next writer to undo.
KILLED = """
import os, sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("PRAGMA cache_size = 1")
connection.execute("PRAGMA cache_spill = 1")
connection.execute("BEGIN")
connection.executemany("INSERT INTO logs VALUES (?, ?)", [(number, "x" * 9000) for number in range(2, 50)])
os._exit(0)
"""


def test_it_is_read_while_it_is_written(desk: Desk) -> None:
    desk.ledger.begin("nginx", "command")
    seen = 0
    with writing(desk.file) as writer:
        while writer.poll() is None:
            releases, steps = counted(desk)
            assert steps == 3 * releases
            assert releases >= seen
            seen = releases
    assert writer.returncode == 0
    assert counted(desk) == (200, 600)


@contextlib.contextmanager
def writing(file: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Two hundred releases, one after the other."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen([sys.executable, "-c", WRITER, str(file)], env=environment) as writer:
        try:
            yield writer
        finally:
            writer.kill()


class Gets(Protocol):
    def get(self, path: str) -> str: ...


def counted(desk: Gets) -> tuple[int, int]:
    """Releases and steps; a writer that never rests may keep the reader waiting for longer than it is patient."""
    for _ in range(300):
        with contextlib.suppress(urllib.error.HTTPError):
            (row,) = json.loads(desk.get(f"/podpipe.json?_shape=array&sql={COUNTED}"))
            return row["releases"], row["steps"]
        time.sleep(0.1)
    raise AssertionError("the ledger cannot be read")


COUNTED = "select+(select+count(*)+from+releases+where+result='live')+as+releases,+count(*)+as+steps+from+steps"
WRITER = """
import sys
from pathlib import Path
from podpipe.ledger import Ledger, Release, Step
said = []
ledger = Ledger(Path(sys.argv[1]), said.append)
for _ in range(200):
    number = ledger.begin("nginx", "push")
    ledger.end(Release(number, "nginx", result="live", steps=(Step("build", 1.0, "done"),) * 3), "log" * 2000)
sys.exit(bool(said))
"""
