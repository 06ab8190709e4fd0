"""An end to work that a page's text can make as long as it likes."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Iterator


class Overtime(BaseException):
    """Not an Exception: Python-Markdown has an `except Exception` that would swallow it."""


@contextlib.contextmanager
def cpu_limit(seconds: float) -> Iterator[None]:
    """Raise Overtime inside once this process has computed for that long; a busy machine costs no one their time.

    Without effect outside the main thread, where Python delivers no signals.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGVTALRM, _stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def _stop(*_: object) -> None:
    raise Overtime
