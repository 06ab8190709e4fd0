"""The ledger's tables: sqlite-utils says how they are made and changed, and one transaction does it in place."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable
from typing import Any

from podpipe.files import transaction

RELEASE = 'id, image, asked_by, branch, "commit", digest, image_id, started, seconds, result, step, message'
COLUMNS = {"releases": f"{RELEASE}, provisional", "steps": "release, position, name, seconds, result",
           "logs": "release, text"}  # fmt: skip

# One row a release, for people.
_DEPLOYMENTS = """
SELECT id, started, image, result, branch, substr("commit", 1, 12) AS "commit", asked_by,
  round(seconds, 1) AS seconds, step AS failed_step, message,
  (SELECT group_concat(name || ' ' || round(seconds, 1) || ' s', ', ')
   FROM (SELECT * FROM steps WHERE release = releases.id ORDER BY position)) AS steps, digest
FROM releases ORDER BY id DESC
"""


class WrongSchema(Exception):
    """The file is a database, and not a ledger."""


def _begin(scratch: Any) -> list[str]:
    text = ("image", "asked_by", "branch", "commit", "digest", "image_id", "started", "result", "step", "message")
    releases = {"id": int, **dict.fromkeys(text, str), "seconds": float, "provisional": int}
    scratch["releases"].create(releases, pk="id", not_null=[*text, "seconds"])
    scratch["releases"].create_index(["image"])
    scratch["releases"].create_index(["provisional"], unique=True)
    scratch["steps"].create(
        {"release": int, "position": int, "name": str, "seconds": float, "result": str},
        pk=("release", "position"),
        not_null=["name", "seconds", "result"],
        foreign_keys=[("release", "releases", "id")],
    )
    scratch["logs"].create(
        {"release": int, "text": str}, pk="release", not_null=["text"], foreign_keys=[("release", "releases", "id")]
    )
    return _statements(scratch.conn)


# Each gives the statements that bring a ledger from the version that is its place here to the next, and may use up the
# database in memory that it gets, which has the ledger's tables. A published one is never changed.
MIGRATIONS: tuple[Callable[[Any], Iterable[str]], ...] = (_begin,)


def migrate(connection: sqlite3.Connection) -> int:
    """Bring a database up to this podpipe's version, an empty one too. Gives the version that it has then.

    That is another one where a newer podpipe made it. Errors: sqlite3.Error; WrongSchema, which leaves it as it is.
    """
    if 0 <= _version(connection) < len(MIGRATIONS):
        with transaction(connection):
            _migrate(connection)
    version = _version(connection)
    if version <= len(MIGRATIONS):
        _check(connection, version)
    return version


def _migrate(connection: sqlite3.Connection) -> None:
    version = _version(connection)  # another process may have been quicker
    if version == 0 and connection.execute("SELECT 1 FROM sqlite_master").fetchone():
        raise WrongSchema("it has other tables")
    if version < len(MIGRATIONS):
        connection.execute("DROP VIEW IF EXISTS deployments")  # a table that it names could not be changed
        for step in MIGRATIONS[version:]:
            for statement in step(_scratch(connection)):
                connection.execute(statement)
        connection.execute(f"CREATE VIEW deployments AS {_DEPLOYMENTS}")
        connection.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")


def _scratch(connection: sqlite3.Connection) -> Any:
    """A database in memory with the same tables: sqlite-utils would end the transaction of one that it works on."""
    from sqlite_utils import Database  # 140 ms, which only a new or an old ledger is to cost

    scratch = Database(memory=True)
    for statement in _statements(connection):
        scratch.conn.execute(statement)
    return scratch


def _statements(connection: sqlite3.Connection) -> list[str]:
    return [sql for (sql,) in connection.execute("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL").fetchall()]


def _check(connection: sqlite3.Connection, version: int) -> None:
    if version < 1:
        raise WrongSchema(f"its version is {version}")
    for table, columns in COLUMNS.items():
        try:
            connection.execute(f"SELECT {columns} FROM {table} LIMIT 0")  # noqa: S608
        except sqlite3.OperationalError as error:
            if "no such" in str(error):
                raise WrongSchema(str(error)) from error
            raise


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])
