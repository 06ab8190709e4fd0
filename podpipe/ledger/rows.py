"""Releases into the ledger's tables and back, each of them whole or not at all."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from typing import Any

from podpipe.files import transaction
from podpipe.ledger.release import Release, Step
from podpipe.ledger.schema import RELEASE

LONGEST_LOG = 256 * 1024  # bytes
LONGEST_TEXT = 8 * 1024  # letters of any other text
LOGS_KEPT = 100  # the older ones go: together they are 25 MB at most


def save_release(connection: sqlite3.Connection, release: Release, log: str = "") -> int:
    """Write a release in the place of what is there of it; id 0 is a new one. Gives its id."""
    with transaction(connection):
        return _save(connection, release, log)


def save_releases(connection: sqlite3.Connection, releases: list[Release]) -> int:
    """Write them where there are none yet, oldest first. Gives how many were written."""
    with transaction(connection):
        if is_empty(connection):
            return len([_save(connection, replace(each, id=0), "") for each in releases])
    return 0


def load_releases(connection: sqlite3.Connection, image: str, limit: int) -> list[Release]:
    """The last ones, newest first; of one image or ("") of all."""
    which, values = ("WHERE image = ?", [_text(image)]) if image else ("", [])
    query = f"SELECT {RELEASE} FROM releases {which} ORDER BY id DESC LIMIT ?"  # noqa: S608
    return [_release_of(connection, row) for row in connection.execute(query, [*values, limit]).fetchall()]


def load_release(connection: sqlite3.Connection, number: int) -> Release | None:
    """A release by its id or its provisional one."""
    query = f"SELECT {RELEASE} FROM releases WHERE id = ?1 OR provisional = ?1"  # noqa: S608
    row = connection.execute(query, [number]).fetchone()
    return _release_of(connection, row) if row else None


def load_log(connection: sqlite3.Connection, number: int) -> str:
    """What a release printed; "" where nothing is kept of it."""
    query = "SELECT text FROM logs JOIN releases ON release = id WHERE id = ?1 OR provisional = ?1"
    row = connection.execute(query, [number]).fetchone()
    return str(row[0]) if row else ""


def is_empty(connection: sqlite3.Connection) -> bool:
    """Whether no release is known."""
    return connection.execute("SELECT 1 FROM releases LIMIT 1").fetchone() is None


def shortened(log: str) -> str:
    """The end of a log, from the beginning of a line on."""
    data = log.encode(errors="replace")
    if len(data) <= LONGEST_LOG:
        return data.decode()
    kept = data[-LONGEST_LOG:].partition(b"\n")[2] or data[-LONGEST_LOG:]
    return f"[the first {len(data) - len(kept)} bytes are left out]\n" + kept.decode(errors="ignore")


def _save(connection: sqlite3.Connection, release: Release, log: str) -> int:
    number, provisional = _numbers(connection, release.id)
    texts = map(_text, (release.image, release.asked_by, release.branch, release.commit, release.digest,
        release.image_id, release.started, release.result, release.step, release.message))  # fmt: skip
    *before, result, step, message = texts
    values = [number, *before, release.seconds, result, step, message, provisional]
    connection.execute("DELETE FROM steps WHERE release = ?", [number])
    connection.execute("DELETE FROM logs WHERE release = ?", [number])
    marks = ", ".join("?" * len(values))
    query = f"INSERT OR REPLACE INTO releases ({RELEASE}, provisional) VALUES ({marks})"  # noqa: S608
    number = int(connection.execute(query, values).lastrowid or 0)
    steps = [(number, place, _text(each.name), each.seconds, each.result) for place, each in enumerate(release.steps)]
    connection.executemany("INSERT INTO steps VALUES (?, ?, ?, ?, ?)", steps)
    if log:
        connection.execute("INSERT INTO logs VALUES (?, ?)", [number, shortened(log)])
        connection.execute("DELETE FROM logs WHERE release <= ?", [number - LOGS_KEPT])
    return number


def _numbers(connection: sqlite3.Connection, number: int) -> tuple[int | None, int | None]:
    """(id, provisional) of a release's row; None: a new id, none."""
    if number >= 0:
        row = connection.execute("SELECT provisional FROM releases WHERE id = ?", [number]).fetchone()
        return number or None, row[0] if row else None
    row = connection.execute("SELECT id FROM releases WHERE provisional = ?", [number]).fetchone()
    return row[0] if row else None, number


def _text(text: str) -> str:
    """A text that SQLite takes: a branch's name may hold bytes that are no UTF-8."""
    return text[:LONGEST_TEXT].encode(errors="replace").decode()


def _release_of(connection: sqlite3.Connection, row: tuple[Any, ...]) -> Release:
    query = "SELECT name, seconds, result FROM steps WHERE release = ? ORDER BY position"
    steps = tuple(Step(*each) for each in connection.execute(query, [row[0]]))
    return replace(Release(*row), steps=steps)
