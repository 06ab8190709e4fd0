"""The data pod's database: SQLite in WAL mode, so that datasette reads one state while sync writes the next.

Beside the sources' tables it holds `_podpipe_sources`: which version of each source is loaded.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from dataclasses import astuple, dataclass, fields
from pathlib import Path

from podpipe.errors import DiskFull, PodpipeError

RECORDS = "_podpipe_sources"

_PATIENCE = 60.0  # seconds that a writer waits for another
_ADVICE = "look at it with `sqlite3`; if it is damaged, move data.db away: sync makes it anew from the sources"


@dataclass(frozen=True)
class Record:
    """What is loaded. `settings` is the checksum of what podpipe.yaml said of the source; `loaded` is UTC."""

    source: str
    table_name: str
    title: str
    settings: str
    sha256: str
    etag: str
    last_modified: str
    row_count: int
    loaded: str


@contextlib.contextmanager
def explain_sqlite(what: str) -> Iterator[None]:
    """Turn SQLite's errors inside the block into DiskFull or PodpipeError, naming `what`."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        if "disk is full" in str(error):  # SQLite's number of the error comes only with Python 3.11
            raise DiskFull(
                f"{what}: no space left", hint="free some on the data volume, then run sync again"
            ) from error
        raise PodpipeError(f"{what}: {error}", hint=_ADVICE) from error


@contextlib.contextmanager
def open_database(path: Path) -> Iterator[sqlite3.Connection]:
    """Open the database for writing; an empty one in WAL mode is made where there is none.

    Errors: DiskFull; PodpipeError for a file that is no database or cannot be written.
    """
    with explain_sqlite(str(path)):
        connection = sqlite3.connect(path, timeout=_PATIENCE, isolation_level=None)
        with contextlib.closing(connection):
            connection.execute("PRAGMA journal_mode = WAL")
            yield connection


@contextlib.contextmanager
def write(connection: sqlite3.Connection) -> Iterator[None]:
    """One transaction: what the block writes becomes visible at its end, all of it or nothing."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:  # a full disk has rolled it back already
            connection.execute("ROLLBACK")
        raise
    # A large load leaves a write-ahead log of its own size, which stays as long as datasette runs.
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def quoted(name: str) -> str:
    """A name of a table, column or index as SQL has it."""
    return '"' + name.replace('"', '""') + '"'


def has_table(connection: sqlite3.Connection, name: str) -> bool:
    """Whether there is such a table."""
    found = connection.execute("SELECT 1 FROM sqlite_master WHERE type = 'table' AND lower(name) = lower(?)", [name])
    return found.fetchone() is not None


def load_record(connection: sqlite3.Connection, source: str) -> Record | None:
    """What is loaded of a source; None: nothing yet."""
    if not has_table(connection, RECORDS):
        return None
    row = connection.execute(f"SELECT {_COLUMNS} FROM {RECORDS} WHERE source = ?", [source]).fetchone()  # noqa: S608
    return Record(*row) if row else None


def save_record(connection: sqlite3.Connection, record: Record) -> None:
    """Remember what is loaded of a source, in place of what was remembered."""
    connection.execute(f"CREATE TABLE IF NOT EXISTS {RECORDS} (source TEXT PRIMARY KEY, {_COLUMNS.partition(', ')[2]})")
    marks = ", ".join("?" * len(fields(Record)))
    connection.execute(f"INSERT OR REPLACE INTO {RECORDS} ({_COLUMNS}) VALUES ({marks})", astuple(record))  # noqa: S608


_COLUMNS = ", ".join(field.name for field in fields(Record))
