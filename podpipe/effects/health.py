"""Wait until containers are what their probes want them to be."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from queue import SimpleQueue
from threading import Event, Thread
from typing import TYPE_CHECKING, Any

from podpipe.effects.observe import observe_container
from podpipe.errors import EngineError, EngineUnavailable, NotFound, Unhealthy

if TYPE_CHECKING:
    from podpipe.effects.engine import Engine
    from podpipe.plan import ObservedContainer

JSON = dict[str, Any]
Wait = Callable[[Event], None]

SHORTEST, LONGEST = 0.05, 1.0  # seconds between two looks: quick at first, kind to a Pi later
TOO_MANY_RESTARTS = 3
STEADY = 1.0  # seconds that a container without a check must run to count as healthy
LAST_LINES = 20


def wait_for_all(waits: Sequence[Wait]) -> None:
    """Wait for all at once; each is told by an Event when the others have given up.

    Errors: that of the first that fails, without waiting for the others: it may be what they are waiting for.
    """
    ended: SimpleQueue[BaseException | None] = SimpleQueue()
    stop = Event()

    def run(wait: Wait) -> None:
        try:
            wait(stop)
            ended.put(None)
        except BaseException as error:
            ended.put(error)

    for wait in waits:
        Thread(target=run, args=(wait,), daemon=True).start()
    for _ in waits:
        error = ended.get()
        if error is not None:
            stop.set()
            raise error


def wait_finished(engine: Engine, name: str, _stop: Event | None = None, *, before: int = 0) -> None:
    """Wait until a job's container has run to its end, whatever becomes of others.

    Errors: Unhealthy with its last lines, without the `before` ones of an earlier run.
    """
    code = engine.wait_container(name)
    if code:
        lines = [line for _, line in engine.logs(name)][before:]
        raise unhealthy(name, f"ended with exit code {code}", lines[-LAST_LINES:])


class HealthWait:
    """One container's way to health, within `timeout` seconds.

    Its check is run from here: where no systemd fires Podman's timers, nobody else would.
    """

    def __init__(self, engine: Engine, request: JSON, timeout: float) -> None:
        self.engine = engine
        self.name: str = request["name"]
        self.check: JSON = request.get("healthconfig", {})
        self.timeout = timeout
        self.restarts: int | None = None  # how many there had been at the first look
        self.said = ""  # what Podman had against running the last check
        self.since = ("", 0.0)  # the present run's start, by the engine's clock and by ours

    def __call__(self, stop: Event) -> None:
        """Errors: Unhealthy."""
        deadline = time.monotonic() + self.timeout
        pause = SHORTEST
        while not self._is_healthy():
            if time.monotonic() >= deadline:
                what = f"did not become healthy within {self.timeout:g} s{self.said}"
                raise self._unhealthy(what, self._show_check())
            if stop.wait(pause):
                return
            pause = min(pause * 1.5, LONGEST)

    def _is_healthy(self) -> bool:
        try:
            seen = observe_container(self.engine, self.name)
        except NotFound:
            self._raise_if_gone()
            return False
        self._raise_if_hopeless(seen)
        if not seen.running or not self.check:
            return seen.running and self._is_steady(seen.started_at)
        return self._passes_check()

    def _passes_check(self) -> bool:
        """A check that cannot be run has failed: Podman says so where it ran out of time, or the container ended.

        The next look tells how it ended; a check out of time may pass when a slow machine has done with its starting.
        """
        try:
            self.said = ""
            return self.engine.run_healthcheck(self.name)
        except EngineUnavailable:
            raise
        except EngineError as error:
            self.said = f": {error.message}"
            return False

    def _is_steady(self, started_at: str) -> bool:
        now = time.monotonic()
        if self.since[0] != started_at:
            self.since = (started_at, now)
        return now - self.since[1] >= STEADY

    def _raise_if_gone(self) -> None:
        raise Unhealthy(f"container {self.name} went away while it was waited for", hint="run the command again")

    def _raise_if_hopeless(self, seen: ObservedContainer) -> None:
        if self.restarts is None:
            self.restarts = seen.restarts
        crashes = seen.restarts - self.restarts
        if crashes >= TOO_MANY_RESTARTS:
            error = self._unhealthy(f"crashed {crashes} times, with exit code {seen.exit_code}")
            with suppress(EngineError):  # Podman would start it again for ever, without a pause
                self.engine.stop_container(self.name, 0)
            raise error
        policy = ((seen.inspect or {}).get("HostConfig", {}).get("RestartPolicy") or {}).get("Name") or "no"
        gives_up = policy == "no" or (policy == "on-failure" and seen.exit_code == 0)
        if seen.ended and gives_up:
            raise self._unhealthy(f"ended with exit code {seen.exit_code}")

    def _unhealthy(self, what: str, hint: str = "") -> Unhealthy:
        return unhealthy(self.name, what, self._last_lines(), hint)

    def _last_lines(self) -> list[str]:
        return last_lines(self.engine, self.name)

    def _show_check(self) -> str:
        kind, *command = self.check.get("Test") or [""]
        return f"; its check is: {' '.join(command)}" if kind == "CMD" else ""


def last_lines(engine: Engine, name: str) -> list[str]:
    """What a container printed last. Errors: NotFound."""
    return [line for _, line in engine.logs(name, tail=LAST_LINES)]


def unhealthy(name: str, what: str, lines: Sequence[str], hint: str = "") -> Unhealthy:
    """The error for a container of which `what` is the matter."""
    see = f"see `podpipe logs {name}`{hint}"
    return Unhealthy(f"container {name} {what}", hint=see, lines=lines or ["(it printed nothing)"])
