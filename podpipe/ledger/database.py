"""The ledger's file: opened, set aside where it is damaged, and what SQLite says against it in words of ours."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import datetime, timezone
from pathlib import Path

from podpipe.errors import DiskFull, LockHeld, PodpipeError
from podpipe.files import explain_full_disk
from podpipe.ledger.schema import MIGRATIONS, WrongSchema, migrate

PATIENCE = 5.0  # seconds that a deployment waits for another writer, or for somebody who reads

_SCARCE = 1024 * 1024  # bytes: with less left, SQLite's "disk I/O error" comes from a journal that cannot grow
_DAMAGED = ("malformed", "not a database", "unsupported file format", "quick_check")


class NewerLedger(PodpipeError):
    """A newer podpipe made the ledger."""


@contextmanager
def open_database(file: Path) -> Iterator[tuple[sqlite3.Connection, int]]:
    """The database and its version, made where there is none; outside of a transaction each statement is its own.

    Errors: sqlite3.Error, WrongSchema, OSError.
    """
    with explain_full_disk(file):
        _guard(file)
    with closing(sqlite3.connect(str(file), timeout=PATIENCE, isolation_level=None)) as connection:
        connection.text_factory = lambda data: data.decode(errors="replace")
        # A read-only mount can read no database in WAL mode.
        for pragma in ("journal_mode = DELETE", "synchronous = FULL", "foreign_keys = ON"):
            connection.execute(f"PRAGMA {pragma}")
        version = migrate(connection)
        _guard(file)
        yield connection, version


def refuse_newer(file: Path, version: int) -> None:
    """Nothing is written over what this podpipe does not know. Errors: NewerLedger."""
    known = len(MIGRATIONS)
    if version > known:
        message = f"{file} is a newer podpipe's: it has version {version}, and this one knows {known}"
        raise NewerLedger(message, hint="update podpipe")


def check_pages(connection: sqlite3.Connection) -> None:
    """Look at every page of the file. Errors: sqlite3.DatabaseError, which `is_damage` knows."""
    (found,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    if found != "ok":
        raise sqlite3.DatabaseError(f"quick_check: {found}")


def is_damage(error: Exception, file: Path) -> bool:
    """Whether the error says that the file is no ledger, or none any more."""
    if "unable to open" in str(error):
        return file.exists() and not (file.is_file() and os.access(file, os.R_OK | os.W_OK))
    return isinstance(error, WrongSchema) or any(words in str(error) for words in _DAMAGED)


def set_aside(file: Path, was: int) -> Path | None:
    """Rename a damaged file; None: another process was quicker, the file is no longer the inode `was`."""
    stamp = datetime.now(timezone.utc).strftime("%Y%m%dT%H%M%SZ")
    names = [f"{file.name}.corrupt-{stamp}", *(f"{file.name}.corrupt-{stamp}-{count}" for count in range(2, 100))]
    aside = next(file.with_name(name) for name in names if not os.path.lexists(file.with_name(name)))
    if inode(file) != was:
        return None
    with suppress(FileNotFoundError):  # first: SQLite would roll it back into the next database
        file.with_name(f"{file.name}-journal").rename(f"{aside}-journal")
    file.rename(aside)
    return aside


def inode(file: Path) -> int:
    """Which file has the name; 0: none."""
    try:
        return file.lstat().st_ino
    except OSError:
        return 0


def explain(error: Exception, file: Path) -> PodpipeError:
    """What SQLite or the system says against the file, as an error of ours."""
    if isinstance(error, PodpipeError):
        return error
    said = (error.strerror if isinstance(error, OSError) else "") or str(error)
    if "disk is full" in said or ("disk I/O error" in said and shutil.disk_usage(file.parent).free < _SCARCE):
        return DiskFull(f"no space left while writing {file}")
    if "locked" in said:
        return LockHeld(f"{file} is locked by another program", hint="`fuser -v` of the file says by which")
    return PodpipeError(f"{file}: {said}", hint="may podpipe write to it and to its folder?")


def _guard(file: Path) -> None:
    """The folder and the file are the user's alone, whatever the umask: logs may hold what nobody else is to know."""
    file.parent.mkdir(parents=True, exist_ok=True)
    for path, mode in ((file.parent, 0o700), (file, 0o600)):
        with suppress(FileNotFoundError, PermissionError):  # somebody else's: then SQLite has the last word
            status = path.stat()
            if status.st_mode & 0o777 != mode and (path != file or path.is_file()):
                path.chmod(mode)
