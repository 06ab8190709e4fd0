"""What earlier builds know: each source's page and HTML, each release's files and what they were made of.

A SQLite file beside the releases. Losing it costs one full build and nothing else.
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from podpipe.errors import DiskFull
from podpipe.web.problems import Problem

_SCHEMA = """
CREATE TABLE IF NOT EXISTS source (path TEXT PRIMARY KEY, stamp TEXT, digest TEXT, row TEXT, body TEXT);
CREATE TABLE IF NOT EXISTS html (path TEXT PRIMARY KEY, html TEXT);
CREATE TABLE IF NOT EXISTS manifest (release TEXT PRIMARY KEY, files TEXT);
CREATE TABLE IF NOT EXISTS template (key TEXT PRIMARY KEY, compiled BLOB);
CREATE TABLE IF NOT EXISTS fact (name TEXT PRIMARY KEY, value TEXT);
"""
# Pages stay, to be shown while what is written of them has a mistake; but nothing passes for unchanged.
_FORGET = """
UPDATE source SET stamp = '', digest = '';
DELETE FROM manifest;
DELETE FROM template;
"""
MISSING = "-"


class Known(NamedTuple):
    """A source as it was last read: the checksums of the file and of its HTML, and its page's row."""

    path: str
    stamp: str
    digest: str
    row: str = ""
    body: str = ""


class Made(NamedTuple):
    """What a release holds, as a checksum of what it was made of by path; what it was to hold; why these differ.

    `owners` are the sources that have these paths.
    """

    files: Mapping[str, str]
    wanted: Mapping[str, str]
    problems: tuple[Problem, ...] = ()
    owners: Mapping[str, str] = {}


class Cache:
    """The open cache. `generator` names the code that renders: another one's knowledge is forgotten."""

    def __init__(self, connection: sqlite3.Connection, generator: str) -> None:
        self._db = connection
        self._db.executescript("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;" + _SCHEMA)
        if self._fact("generator") != generator:
            self._db.executescript(_FORGET)
            self._set_fact("generator", generator)
        rows = self._db.execute("SELECT path, stamp, digest, row, body FROM source")
        self.sources = {row[0]: Known(*row) for row in rows}

    def remember(self, known: Known, html: str | None = None) -> None:
        """Keep what a source is now; `html` None leaves its HTML as it was."""
        self.sources[known.path] = known
        self._db.execute("INSERT OR REPLACE INTO source VALUES (?, ?, ?, ?, ?)", known)
        if html is not None:
            self._db.execute("INSERT OR REPLACE INTO html VALUES (?, ?)", (known.path, html))

    def forget_sources_but(self, paths: set[str]) -> None:
        """Drop the sources that are gone."""
        for path in self.sources.keys() - paths:
            del self.sources[path]
            self._db.execute("DELETE FROM source WHERE path = ?", (path,))
            self._db.execute("DELETE FROM html WHERE path = ?", (path,))

    def html(self, path: str) -> str:
        """A page's rendered Markdown."""
        (html,) = self._db.execute("SELECT html FROM html WHERE path = ?", (path,)).fetchone()
        return str(html)

    def template(self, key: str) -> bytes | None:
        """A template's bytecode, if it was kept."""
        found = self._db.execute("SELECT compiled FROM template WHERE key = ?", (key,)).fetchone()
        return bytes(found[0]) if found else None

    def keep_template(self, key: str, compiled: bytes) -> None:
        """Keep a template's bytecode."""
        self._db.execute("INSERT OR REPLACE INTO template VALUES (?, ?)", (key, compiled))

    def made(self, release: str) -> Made:
        """What is known of a release; nothing, if it is not known."""
        found = self._db.execute("SELECT files FROM manifest WHERE release = ?", (release,)).fetchone()
        files, differs, problems, owners = json.loads(found[0]) if found else ({}, {}, [], {})
        wanted = {path: contents for path, contents in {**files, **differs}.items() if contents != MISSING}
        return Made(files, wanted, tuple(Problem.of_json(each) for each in problems), owners)

    def note_release(self, release: str, made: Made) -> None:
        """Keep what a release holds."""
        wanted = {**dict.fromkeys(made.files, MISSING), **made.wanted}
        differs = {path: contents for path, contents in wanted.items() if contents != made.files.get(path)}
        row = json.dumps([made.files, differs, [each.as_json() for each in made.problems], made.owners])
        self._db.execute("INSERT OR REPLACE INTO manifest VALUES (?, ?)", (release, row))
        self._db.commit()

    def forget_releases_but(self, releases: Collection[str]) -> None:
        """Drop the manifests of releases that are gone, lest another one gets their number."""
        for (release,) in self._db.execute("SELECT release FROM manifest").fetchall():
            if release not in releases:
                self._db.execute("DELETE FROM manifest WHERE release = ?", (release,))

    def commit(self) -> None:
        """Keep what was remembered so far even if the build fails."""
        self._db.commit()

    @property
    def settings(self) -> str:
        """site.yaml as it was when it last had no mistake."""
        return self._fact("settings")

    @settings.setter
    def settings(self, text: str) -> None:
        self._set_fact("settings", text)

    def _fact(self, name: str) -> str:
        found = self._db.execute("SELECT value FROM fact WHERE name = ?", (name,)).fetchone()
        return str(found[0]) if found else ""

    def _set_fact(self, name: str, value: str) -> None:
        self._db.execute("INSERT OR REPLACE INTO fact VALUES (?, ?)", (name, value))


@contextlib.contextmanager
def open_cache(path: Path, generator: str) -> Iterator[Cache]:
    """The cache in `path`; one that cannot be read is begun anew. Errors: DiskFull."""
    try:
        connection, cache = _open(path, generator)
    except sqlite3.DatabaseError as error:
        _raise_if_full(path, error)
        for leftover in path.parent.glob(f"{path.name}*"):
            leftover.unlink()
        connection, cache = _open(path, generator)
    with contextlib.closing(connection):
        try:
            yield cache
        except sqlite3.DatabaseError as error:
            _raise_if_full(path, error)
            raise


def _open(path: Path, generator: str) -> tuple[sqlite3.Connection, Cache]:
    connection = sqlite3.connect(path)
    try:
        return connection, Cache(connection, generator)
    except BaseException:
        connection.close()
        raise


def _raise_if_full(path: Path, error: sqlite3.DatabaseError) -> None:
    if "full" in str(error) or "disk I/O" in str(error):
        raise DiskFull(f"no space left while writing {path}", hint="free some, then build again") from error
