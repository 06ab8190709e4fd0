"""Wait until containers are what their probes want them to be."""

from __future__ import annotations

import time
from collections.abc import Collection, Sequence
from contextlib import suppress
from queue import SimpleQueue
from threading import Event, Thread
from typing import TYPE_CHECKING, Any

from podpipe.effects.observe import observe_container
from podpipe.errors import EngineConflict, EngineError, NotFound, Unhealthy

if TYPE_CHECKING:
    from podpipe.effects.engine import Engine
    from podpipe.plan import ObservedContainer

JSON = dict[str, Any]

SHORTEST, LONGEST = 0.05, 1.0  # seconds between two looks: quick at first, kind to a Pi later
TOO_MANY_RESTARTS = 3
STEADY = 1.0  # seconds that a container without a check must run to count as healthy
LAST_LINES = 20


def wait_for_all(engine: Engine, requests: Sequence[JSON], jobs: Collection[str], timeout: float) -> None:
    """Wait until each container is healthy, and each of the `jobs` has run to its end.

    `timeout`, in seconds, is for those that are no jobs. Errors: Unhealthy for the first that fails,
    without waiting for the others: it may be what they are waiting for.
    """
    ended: SimpleQueue[BaseException | None] = SimpleQueue()
    stop = Event()

    def wait(request: JSON) -> None:
        try:
            if request["name"] in jobs:
                _wait_finished(engine, request["name"])
            else:
                _Wait(engine, request, stop).until_healthy(timeout)
            ended.put(None)
        except BaseException as error:
            ended.put(error)

    for request in requests:
        Thread(target=wait, args=(request,), daemon=True).start()
    for _ in requests:
        error = ended.get()
        if error is not None:
            stop.set()
            raise error


def _wait_finished(engine: Engine, name: str) -> None:
    code = engine.wait_container(name)
    if code:
        raise _unhealthy(engine, name, f"ended with exit code {code}")


class _Wait:
    """One container's way to health.

    Its check is run from here: where no systemd fires Podman's timers, nobody else would.
    """

    def __init__(self, engine: Engine, request: JSON, stop: Event) -> None:
        self.engine = engine
        self.name: str = request["name"]
        self.check: JSON = request.get("healthconfig", {})
        self.stop = stop
        self.restarts: int | None = None  # how many there had been at the first look
        self.since = ("", 0.0)  # the present run's start, by the engine's clock and by ours

    def until_healthy(self, timeout: float) -> None:
        deadline = time.monotonic() + timeout
        pause = SHORTEST
        while not self._is_healthy():
            if time.monotonic() >= deadline:
                hint = self._show_check()
                raise _unhealthy(self.engine, self.name, f"did not become healthy within {timeout:g} s", hint)
            if self.stop.wait(pause):
                return
            pause = min(pause * 1.5, LONGEST)

    def _is_healthy(self) -> bool:
        try:
            seen = observe_container(self.engine, self.name)
        except NotFound:
            message = f"container {self.name} went away while it was waited for"
            raise Unhealthy(message, hint="run the command again") from None
        self._raise_if_hopeless(seen)
        if not seen.running or not self.check:
            return seen.running and self._is_steady(seen.started_at)
        try:
            return self.engine.run_healthcheck(self.name)
        except EngineConflict:  # it stopped in between; the next look says how
            return False

    def _is_steady(self, started_at: str) -> bool:
        now = time.monotonic()
        if self.since[0] != started_at:
            self.since = (started_at, now)
        return now - self.since[1] >= STEADY

    def _raise_if_hopeless(self, seen: ObservedContainer) -> None:
        if self.restarts is None:
            self.restarts = seen.restarts
        crashes = seen.restarts - self.restarts
        if crashes >= TOO_MANY_RESTARTS:
            error = _unhealthy(self.engine, self.name, f"crashed {crashes} times, with exit code {seen.exit_code}")
            with suppress(EngineError):  # Podman would start it again for ever, without a pause
                self.engine.stop_container(self.name, 0)
            raise error
        policy = ((seen.inspect or {}).get("HostConfig", {}).get("RestartPolicy") or {}).get("Name") or "no"
        gives_up = policy == "no" or (policy == "on-failure" and seen.exit_code == 0)
        if seen.ended and gives_up:
            raise _unhealthy(self.engine, self.name, f"ended with exit code {seen.exit_code}")

    def _show_check(self) -> str:
        kind, *command = self.check.get("Test") or [""]
        return f"; its check is: {' '.join(command)}" if kind == "CMD" else ""


def _unhealthy(engine: Engine, name: str, what: str, hint: str = "") -> Unhealthy:
    lines = [line for _, line in engine.logs(name, tail=LAST_LINES)]
    see = f"see `podpipe logs {name}`{hint}"
    return Unhealthy(f"container {name} {what}", hint=see, lines=lines or ["(it printed nothing)"])
