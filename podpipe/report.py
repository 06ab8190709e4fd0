"""Who is told what happens: a line for each step that takes time, or that another program prints."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

from podpipe.files import PathLike, lock

Report = Callable[[str], None]


def silent(_: str) -> None:
    """Report nothing."""


def lock_aloud(path: PathLike, holder: str, report: Report, timeout: float) -> AbstractContextManager[None]:
    """`podpipe.files.lock`, which reports for whom it waits. Errors: LockHeld."""
    return lock(path, holder, timeout=timeout, waiting=lambda other: report(f"waiting: {other} is at work"))
