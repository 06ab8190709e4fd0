"""Wait until containers are what their probes want them to be."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from podpipe.effects.observe import observe_container
from podpipe.errors import EngineConflict, NotFound, Unhealthy

if TYPE_CHECKING:
    from podpipe.effects.engine import Engine
    from podpipe.plan import ObservedContainer

JSON = dict[str, Any]

SHORTEST, LONGEST = 0.05, 1.0  # seconds between two looks: quick at first, kind to a Pi later
TOO_MANY_RESTARTS = 3
LAST_LINES = 20


def wait_healthy(engine: Engine, request: JSON, timeout: float) -> None:
    """Wait until the container runs and its health check, if it has one, passes.

    The check is run from here, so that it works where no systemd fires Podman's timers too.
    Errors: Unhealthy with the container's last lines, after `timeout` seconds or as soon as it is hopeless.
    """
    name = request["name"]
    deadline = time.monotonic() + timeout
    pause = SHORTEST
    while not _is_healthy(engine, name, has_check="healthconfig" in request):
        if time.monotonic() >= deadline:
            raise _unhealthy(engine, name, f"did not become healthy within {timeout:g} s", request)
        time.sleep(pause)
        pause = min(pause * 1.5, LONGEST)


def wait_finished(engine: Engine, name: str) -> None:
    """Wait for a job's run. Errors: Unhealthy with its last lines where the exit code is not 0."""
    code = engine.wait_container(name)
    if code:
        raise _unhealthy(engine, name, f"ended with exit code {code}")


def _is_healthy(engine: Engine, name: str, *, has_check: bool) -> bool:
    try:
        seen = observe_container(engine, name)
    except NotFound:
        raise Unhealthy(f"container {name} went away while it was waited for", hint="run the command again") from None
    _raise_if_hopeless(engine, seen)
    if not seen.running or not has_check:
        return seen.running
    try:
        return engine.run_healthcheck(name)
    except EngineConflict:  # it stopped in between; the next look says how
        return False


def _raise_if_hopeless(engine: Engine, seen: ObservedContainer) -> None:
    if seen.restarts >= TOO_MANY_RESTARTS:
        raise _unhealthy(engine, seen.name, f"crashed {seen.restarts} times, last with exit code {seen.exit_code}")
    policy = ((seen.inspect or {}).get("HostConfig", {}).get("RestartPolicy") or {}).get("Name") or "no"
    gives_up = policy == "no" or (policy == "on-failure" and seen.exit_code == 0)
    if seen.ended and gives_up:
        raise _unhealthy(engine, seen.name, f"ended with exit code {seen.exit_code}")


def _unhealthy(engine: Engine, name: str, what: str, request: JSON | None = None) -> Unhealthy:
    lines = [line for _, line in engine.logs(name, tail=LAST_LINES)]
    check = (request or {}).get("healthconfig", {}).get("Test", ())
    shown = f"; its check is: {' '.join(check[1:])}" if check and check[0] == "CMD" else ""
    hint = f"see `podpipe logs {name}`{shown}"
    return Unhealthy(f"container {name} {what}", hint=hint, lines=lines or ["(it printed nothing)"])
