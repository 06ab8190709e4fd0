"""Files as a machine that may lose power at any moment needs them: whole or not at all."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import hashlib
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Union

from podpipe.errors import DiskFull, LockHeld, UsageError

if TYPE_CHECKING:
    import sqlite3

PathLike = Union[str, "os.PathLike[str]"]


@contextlib.contextmanager
def explain_full_disk(place: PathLike) -> Iterator[None]:
    """Turn ENOSPC and EDQUOT inside the block into `DiskFull`, naming `place`."""
    try:
        yield
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        raise DiskFull(f"no space left while writing {place}") from error


def write_atomic(path: PathLike, content: str | bytes, mode: int = 0o644) -> None:
    """Write a file so that after a power cut it holds the old content or the new, never half.

    Errors: DiskFull; OSError otherwise.
    """
    target = Path(path)
    data = content.encode() if isinstance(content, str) else content
    with explain_full_disk(target):
        descriptor, beside = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(data)
                file.flush()
                os.fchmod(file.fileno(), mode)
                os.fsync(file.fileno())
            Path(beside).replace(target)
        except BaseException:
            Path(beside).unlink(missing_ok=True)
            raise
        sync_folder(target.parent)


@contextlib.contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """What the block writes into a database becomes visible at its end, all of it or nothing."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:  # a full disk has rolled it back already
            connection.execute("ROLLBACK")
        raise


def sync_folder(folder: PathLike) -> None:
    """Make a folder's entries (a rename, a new file) survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def checksum(data: str | bytes) -> str:
    """SHA-256 in hex."""
    return hashlib.sha256(data.encode() if isinstance(data, str) else data).hexdigest()


@contextlib.contextmanager
def lock(
    path: PathLike, holder: str, *, timeout: float = 600.0, waiting: Callable[[str], None] = lambda _: None
) -> Iterator[None]:
    """Hold an exclusive lock on `path`; the kernel lets go of it when the process dies.

    `holder` is written into the file, so that whoever waits can say for whom; `waiting` is
    called once with the present holder's words. Errors: LockHeld after `timeout` seconds.
    """
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    descriptor = _open_lock(path)
    try:
        _acquire(descriptor, timeout, waiting)
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, holder.encode(), 0)
        yield
    finally:
        os.close(descriptor)


def _open_lock(path: PathLike) -> int:
    """Not through a link: the holder's words would end up in what it leads to."""
    try:
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    except OSError as error:
        if error.errno != errno.ELOOP:
            raise
        raise UsageError(f"{path} is a link, and a lock's file is wanted there", hint="remove it") from None


def _acquire(descriptor: int, timeout: float, waiting: Callable[[str], None]) -> None:
    deadline = time.monotonic() + timeout
    announced = False
    while True:
        try:
            return fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            other = os.pread(descriptor, 200, 0).decode(errors="replace") or "another podpipe"
        if time.monotonic() >= deadline:
            raise LockHeld(f"{other} is at work here", hint="wait for it to finish, or end it, and try again")
        if not announced:
            waiting(other)
            announced = True
        time.sleep(0.1)
