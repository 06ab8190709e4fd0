"""The data pod's database: SQLite in WAL mode, so that datasette reads one state while sync writes the next.

Beside the sources' tables it holds `_podpipe_sources`: which version of each source is loaded.
"""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
import time
from collections.abc import Iterator
from dataclasses import astuple, dataclass, fields
from pathlib import Path

from podpipe.errors import DiskFull, PodpipeError
from podpipe.files import transaction

RECORDS = "_podpipe_sources"

_PATIENCE = 60.0  # seconds that a writer waits for another
_SCARCE = 1024 * 1024  # bytes: with less left, SQLite's "disk I/O error" comes from a log that cannot grow
_DAMAGED = "move data.db away: sync makes it anew from the sources"
# A large load, be it one that failed, leaves a write-ahead log of its own size: as long as datasette runs.
_GIVE_BACK = "PRAGMA wal_checkpoint(TRUNCATE)"
_ADVICE = {
    "malformed": _DAMAGED,
    "not a database": _DAMAGED,
    "disk I/O error": "is the disk failing (`dmesg`)? `PRAGMA integrity_check` says whether data.db was hurt",
    "unable to open": "is its folder there, and may podpipe write to it?",
    "readonly": "may podpipe write to it and to its folder?",
    "locked": "another program is writing to it: run sync again when that is done",
}


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
def explain_sqlite(what: str, database: Path) -> Iterator[None]:
    """Turn SQLite's errors inside the block into DiskFull or PodpipeError, naming `what`."""
    try:
        yield
    except sqlite3.Error as error:
        if _is_full(str(error), database.parent):
            raise DiskFull(
                f"{what}: no space left", hint="free some on the data volume, then run sync again"
            ) from error
        raise PodpipeError(f"{what}: {error}", hint=_advice(str(error))) from error


def _is_full(message: str, folder: Path) -> bool:
    """Told from the message: SQLite's number of the error comes only with Python 3.11."""
    return "disk is full" in message or ("disk I/O error" in message and shutil.disk_usage(folder).free < _SCARCE)


def _advice(message: str) -> str:
    known = (advice for words, advice in _ADVICE.items() if words in message)
    return next(known, "the table stays as it was; `sqlite3 data.db .schema` shows what there is in the database")


@contextlib.contextmanager
def open_database(path: Path) -> Iterator[sqlite3.Connection]:
    """Open the database for writing; an empty one in WAL mode is made where there is none.

    Errors: DiskFull; PodpipeError for a file that is no database or cannot be written.
    """
    with explain_sqlite(str(path), path):
        connection = sqlite3.connect(path, timeout=_PATIENCE, isolation_level=None)
        with contextlib.closing(connection):
            _enter_wal_mode(connection)
            yield connection


def _enter_wal_mode(connection: sqlite3.Connection) -> None:
    """Of two that switch a new database at once SQLite lets neither wait: it calls one's file locked at once."""
    deadline = time.monotonic() + _PATIENCE
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > deadline:
                raise
            time.sleep(0.01)
        else:
            return


@contextlib.contextmanager
def write(connection: sqlite3.Connection) -> Iterator[None]:
    """One transaction."""
    try:
        with transaction(connection):
            yield
    except BaseException:
        with contextlib.suppress(sqlite3.Error):  # why it failed is what has to be told
            connection.execute(_GIVE_BACK)
        raise
    connection.execute(_GIVE_BACK)


def quoted(name: str) -> str:
    """A name of a table, column or index as SQL has it."""
    return '"' + name.replace('"', '""') + '"'


def type_of(connection: sqlite3.Connection, name: str) -> str:
    """What has that name: "table", "view" or "index"; "": nothing."""
    found = connection.execute(
        "SELECT type FROM sqlite_master WHERE type != 'trigger' AND lower(name) = lower(?)", [name]
    ).fetchone()
    return str(found[0]) if found else ""


def has_table(connection: sqlite3.Connection, name: str) -> bool:
    """Whether there is such a table."""
    return type_of(connection, name) == "table"


def load_record(connection: sqlite3.Connection, source: str) -> Record | None:
    """What is loaded of a source; None: nothing yet. Errors: PodpipeError if somebody else made the records."""
    found = type_of(connection, RECORDS)
    if not found:
        return None
    columns = connection.execute("SELECT name, pk FROM pragma_table_info(?)", [RECORDS]).fetchall()
    if columns != [(field.name, int(field.name == "source")) for field in fields(Record)]:
        raise PodpipeError(
            f"the {found} {RECORDS} is not the one that sync made",
            hint=f"`DROP {found.upper()} {RECORDS}` in `sqlite3 data.db`: sync then loads every source anew",
        )
    row = connection.execute(f"SELECT {_COLUMNS} FROM {RECORDS} WHERE source = ?", [source]).fetchone()  # noqa: S608
    return Record(*row) if row else None


def save_record(connection: sqlite3.Connection, record: Record) -> None:
    """Remember what is loaded of a source, in place of what was remembered."""
    connection.execute(f"CREATE TABLE IF NOT EXISTS {RECORDS} (source TEXT PRIMARY KEY, {_COLUMNS.partition(', ')[2]})")
    marks = ", ".join("?" * len(fields(Record)))
    connection.execute(f"INSERT OR REPLACE INTO {RECORDS} ({_COLUMNS}) VALUES ({marks})", astuple(record))  # noqa: S608


_COLUMNS = ", ".join(field.name for field in fields(Record))
