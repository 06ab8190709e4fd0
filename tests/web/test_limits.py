"""Work that has an end."""

from __future__ import annotations

import gc
import resource
import signal
import threading
import time

import pytest

from podpipe.web import build, theme
from podpipe.web.limits import MIB, Overtime, cpu_limit, memory_limit
from podpipe.web.page import PAGE, Page
from podpipe.web.plan import plan_outputs
from podpipe.web.settings import Site
from tests.web.conftest import Desk


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


def test_more_memory_than_allowed_is_refused_and_then_allowed_again() -> None:
    before = resource.getrlimit(resource.RLIMIT_DATA)
    with pytest.raises(MemoryError), memory_limit(500 * MIB):
        bytearray(600 * MIB)
    assert resource.getrlimit(resource.RLIMIT_DATA) == before


@pytest.mark.parametrize(
    ("template", "said"),
    [
        ("{{ 9 ** (9 ** 9) }}", "takes longer than 0.5 s"),
        ("{% for a in range(100000) %}{% for b in range(100000) %}{% endfor %}{% endfor %}", "takes longer than 0.5 s"),
        ("{{ 'x' * 1000000000 }}", "takes more than 400 MiB of memory"),
        ("{{ '%1000000000d' % 1 }}", "takes more than 400 MiB of memory"),
        ("{% include 'page.html' %}", "is nested too deep: does it include itself?"),
    ],
)
def test_a_template_takes_no_more_than_its_share(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, template: str, said: str
) -> None:
    monkeypatch.setattr(theme, "RENDER_TIME", 0.5)
    monkeypatch.setitem(theme.BOUNDS, Overtime, "takes longer than 0.5 s")  # type: ignore[arg-type]
    desk.write("templates/page.html", template)
    desk.post("a.md", title="A")
    assert desk.problems() == [f"templates/page.html:1: {said} (while making a.md)"]


def test_a_site_that_needs_more_memory_than_allowed_says_so(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def plan(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr(build, "plan_outputs", plan)
    assert desk.problems() == [f"{desk.content}: takes more than 400 MiB of memory to become a site"]


def test_many_tags_and_sections_take_no_longer_than_few() -> None:
    """Eight times as many may take eight times as long and some more, not 64 times."""
    few, many = planning_time(2000), planning_time(16000)
    assert many < 24 * few


def planning_time(count: int) -> float:
    tags = tuple(f"tag {number}" for number in range(count))
    pages = [Page("all.md", PAGE, "/all/", "", "All", tags=tags, key="all")]
    pages += [Page(f"{n}/a.md", PAGE, f"/{n}/a/", str(n), "A", key=str(n)) for n in range(count)]
    gc.disable()  # it looks at all that is there again and again
    began = time.process_time()
    try:
        plan_outputs(Site(), pages)
        return time.process_time() - began
    finally:
        gc.enable()
