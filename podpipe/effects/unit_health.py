"""Wait for containers that systemd keeps: one that is not there may be on its way back."""

from __future__ import annotations

import time
from threading import Event
from typing import TYPE_CHECKING, Any

from podpipe.effects.health import LAST_LINES, LONGEST, SHORTEST, TOO_MANY_RESTARTS, HealthWait, unhealthy

if TYPE_CHECKING:
    from podpipe.effects.engine import Engine
    from podpipe.effects.systemd import UserManager
    from podpipe.errors import Unhealthy
    from podpipe.plan import ObservedContainer
    from podpipe.plan.units import ObservedUnit

JSON = dict[str, Any]

BETWEEN = 5.0  # seconds that a unit may be inactive between the stop and the start of a restart


class UnitHealthWait(HealthWait):
    """One container's way to health, while its unit may start it again and again."""

    def __init__(self, manager: UserManager, unit: str, engine: Engine, request: JSON, timeout: float) -> None:
        super().__init__(engine, request, timeout)
        self.manager = manager
        self.unit = unit
        self.seen_ids: set[str] = set()
        self.gone_since = 0.0  # by the monotonic clock; 0: it is not

    def _raise_if_gone(self) -> None:
        unit = self.manager.show([self.unit])[self.unit]
        if unit.is_active:
            self.gone_since = 0.0
            self._raise_if_crashing(unit)
            return
        self.gone_since = self.gone_since or time.monotonic()
        if unit.failed or time.monotonic() - self.gone_since >= BETWEEN:
            raise self._unhealthy(f"is not there: {self.unit} is {unit}")

    def _raise_if_hopeless(self, seen: ObservedContainer) -> None:
        if seen.id in self.seen_ids:
            return
        self.seen_ids.add(seen.id)
        if len(self.seen_ids) > 1:  # each start makes a new container
            self._raise_if_crashing(self.manager.show([self.unit])[self.unit])

    def _raise_if_crashing(self, unit: ObservedUnit) -> None:
        if self.restarts is None:
            self.restarts = unit.restarts
        if unit.restarts - self.restarts >= TOO_MANY_RESTARTS:
            self.manager.stop([self.unit])
            raise self._unhealthy(f"crashed {unit.restarts - self.restarts} times, with exit code {unit.exit_code}")

    def _last_lines(self) -> list[str]:
        return self.manager.journal(self.unit, lines=LAST_LINES)


def wait_run(manager: UserManager, unit: str, job: str, stop: Event) -> None:
    """Wait until a job's unit has run to its end. Errors: Unhealthy where it failed."""
    pause = SHORTEST
    while (seen := manager.show([unit])[unit]).is_active:
        if stop.wait(pause):
            return
        pause = min(pause * 1.5, LONGEST)
    if seen.result != "success":
        raise failed_unit(manager, unit, seen, job)


def failed_unit(manager: UserManager, unit: str, seen: ObservedUnit, name: str = "") -> Unhealthy:
    """The error for a unit that failed, with its own last lines; of a job, whose `name` is given, its last run's."""
    code = f" with exit code {seen.exit_code}" if seen.exit_code else ""
    what = f"failed{code}: {unit} is {seen}"
    return unhealthy(name or unit, what, manager.journal(unit, lines=LAST_LINES, last_run=bool(name)))
