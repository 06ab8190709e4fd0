"""sync: bring the tables up to date with their sources, each in one transaction, the unchanged ones not at all."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path

from podpipe.data.database import Record, explain_sqlite, has_table, load_record, open_database, save_record, write
from podpipe.data.download import Validators
from podpipe.data.fetch import Fetched, fetch
from podpipe.data.load import find_columns, replace_table
from podpipe.data.sources import Source
from podpipe.errors import PodpipeError
from podpipe.files import checksum, explain_full_disk

_READING = 2  # rises when the same file becomes another table than before


@dataclass(frozen=True)
class Loaded:
    """A source whose table is up to date: `rows` in it, after `seconds`; `changed` False: nothing was written."""

    source: Source
    rows: int
    seconds: float
    changed: bool


@dataclass(frozen=True)
class Failed:
    """A source that could not be loaded; its table is as it was."""

    source: Source
    error: PodpipeError


def sync_sources(sources: Iterable[Source], database: Path) -> Iterator[Loaded | Failed]:
    """Load every source into the database, whatever becomes of the others.

    Errors: PodpipeError if the database itself cannot be opened.
    """
    with open_database(database) as connection:
        for source in sources:
            yield _outcome(connection, source, database)


def _outcome(connection: sqlite3.Connection, source: Source, database: Path) -> Loaded | Failed:
    try:
        with explain_sqlite(source.table, database), explain_full_disk(database):
            return sync_source(connection, source, scratch=database.parent)
    except PodpipeError as error:
        return Failed(source, error)
    except Exception as error:  # what nobody foresaw of one source must not keep the others from being loaded
        what = f"{type(error).__name__}: {error}"
        return Failed(source, PodpipeError(what, hint="podpipe did not foresee this: please report it"))


def sync_source(connection: sqlite3.Connection, source: Source, scratch: Path) -> Loaded:
    """Load one source if it is not the version that its table holds; downloads lie in the folder `scratch`.

    Errors: SourceError, DiskFull, sqlite3's own: the table stays as it was.
    """
    started = time.monotonic()
    loaded = _loaded_version(connection, source)
    known = Validators(loaded.etag, loaded.last_modified) if loaded else Validators()
    with fetch(source.location, scratch, known, encoding=source.encoding) as fetched:
        if loaded and (fetched is None or fetched.sha256 == loaded.sha256):
            return Loaded(source, loaded.row_count, time.monotonic() - started, changed=False)
        assert fetched is not None, "a server was asked for changes since a version that nobody has"
        rows = _replace(connection, source, fetched)
    return Loaded(source, rows, time.monotonic() - started, changed=True)


def _loaded_version(connection: sqlite3.Connection, source: Source) -> Record | None:
    record = load_record(connection, source.name)
    if record and record.settings == _settings(source) and has_table(connection, source.table):
        return record
    return None


def _replace(connection: sqlite3.Connection, source: Source, fetched: Fetched) -> int:
    columns = find_columns(source, fetched.file)
    with write(connection):
        try:
            rows = replace_table(connection, source, fetched.file, columns)
        finally:
            fetched.refuse_change()  # it may be read into half of the old content and half of the new
        now = datetime.now(timezone.utc).isoformat(timespec="seconds")
        validators = fetched.validators
        save_record(
            connection,
            Record(
                source=source.name,
                table_name=source.table,
                title=source.title,
                settings=_settings(source),
                sha256=fetched.sha256,
                etag=validators.etag,
                last_modified=validators.last_modified,
                row_count=rows,
                loaded=now,
            ),
        )
    return rows


def _settings(source: Source) -> str:
    """A checksum, not the settings themselves: a URL may hold a token, and datasette shows the records to everyone."""
    return checksum(f"{_READING} {source!r}")
