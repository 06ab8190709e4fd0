"""A datasette plugin: the tables' titles from podpipe.yaml, as soon as sync has loaded them and without a restart."""

from __future__ import annotations

import contextlib
import functools
import sqlite3
import time
from typing import Any

import pluggy

from podpipe.data.database import RECORDS, has_table

_hookimpl = pluggy.HookimplMarker("datasette")


@_hookimpl
def get_metadata(datasette: Any) -> dict[str, Any]:
    """The metadata of the databases that sync writes to."""
    paths = {name: database.path for name, database in datasette.databases.items() if database.path}
    now = int(time.monotonic())
    return {"databases": {name: {"tables": _tables(path, now)} for name, path in paths.items()}}


@functools.lru_cache(maxsize=1)  # datasette asks up to a hundred times for one page
def _tables(path: str, second: int) -> dict[str, dict[str, Any]]:
    with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
        if not has_table(connection, RECORDS):
            return {}
        titles = connection.execute(f"SELECT table_name, title FROM {RECORDS}").fetchall()  # noqa: S608
    tables: dict[str, dict[str, Any]] = {table: {"title": title} for table, title in titles if title}
    return {**tables, RECORDS: {"hidden": True}}
