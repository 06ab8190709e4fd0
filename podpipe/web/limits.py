"""An end to work that a page's text or a template can make as long, or as large, as it likes."""

from __future__ import annotations

import contextlib
import resource
import signal
import threading
from collections.abc import Iterator

MIB = 1024 * 1024
_AT_ONCE = 0.001  # seconds; none would stop the timer
MEMORY = 400 * MIB  # of the process that builds: a Pi has 1 GB, and more to do


class Overtime(BaseException):
    """Not an Exception: what the libraries or a template catch would swallow it."""


@contextlib.contextmanager
def cpu_limit(seconds: float) -> Iterator[None]:
    """Raise Overtime inside once this process has computed for that long; a busy machine costs no one their time.

    A limit inside another ends when that does. Without effect outside the main thread, where no signals come.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGVTALRM, _stop)
    around = signal.getitimer(signal.ITIMER_VIRTUAL)[0]
    limit = min(seconds, around or seconds)
    signal.setitimer(signal.ITIMER_VIRTUAL, limit, limit)  # and again: while objects are cleared up it is lost
    try:
        yield
    finally:
        used = limit - signal.getitimer(signal.ITIMER_VIRTUAL)[0]
        signal.setitimer(signal.ITIMER_VIRTUAL, max(around - used, _AT_ONCE) if around else 0)
        signal.signal(signal.SIGVTALRM, before)


def _stop(*_: object) -> None:
    raise Overtime


@contextlib.contextmanager
def memory_limit(size: int) -> Iterator[None]:
    """Let this process allocate no more than `size` bytes meanwhile: what asks for more gets a MemoryError."""
    before, hard = resource.getrlimit(resource.RLIMIT_DATA)
    lowest = min(each for each in (size, before, hard) if each != resource.RLIM_INFINITY)
    resource.setrlimit(resource.RLIMIT_DATA, (lowest, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_DATA, (before, hard))
