"""What becomes of a container that is waited for, as it is told."""

from __future__ import annotations

from collections.abc import Callable
from threading import Event

import pytest

from podpipe.effects.health import HealthWait
from podpipe.errors import EngineError, Unhealthy
from podpipe.testing import FakeEngine

REQUEST = {"name": "web-nginx", "image": "localhost/nginx:latest", "healthconfig": {"Test": ["CMD", "true"]}}
CANNOT = EngineError("cannot check the health of container web-nginx: no logs from conmon")


class Failing(FakeEngine):
    """Fails a check with an error that tells nothing, as 3.0.1 does where the container ends meanwhile."""

    def __init__(self, times: int, meanwhile: Callable[[FakeEngine], None] = lambda _: None) -> None:
        super().__init__(images=["localhost/nginx:latest"])
        self.times, self.meanwhile = times, meanwhile
        self.create_container(REQUEST)
        self.start_container("web-nginx")

    def run_healthcheck(self, name: str) -> bool:
        if self.times:
            self.times -= 1
            self.meanwhile(self)
            raise CANNOT
        return super().run_healthcheck(name)


def wait(engine: FakeEngine, timeout: float = 10) -> None:
    HealthWait(engine, REQUEST, timeout)(Event())


def test_what_ends_while_its_check_begins_is_told_with_its_last_lines() -> None:
    def end(engine: FakeEngine) -> None:
        engine.write_log("web-nginx", "unknown directive", "stderr")
        engine.crash("web-nginx", 1)

    with pytest.raises(Unhealthy, match="web-nginx ended with exit code 1") as caught:
        wait(Failing(1, end))
    assert caught.value.lines == ("unknown directive",)


def test_a_check_that_runs_out_of_time_is_run_again() -> None:
    engine = Failing(5)
    wait(engine)
    assert engine.times == 0


def test_an_error_that_stays_is_told_when_the_time_is_up() -> None:
    with pytest.raises(Unhealthy, match=r"did not become healthy within 0\.2 s: cannot check .* no logs from conmon"):
        wait(Failing(1000), timeout=0.2)
