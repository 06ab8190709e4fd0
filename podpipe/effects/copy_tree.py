"""`python3 -I copy_tree.py SOURCE TARGET`: what a volume holds, into a new one, while others go on writing to it.

A program by itself, of the standard library alone: it runs as the root of the containers' user namespace. Owners,
modes, times and hard links are kept. A SQLite database is copied as of one moment, by SQLite.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import stat
import sys
from contextlib import closing, suppress
from pathlib import Path

MAGIC = b"SQLite format 3\0"
BESIDE = ("-wal", "-shm", "-journal")  # a database's own files, which a copy by SQLite leaves nothing in
PATIENCE = 60.0  # seconds that a database may be locked
FATAL = ("locked", "is full")

Links = dict[tuple[int, int], Path]  # device and inode -> its first name in the copy


def copy_tree(source: Path, target: Path) -> None:
    """Empty the folder `target` and copy all of `source` into it. What vanishes meanwhile is left out.

    Errors: OSError; sqlite3.OperationalError for a database that stays locked.
    """
    for path in target.iterdir():
        shutil.rmtree(path) if _is_folder(path) else path.unlink()
    _copy_folder(source, target, {})


def _copy_folder(source: Path, target: Path, links: Links) -> None:
    """Files and links first: a link `current` is then older than the release that it points to."""
    paths = sorted(source.iterdir(), key=lambda path: (_is_folder(path), path.name))
    databases = {path.name for path in paths if _is_database(path) and _copy_database(path, target / path.name)}
    done = databases | {name + suffix for name in databases for suffix in BESIDE}
    for path in (each for each in paths if each.name not in done):
        with suppress(FileNotFoundError):
            _copy(path, target / path.name, links)
    _keep_looks(source.stat(), source, target)


def _copy(source: Path, target: Path, links: Links) -> None:
    seen = source.lstat()
    if stat.S_ISDIR(seen.st_mode):
        target.mkdir()
        _copy_folder(source, target, links)
    elif (seen.st_dev, seen.st_ino) in links:
        os.link(links[seen.st_dev, seen.st_ino], target, follow_symlinks=False)
    elif stat.S_ISLNK(seen.st_mode):
        target.symlink_to(source.readlink())
        _keep_looks(seen, source, target)
    elif stat.S_ISREG(seen.st_mode):
        shutil.copyfile(source, target)
        _keep_looks(seen, source, target)
        if seen.st_nlink > 1:
            links[seen.st_dev, seen.st_ino] = target


def _copy_database(source: Path, target: Path) -> bool:
    """False where it is to be copied like any other file: it only begins like a database, or is damaged."""
    only_read = f"{source.as_uri()}?mode=ro"  # or the last to close it would write its log back into it
    try:
        with closing(sqlite3.connect(only_read, timeout=PATIENCE, uri=True)) as database:
            _back_up(database, target)
        _keep_looks(source.stat(), source, target)
    except (sqlite3.Error, FileNotFoundError) as error:
        if any(word in str(error) for word in FATAL):
            raise
        target.unlink(missing_ok=True)
        return False
    return True


def _back_up(database: sqlite3.Connection, target: Path) -> None:
    """With a read begun: Python would wait for ever for one that is locked."""
    database.execute("BEGIN")
    database.execute("SELECT 1 FROM sqlite_master").fetchone()
    with closing(sqlite3.connect(target)) as copy:
        database.backup(copy)


def _is_database(path: Path) -> bool:
    with suppress(OSError):
        if stat.S_ISREG(path.lstat().st_mode):
            with path.open("rb") as file:
                return file.read(len(MAGIC)) == MAGIC
    return False


def _is_folder(path: Path) -> bool:
    return path.is_dir() and not path.is_symlink()


def _keep_looks(seen: os.stat_result, source: Path, target: Path) -> None:
    """The owner before the mode, which a change of owner takes bits from."""
    os.chown(target, seen.st_uid, seen.st_gid, follow_symlinks=False)
    shutil.copystat(source, target, follow_symlinks=False)


def main(source: str, target: str) -> int:
    """Returns the exit status; what went wrong stands in one line on standard error."""
    try:
        copy_tree(Path(source), Path(target))
    except (OSError, sqlite3.Error) as error:
        full = "no space left on device: " if "is full" in str(error) else ""
        sys.stderr.write(f"{full}{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
