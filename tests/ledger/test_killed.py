"""Killed at any moment: the file opens, is sound, and what is in it is whole."""

from __future__ import annotations

import multiprocessing
import random
import sqlite3
import time
from contextlib import closing
from pathlib import Path

from podpipe.ledger import Ledger, Release, Step

from .conftest import Desk

KILLS = 60
WHOLE = 3  # steps


def write_for_ever(file: Path) -> None:
    ledger = Ledger(file)
    while True:
        number = ledger.begin("a", "command")
        steps = tuple(Step(f"{number}", float(number), "done") for _ in range(WHOLE))
        ledger.end(Release(number, "a", message=f"{number}", result="live", steps=steps), f"{number}\n" * 2000)


def test_killed_at_any_moment(desk: Desk) -> None:
    chance = random.Random(4)
    journals = 0
    killed: set[int] = set()  # the releases that a kill may have kept from their end
    for turn in range(KILLS):
        if turn % 10 == 0:
            desk.file.unlink(missing_ok=True)  # its making may be hit, too
            killed.clear()
        process = multiprocessing.get_context("fork").Process(target=write_for_ever, args=[desk.file])
        process.start()
        time.sleep(chance.uniform(0, 0.05))
        process.kill()
        process.join()
        journals += desk.file.with_name("podpipe.db-journal").exists()
        assert_whole(desk, killed)
    assert journals > 0, "no kill hit a transaction"
    assert (desk.said, desk.beside(".*")) == ([], [])


def assert_whole(desk: Desk, killed: set[int]) -> None:
    releases = desk.ledger.releases(limit=10_000)
    with closing(sqlite3.connect(desk.file)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert connection.execute("PRAGMA foreign_key_check").fetchone() is None
        logs = dict(connection.execute("SELECT release, text FROM logs"))
    killed.update(release.id for release in releases[:1])
    for release in releases:
        assert len(release.steps) == (WHOLE if release.is_over else 0)
        assert {step.name for step in release.steps} <= {release.message}
        assert logs.get(release.id, "") in ("", f"{release.id}\n" * 2000)
        assert (release.id in logs) <= release.is_over
        assert release.is_over or release.id in killed


def test_two_write_at_once(desk: Desk) -> None:
    context = multiprocessing.get_context("fork")
    processes = [context.Process(target=write_some, args=[desk.file, name]) for name in "abcd"]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert [process.exitcode for process in processes] == [0] * 4
    assert sorted(each.image for each in desk.ledger.releases(limit=100)) == sorted("abcd" * 10)
    assert desk.beside(".*") == []


def write_some(file: Path, image: str) -> None:
    for _ in range(10):
        assert Ledger(file).begin(image, "command") > 0
