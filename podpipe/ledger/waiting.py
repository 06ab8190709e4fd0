"""Releases that the database could not take, each a file beside it, until the next opening takes them over.

A file a release, not a line: it is whole or not there after a power cut, and who takes it over needs no lock.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from podpipe.files import write_atomic
from podpipe.ledger.release import Release, release_of

UNREADABLE = ".unreadable"


def keep_waiting(database: Path, release: Release, log: str) -> Path:
    """Write a release down beside the database, through to the disk. Gives the file. Errors: DiskFull, OSError."""
    stage = "end" if release.is_over else "begin"  # of one release the end comes last in the order of names
    file = database.with_name(f"{database.name}.waiting-{abs(release.id):020}-{stage}.json")
    write_atomic(file, json.dumps({"release": release.as_json(), "log": log}))
    return file


def load_waiting(database: Path) -> Iterator[tuple[Path, Release, str]]:
    """(file, release, log) of those that wait, in their order; a file that is none is renamed."""
    for file in sorted(database.parent.glob(f"{database.name}.waiting-*.json")):
        try:
            entry = json.loads(file.read_bytes())
            yield file, release_of(entry["release"]), str(entry["log"])
        except FileNotFoundError:  # another process took it over
            continue
        except (ValueError, TypeError, LookupError, AttributeError, RecursionError):
            put_away(file)


def put_away(file: Path) -> None:
    """What no ledger will ever take is kept under a name that nobody looks for."""
    with suppress(FileNotFoundError):
        file.rename(f"{file}{UNREADABLE}")
