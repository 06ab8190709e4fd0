"""Locked, damaged, newer, full: whoever writes goes on, whoever reads is told."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from podpipe.errors import LockHeld, PodpipeError
from podpipe.ledger import Release, Step
from podpipe.ledger.database import inode, set_aside
from podpipe.ledger.schema import MIGRATIONS

from ..small_disk import run_on_small_disk
from .conftest import Desk

ROOT = Path(__file__).parents[2]


@contextmanager
def held(desk: Desk) -> Iterator[None]:
    """Somebody else writes."""
    with closing(sqlite3.connect(desk.file, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        yield


# --- locked --------------------------------------------------------------------------------------


@pytest.mark.usefixtures("hurried")
def test_what_a_locked_ledger_cannot_take_is_taken_over_later(desk: Desk) -> None:
    first = desk.ledger.release(desk.ledger.begin("a", "command"))
    with held(desk):
        number = desk.ledger.begin("b", "push", "main")
        desk.ledger.end(replace(first, result="live"), "log of a")
        with pytest.raises(LockHeld, match=r"podpipe\.db is locked by another program"):
            desk.ledger.releases()
        assert not desk.ledger.fresh
    assert number < 0
    assert len(desk.beside(".waiting-*")) == 2
    assert all(line.startswith(f"{desk.file} is locked by another program; the release is") for line in desk.said)
    desk.said.clear()
    assert [(each.image, each.result) for each in desk.ledger.releases()] == [("b", "running"), ("a", "live")]
    assert desk.ledger.log(first.id) == "log of a"
    assert desk.said == ["1 releases that waited are in the ledger now"]
    assert desk.beside(".*") == []


@pytest.mark.usefixtures("hurried")
def test_a_provisional_id_stays_good(desk: Desk) -> None:
    desk.ledger.begin("a", "command")
    with held(desk):
        number = desk.ledger.begin("b", "push")
    release = replace(desk.ledger.release(number), id=number, result="live", steps=(Step("build", 1.0, "done"),))
    desk.ledger.end(release, "log")
    with held(desk):
        desk.ledger.end(release, "log, again")
    desk.ledger.end(replace(release, message="said twice"), "log, again")
    assert [each.id for each in desk.ledger.releases()] == [2, 1]
    assert desk.ledger.release(number) == desk.ledger.release(2) == replace(release, id=2, message="said twice")
    assert desk.ledger.log(number) == desk.ledger.log(2) == "log, again"


@pytest.mark.usefixtures("hurried")
def test_somebody_who_reads_for_ever(desk: Desk) -> None:
    desk.ledger.begin("a", "command")
    with closing(sqlite3.connect(desk.file, isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT * FROM releases").fetchall()
        desk.ledger.begin("b", "command")
        assert [each.image for each in desk.ledger.releases()] == ["a"]  # what waits, waits on
    assert [each.image for each in desk.ledger.releases()] == ["b", "a"]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff",
        b"[]",
        b'{"release": {}, "log": ""}',
        b"[" * 100000,
        json.dumps({"release": Release(2**70, "a").as_json(), "log": ""}).encode(),
        json.dumps({"release": Release(2, "a", seconds=float("nan")).as_json(), "log": ""}).encode(),
    ],
)
def test_a_waiting_file_that_is_none_is_put_out_of_the_way(desk: Desk, content: bytes) -> None:
    desk.ledger.begin("a", "command")
    desk.file.with_name("podpipe.db.waiting-1-end.json").write_bytes(content)
    assert len(desk.ledger.releases()) == 1
    assert [path.name for path in desk.beside(".waiting*")] == ["podpipe.db.waiting-1-end.json.unreadable"]


# --- damaged -------------------------------------------------------------------------------------


def overwrite(at: int, data: bytes) -> Callable[[Path], None]:
    def damage(file: Path) -> None:
        with file.open("r+b") as stream:
            stream.seek(at)
            stream.write(data)

    return damage


def make_folder(file: Path) -> None:
    file.unlink()
    file.mkdir()


def sql(*statements: str) -> Callable[[Path], None]:
    def damage(file: Path) -> None:
        with closing(sqlite3.connect(file, isolation_level=None)) as connection:
            for statement in statements:
                connection.execute(statement)

    return damage


DAMAGES: dict[str, Callable[[Path], Any]] = {
    "no database": lambda file: file.write_text("no database " * 1000),
    "short": lambda file: file.write_bytes(b"SQLite"),
    "truncated": lambda file: os.truncate(file, 5000),
    "truncated to a page": lambda file: os.truncate(file, 4096),
    "a hole": overwrite(4096, bytes(4096)),
    "noise": overwrite(4096, bytes(range(256)) * 16),
    "a later format": overwrite(18, b"\x09\x09"),
    "another schema": sql("DROP VIEW deployments", "ALTER TABLE steps RENAME TO stages"),
    "other tables": sql("PRAGMA user_version = 0"),
    "a negative version": sql("PRAGMA user_version = -1"),
    "a folder": make_folder,
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_a_damaged_ledger_is_set_aside(desk: Desk, damage: Callable[[Path], Any]) -> None:
    for _ in range(3):
        desk.ledger.begin("a", "command")
    damage(desk.file)
    assert desk.ledger.fresh
    assert desk.ledger.begin("b", "command") == 1
    (aside,) = desk.beside(".corrupt-*")
    (said,) = desk.said
    assert said.startswith(f"{desk.file} is damaged (")
    assert said.endswith(f"): it is now {aside.name}, and a new ledger is begun")
    assert [each.image for each in desk.ledger.releases()] == ["b"]


@pytest.mark.parametrize("damage", ["no database", "truncated", "a hole", "another schema"])
def test_who_only_reads_finds_a_new_ledger_too(desk: Desk, damage: str) -> None:
    desk.ledger.begin("a", "command")
    DAMAGES[damage](desk.file)
    assert desk.ledger.releases() == []
    assert desk.ledger.fresh
    assert len(desk.beside(".corrupt-*")) == 1


def test_a_release_that_meets_the_damage_first_begins_a_new_ledger(desk: Desk) -> None:
    desk.ledger.begin("a", "command")
    DAMAGES["a hole"](desk.file)
    assert desk.ledger.begin("b", "command") == 1
    assert len(desk.beside(".corrupt-*")) == len(desk.said) == 1


def test_an_empty_file_is_a_new_ledger(desk: Desk) -> None:
    desk.file.parent.mkdir()
    desk.file.touch()
    assert desk.ledger.begin("a", "command") == 1
    assert (desk.said, desk.beside(".*")) == ([], [])


def test_the_journal_of_a_damaged_ledger_goes_with_it(tmp_path: Path) -> None:
    file, journal = tmp_path / "podpipe.db", tmp_path / "podpipe.db-journal"
    file.touch()
    journal.touch()
    assert set_aside(file, inode(file) + 1) is None  # somebody was quicker
    aside = set_aside(file, inode(file))
    assert aside and sorted(tmp_path.iterdir()) == [aside, Path(f"{aside}-journal")]
    file.touch()
    assert set_aside(file, inode(file)) not in (None, aside)


# --- other versions --------------------------------------------------------------------------------


def _second(scratch: Any) -> Iterable[str]:
    yield "ALTER TABLE releases ADD COLUMN mood TEXT NOT NULL DEFAULT 'good'"
    yield from scratch["steps"].transform_sql(rename={"result": "outcome"})


def test_an_old_ledger_is_changed_in_place(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    release = replace(desk.ledger.release(desk.ledger.begin("a", "b")), result="live", steps=(Step("x", 1.0, "done"),))
    desk.ledger.end(release)
    monkeypatch.setattr("podpipe.ledger.schema.MIGRATIONS", (*MIGRATIONS, _second))
    monkeypatch.setattr("podpipe.ledger.ledger.MIGRATIONS", (*MIGRATIONS, _second))
    monkeypatch.setattr("podpipe.ledger.schema.COLUMNS", {"steps": "release, outcome, seconds"})
    assert not desk.ledger.fresh
    assert (desk.said, desk.beside(".*")) == ([], [])
    with closing(sqlite3.connect(desk.file)) as connection:
        assert connection.execute("SELECT mood, outcome FROM steps JOIN releases ON release = id").fetchall() == [
            ("good", "done")
        ]
        assert connection.execute("PRAGMA user_version").fetchone() == (2,)
        assert connection.execute("SELECT steps FROM deployments").fetchall() == [("x 1.0 s",)]


def test_a_change_that_fails_leaves_the_old_ledger(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.ledger.begin("a", "command")
    with monkeypatch.context() as patch:
        wrong = (*MIGRATIONS, lambda _: ["CREATE TABLE t (x)", "CREATE TABLE t (x)"])
        patch.setattr("podpipe.ledger.schema.MIGRATIONS", wrong)
        with pytest.raises(PodpipeError, match="already exists"):
            desk.ledger.releases()
    assert len(desk.ledger.releases()) == 1


def test_a_newer_ledger_is_read_and_not_written(desk: Desk) -> None:
    number = desk.ledger.begin("a", "command")
    sql("PRAGMA user_version = 7")(desk.file)
    release = desk.ledger.release(number)
    desk.ledger.end(replace(release, result="live"))
    (said,) = desk.said
    assert said.startswith(f"{desk.file} is a newer podpipe's: it has version 7, and this one knows 1; the release is")
    assert desk.ledger.release(number).result == "running"
    sql("ALTER TABLE releases RENAME COLUMN branch TO twig")(desk.file)
    with pytest.raises(PodpipeError, match="no such column"):
        desk.ledger.releases()
    sql("ALTER TABLE releases RENAME COLUMN twig TO branch", "PRAGMA user_version = 1")(desk.file)  # the new podpipe
    assert desk.ledger.release(number).result == "live"


# --- where nothing can be written ------------------------------------------------------------------

FULL = """
import sys
from dataclasses import replace
from pathlib import Path
from podpipe.errors import DiskFull
from podpipe.ledger import Ledger

folder, said = Path(sys.argv[1]), []
early = Ledger(folder / "early/podpipe.db")
ledger = Ledger(folder / "podpipe.db", said.append)
first = ledger.release(ledger.begin("a", "command"))
(folder / "big").write_bytes(bytes(100_000))
try:
    (folder / "rest").write_bytes(bytes(100_000))
except OSError:
    pass
ledger.end(replace(first, result="live"), "log\\n" * 60_000)
number = ledger.begin("b", "command")
assert number < 0, number
assert all("no space left while writing" in line for line in said), said
assert "the release is not recorded" in said[-1], said
assert ledger.releases() == [first]
try:
    early.releases()
except DiskFull as error:
    print(error)
else:
    raise AssertionError("where was it made?")
(folder / "big").unlink()
ledger.end(replace(first, result="live"), "log")
assert ledger.release(first.id).result == "live"
"""


def test_a_full_disk_stops_only_who_reads(tmp_path: Path) -> None:
    done = run_on_small_disk(tmp_path / "small", "200k", FULL)
    assert "no space left while writing" in done.stdout


def test_a_folder_that_cannot_be_made(desk: Desk) -> None:
    desk.file.parent.write_text("a file")
    desk.ledger.end(Release(1, "a", result="live"))
    desk.ledger.restore([Release(0, "a")])
    assert ["the release is not recorded" in line for line in desk.said] == [True, False]
    with pytest.raises(PodpipeError, match="File exists"):
        desk.ledger.releases()


def test_waiting_files_are_json(desk: Desk) -> None:
    desk.file.parent.mkdir()
    desk.file.write_text("")
    with held(desk), pytest.MonkeyPatch.context() as patch:
        patch.setattr("podpipe.ledger.database.PATIENCE", 0.01)
        number = desk.ledger.begin("a", "command")
    (file,) = desk.beside(".waiting*")
    entry = json.loads(file.read_text())
    assert (entry["release"]["id"], entry["release"]["image"], entry["log"]) == (number, "a", "")
    assert file.stat().st_mode & 0o777 == 0o644
