"""podpipe's own ledger as a database of datasette, strictly read-only, and the page of the last deployments."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pluggy
from datasette.database import Database
from datasette.utils.asgi import Response

NAME = "podpipe"
PAGE = "/-/deployments"
SHOWN = 30

_PATIENCE = 2.0  # seconds; podpipe writes a release in a few milliseconds
_REST = 2.0  # seconds after which one asks again who waited that long: a page asks many questions
_RELEASES = """
SELECT id, started, image, result, branch, "commit", asked_by, seconds, step, message,
  EXISTS (SELECT 1 FROM logs WHERE release = id) AS has_log
FROM releases ORDER BY id DESC LIMIT ?
"""
_STEPS = "SELECT name, seconds, result FROM steps WHERE release = ? ORDER BY position"

_hookimpl = pluggy.HookimplMarker("datasette")


class ServedLedger(Database):  # type: ignore[misc]
    """Opened anew for each question: the file may appear, or another take its place, while datasette runs.

    While it is not there or cannot be read, because a kill left it half written until podpipe opens it again, an
    empty database stands for it.
    """

    def __init__(self, datasette: Any, file: Path) -> None:
        super().__init__(datasette)
        self.file = file
        self._ask_again = 0.0

    def connect(self, write: bool = False) -> sqlite3.Connection:
        if write:
            raise sqlite3.OperationalError("the ledger is podpipe's to write")
        if time.monotonic() >= self._ask_again:
            try:
                return open_ledger(self.file)
            except sqlite3.Error as error:
                if "locked" in str(error):
                    self._ask_again = time.monotonic() + _REST
        return sqlite3.connect(":memory:", check_same_thread=False)

    async def execute_fn(self, fn: Callable[[sqlite3.Connection], Any]) -> Any:
        def in_thread() -> Any:
            with contextlib.closing(self.connect()) as connection:
                self.ds._prepare_connection(connection, self.name)
                return fn(connection)

        return await asyncio.get_running_loop().run_in_executor(self.ds.executor, in_thread)

    @property
    def size(self) -> int:
        return self.file.stat().st_size if self.file.is_file() else 0

    @property
    def mtime_ns(self) -> int:
        return self.file.stat().st_mtime_ns if self.file.is_file() else 0


def open_ledger(file: Path) -> sqlite3.Connection:
    """A connection that sees the ledger as it is now, until it is closed. Errors: sqlite3.Error."""
    uri = f"file:{quote(str(file))}?mode=ro"
    connection = sqlite3.connect(uri, uri=True, timeout=_PATIENCE, check_same_thread=False)
    try:
        connection.execute("BEGIN")
        connection.execute("SELECT 1 FROM sqlite_master").fetchone()
    except BaseException:
        connection.close()
        raise
    return connection


@_hookimpl
def register_routes() -> list[tuple[str, Any]]:
    """The page of the last deployments."""
    return [(f"{PAGE}$", deployments)]


@_hookimpl
def get_metadata(datasette: Any) -> dict[str, Any]:
    """What the ledger's tables are."""
    tables = {
        "deployments": {"title": "Deployments", "description": "One row a release, the newest first."},
        "releases": {"title": "Releases", "sort_desc": "id"},
        "steps": {"title": "Steps of releases", "sort_desc": "release"},
        "logs": {"title": "Logs of releases", "sort_desc": "release"},
    }
    page = f'<a href="{datasette.urls.path(PAGE)}">The last deployments</a>'
    return {"databases": {NAME: {"description_html": f"What podpipe delivered. {page}", "tables": tables}}}


async def deployments(datasette: Any, request: Any) -> Response:
    """The page; its status is 503 while there is a ledger that cannot be read."""
    ledger = datasette.databases[NAME]
    try:
        releases = await ledger.execute_fn(load_releases)
    except sqlite3.Error:
        releases = None
    known = releases is not None or not ledger.file.exists()
    context = {"releases": releases or [], "known": known, "database": NAME}
    html = await datasette.render_template("deployments.html", context, request)
    return Response.html(html, status=200 if known else 503)


def load_releases(connection: sqlite3.Connection) -> list[dict[str, Any]]:
    """The last releases, newest first, each with its steps. `now` is True for an image's last one that went live."""
    live: set[str] = set()
    releases = []
    for row in map(dict, connection.execute(_RELEASES, [SHOWN]).fetchall()):
        now = row["result"] == "live" and row["image"] not in live
        live.update([row["image"]] if now else [])
        steps = [dict(step) for step in connection.execute(_STEPS, [row["id"]])]
        releases.append({**row, "now": now, "took": duration(row["seconds"]), "steps": steps})
    return releases


def duration(seconds: float) -> str:
    """A time for people: "0.4 s", "3 min 5 s", "2 h 1 min"."""
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"
