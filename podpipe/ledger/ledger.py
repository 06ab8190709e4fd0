"""The ledger's front. What writes never raises: a deployment goes on, whatever becomes of its row."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TypeVar

from podpipe.errors import PodpipeError, UsageError
from podpipe.ledger.database import check_pages, explain, inode, is_damage, open_database, refuse_newer, set_aside
from podpipe.ledger.release import Release, now
from podpipe.ledger.rows import (
    is_empty,
    load_log,
    load_release,
    load_releases,
    save_release,
    save_releases,
    shortened,
)
from podpipe.ledger.schema import MIGRATIONS, WrongSchema
from podpipe.ledger.waiting import keep_waiting, load_waiting, put_away
from podpipe.report import Report, silent

T = TypeVar("T")
Act = Callable[[sqlite3.Connection], T]

UNFIT = (sqlite3.IntegrityError, sqlite3.InterfaceError, sqlite3.ProgrammingError, OverflowError)  # values, not files
HIGHEST = 2**63  # no id is that high
FAILURES = (sqlite3.Error, WrongSchema, PodpipeError, OSError)


class Ledger:
    """The releases in the SQLite database `file`, which each call opens and closes, and makes where it is missing.

    A damaged file is set aside, and a new one begun; `report` gets a line for this and for whatever else went wrong
    without stopping anything.
    """

    def __init__(self, file: Path, report: Report = silent) -> None:
        self.file = file
        self.report = report

    # --- writing: never raises ---------------------------------------------------------------------

    def begin(self, image: str, asked_by: str, branch: str = "") -> int:
        """A release has begun. Gives its id: a negative one where the ledger cannot be written now."""
        release = Release(0, image, asked_by, branch, started=now())
        return self._save(release, "")

    def end(self, release: Release, log: str = "") -> None:
        """Write all that is known of a release, in the place of what is there of it; of a long log the end is kept."""
        self._save(release, shortened(log))

    def restore(self, found: Iterable[Release]) -> None:
        """What is still known of releases, oldest first, into a ledger that knows of none."""
        releases = list(found)
        try:
            count = self._do(lambda connection: save_releases(connection, releases), write=True) if releases else 0
        except FAILURES as error:
            self.report(f"the ledger stays empty: {explain(error, self.file)}")
        else:
            if count:
                self.report(f"the ledger knows {count} releases again, from the labels of their images")

    def _save(self, release: Release, log: str) -> int:
        try:
            return self._do(lambda connection: save_release(connection, release, log), write=True)
        except FAILURES as error:
            number = release.id or -time.time_ns() // 1000
            self._keep(Release(**{**vars(release), "id": number}), log, explain(error, self.file))
            return number

    def _keep(self, release: Release, log: str, why: PodpipeError) -> None:
        try:
            file = keep_waiting(self.file, release, log)
            self.report(f"{why.message}; the release is written down in {file.name} until it can be")
        except (PodpipeError, OSError) as error:
            self.report(f"{why.message}; the release is not recorded: {error}")

    # --- reading -----------------------------------------------------------------------------------

    @property
    def fresh(self) -> bool:
        """Whether it knows of no release, as a new one: then `restore` what images tell, before `begin`.

        It looks at the whole file, so that what is damaged is found here and not in the middle of a release.
        """

        def look(connection: sqlite3.Connection) -> bool:
            check_pages(connection)
            return is_empty(connection)

        try:
            return self._do(look)
        except FAILURES:
            return False

    def releases(self, image: str = "", limit: int = 20) -> list[Release]:
        """The last releases, newest first; of one image or ("") of all. Errors: LockHeld, DiskFull, PodpipeError."""
        return self._read(lambda connection: load_releases(connection, image, limit))

    def release(self, id: int) -> Release:  # noqa: A002
        """A release. Errors: UsageError where there is none; as `releases`."""
        found = self._read(lambda connection: load_release(connection, id)) if abs(id) < HIGHEST else None
        if found is None:
            raise UsageError(f"the ledger has no release {id}", hint="`podpipe history` lists them")
        return found

    def log(self, id: int) -> str:  # noqa: A002
        """What a release printed; "" where nothing is kept of it. Errors: as `release`."""
        self.release(id)
        return self._read(lambda connection: load_log(connection, id))

    def _read(self, act: Act[T]) -> T:
        try:
            return self._do(act)
        except FAILURES as error:
            raise explain(error, self.file) from error

    # --- the way in --------------------------------------------------------------------------------

    def _do(self, act: Act[T], *, write: bool = False) -> T:
        """Open the database and act; where it is damaged, once more with a new one. Errors: FAILURES."""
        was = inode(self.file)
        try:
            return self._try(act, write)
        except (sqlite3.Error, WrongSchema) as error:
            if not is_damage(error, self.file):
                raise
            aside = set_aside(self.file, was)
            if aside:
                self.report(f"{self.file} is damaged ({error}): it is now {aside.name}, and a new ledger is begun")
        return self._try(act, write)

    def _try(self, act: Act[T], write: bool) -> T:
        with open_database(self.file) as (connection, version):
            if write:
                refuse_newer(self.file, version)
            if version <= len(MIGRATIONS):
                self._take_over(connection)
            return act(connection)

    def _take_over(self, connection: sqlite3.Connection) -> None:
        """What waited since the database could not be written."""
        taken = 0
        for file, release, log in load_waiting(self.file):
            try:
                save_release(connection, release, log)
                file.unlink(missing_ok=True)
            except UNFIT:
                put_away(file)
                continue
            except (sqlite3.Error, OSError) as error:
                if is_damage(error, self.file):
                    raise
                self.report(f"{file.name} waits on: {explain(error, self.file).message}")
                break
            taken += release.is_over
        if taken:
            self.report(f"{taken} releases that waited are in the ledger now")
