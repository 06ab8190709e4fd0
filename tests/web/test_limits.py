"""Work that has an end."""

from __future__ import annotations

import signal
import threading
import time

import pytest

from podpipe.web.limits import Overtime, cpu_limit


def compute(seconds: float) -> None:
    end = time.process_time() + seconds
    while time.process_time() < end:
        sum(range(1000))


def test_computing_too_long_ends_even_where_every_exception_is_caught() -> None:
    def swallow() -> None:
        try:
            compute(20)
        except Exception:
            pytest.fail("an Exception can be swallowed")

    with pytest.raises(Overtime), cpu_limit(0.05):
        swallow()


def test_waiting_is_not_computing() -> None:
    with cpu_limit(0.2):
        time.sleep(0.4)


def test_nothing_of_a_limit_is_left() -> None:
    before = signal.getsignal(signal.SIGVTALRM)
    with cpu_limit(0.1):
        pass
    compute(0.3)
    assert signal.getsignal(signal.SIGVTALRM) is before


def test_in_a_thread_there_is_none() -> None:
    done = threading.Event()

    def work() -> None:
        with cpu_limit(0.01):
            compute(0.1)
        done.set()

    thread = threading.Thread(target=work)
    thread.start()
    thread.join(20)
    assert done.is_set()
