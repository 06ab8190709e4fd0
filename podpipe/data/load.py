"""A file's rows into a table, in place of those that were there."""

from __future__ import annotations

import math
import sqlite3
from collections.abc import Iterator, Mapping
from typing import BinaryIO

from podpipe.data.columns import Kind, kind_of_text, kind_of_value, scan_columns
from podpipe.data.database import quoted, type_of
from podpipe.data.rows import Cell, Row, read_rows
from podpipe.data.sources import Source
from podpipe.errors import SourceError


def find_columns(source: Source, file: BinaryIO) -> dict[str, Kind]:
    """The columns of a source's table and their types. Errors: SourceError for whatever is wrong with the file."""
    reading = read_rows(file, source)
    columns = scan_columns(reading.header, reading.rows, kind_of_text if source.format == "csv" else kind_of_value)
    if not columns:
        raise SourceError("rows of no columns", hint="is it the right file?")
    for name in (source.key, *source.numbers):
        if name and name not in columns:
            what = "the key" if name == source.key else "numbers"
            raise SourceError(
                f"no column {name!r}, which podpipe.yaml calls {what}", hint=f"there are {', '.join(columns)}"
            )
    return {name: float if name in source.numbers and kind is str else kind for name, kind in columns.items()}


def replace_table(connection: sqlite3.Connection, source: Source, file: BinaryIO, columns: Mapping[str, Kind]) -> int:
    """Put a file's rows in place of a table, within the caller's transaction; the number of rows.

    Views go on finding the table by its name; indexes and triggers that somebody made on it are made again.
    Errors: SourceError for a name that is a view's or an index's, and, naming the line, for a key that is missing
    or there twice; sqlite3's own.
    """
    taken = type_of(connection, source.table)
    if taken not in ("", "table"):
        raise SourceError(
            f"{source.table} is the name of a{'n' if taken == 'index' else ''} {taken} that somebody made",
            hint=f"drop the {taken} with `sqlite3 data.db`, or give the source another `table` in podpipe.yaml",
        )
    kept = connection.execute(
        "SELECT sql FROM sqlite_master WHERE tbl_name = ? AND type IN ('index', 'trigger') AND sql IS NOT NULL",
        [source.table],
    ).fetchall()
    connection.execute(f"DROP TABLE IF EXISTS {quoted(source.table)}")
    connection.execute(_table_sql(source, columns))
    count = _insert_rows(connection, source, file, columns)
    for (statement,) in kept:
        connection.execute(statement)
    return count


def _table_sql(source: Source, columns: Mapping[str, Kind]) -> str:
    import sqlite_utils

    try:
        database = sqlite_utils.Database(memory=True)
        return str(database.create_table_sql(source.table, dict(columns), pk=source.key or None))
    except AssertionError as error:  # before 4.0 it cannot quote brackets
        raise SourceError(f"line 1: {error}", hint="rename the column in the source") from error


def _insert_rows(connection: sqlite3.Connection, source: Source, file: BinaryIO, columns: Mapping[str, Kind]) -> int:
    names, marks = ", ".join(map(quoted, columns)), ", ".join("?" * len(columns))
    statement = f"INSERT INTO {quoted(source.table)} ({names}) VALUES ({marks})"  # noqa: S608
    count = 0
    for row in read_rows(file, source).rows:
        if source.key and row.values.get(source.key) is None:
            raise SourceError(f"{row.place}: no {source.key}, which is the key", hint="each row needs one")
        try:
            connection.execute(statement, list(_values(row, columns)))
        except sqlite3.IntegrityError as error:
            raise SourceError(
                f"{row.place}: the {source.key} {row.values[source.key]} was there before",
                hint="a key has a value of its own in each row: is another column the key?",
            ) from error
        count += 1
    return count


def _values(row: Row, columns: Mapping[str, Kind]) -> Iterator[Cell]:
    for name, kind in columns.items():
        cell = row.values.get(name)
        try:
            value = None if cell is None else kind(cell)
            if kind is float and value is not None and not math.isfinite(float(value)):  # SQLite has no NaN
                raise ValueError
            yield value
        except ValueError:
            what = f"{row.place}: {name} is {str(cell)[:80]!r}, no number"
            raise SourceError(what, hint="take the column out of `numbers` in podpipe.yaml, or mend it") from None
