"""How things stand: what is defined beside what runs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from podpipe.plan.observed import Observed, ObservedContainer
from podpipe.plan.units import ObservedUnits
from podpipe.render.desired import Desired, Workload
from podpipe.render.unitfile import UnitFile

UNREACHABLE = "unreachable"


@dataclass(frozen=True)
class ContainerStatus:
    """`state` is the engine's word, "missing", or for a job that ended "done" or "failed".

    `health` is "", starting, healthy, unhealthy, or "unreachable" where nobody answers at one of its published
    `addresses`, which are URLs on this machine; `started_at` is as the engine writes it. Under systemd `unit` is the
    unit with its state, else "", and `next_run` is when a job's timer elapses next. `mistakes` are those in a site's
    content that keep something of it from being published.
    """

    workload: str
    name: str
    state: str
    health: str
    restarts: int
    started_at: str
    image: str
    addresses: tuple[str, ...]
    job: bool
    unit: str = ""
    next_run: str = ""
    mistakes: tuple[str, ...] = ()

    @property
    def well(self) -> bool:
        """True for what runs and is not unhealthy, and for a job that ended well or waits for its time."""
        if self.job:
            return self.state in ("running", "done", "created")
        return self.state == "running" and self.health not in ("unhealthy", UNREACHABLE)

    def visited(self, ask: Callable[[str], bool]) -> ContainerStatus:
        """The row after its addresses were asked whether they answer, if it is well so far."""
        asked = self.well and self.health != "starting"
        return self if not asked or all(map(ask, self.addresses)) else replace(self, health=UNREACHABLE)

    def as_json(self) -> dict[str, Any]:
        """The row as `podpipe status --json` prints it."""
        return {**asdict(self), "well": self.well}


@dataclass(frozen=True)
class JobRun:
    """One run of a CronJob: `started` in ISO 8601; the `seconds` that it took; `result` success, failed or running."""

    started: str
    seconds: float
    result: str


def limit_runs(runs: Iterable[JobRun], successful: int, failed: int) -> tuple[JobRun, ...]:
    """The last runs, newest first: as many as a CronJob's history limits ask for, and all that run still."""
    left = {"success": successful, "failed": failed}
    kept = []
    for run in sorted(runs, key=lambda run: run.started, reverse=True):
        if run.result in left:
            left[run.result] -= 1
        if left.get(run.result, 0) >= 0:
            kept.append(run)
    return tuple(kept)


def status_of(desired: Desired, observed: Observed) -> tuple[ContainerStatus, ...]:
    """A row for each container that is defined, in the definition's order."""
    return tuple(row for workload in desired.workloads for row in _rows(workload, observed))


def unit_status_of(
    desired: Desired, observed: Observed, seen: ObservedUnits, files: Mapping[str, UnitFile]
) -> tuple[ContainerStatus, ...]:
    """The same where systemd keeps them: with each container's unit, which also counts its restarts."""
    return tuple(_joined(row, seen, files) for row in status_of(desired, observed))


def _joined(row: ContainerStatus, seen: ObservedUnits, files: Mapping[str, UnitFile]) -> ContainerStatus:
    file = files.get(f"{row.name}.container") or files[f"{row.name}@.container"]
    unit = seen.unit(file.run_unit)
    row = replace(row, unit=f"{file.run_unit}: {unit}", restarts=unit.restarts)
    if not row.job:
        return row
    state = "failed" if unit.failed else "done" if seen.runs.get(row.name) else "missing"
    next_run = seen.unit(f"{row.name}.timer").next_run
    return replace(row, state="running" if unit.is_active else state, next_run=next_run)


def addresses(desired: Desired) -> dict[str, tuple[str, ...]]:
    """Where each pod answers on this machine."""
    found = {each.name: tuple(url for urls in each.addresses.values() for url in urls) for each in desired.workloads}
    return {pod: urls for pod, urls in found.items() if urls}


def _rows(workload: Workload, observed: Observed) -> Iterator[ContainerStatus]:
    for request in workload.containers:
        seen = observed.containers.get(request["name"])
        yield ContainerStatus(
            workload=workload.name,
            name=request["name"],
            state=_state(workload, seen),
            health=seen.health if seen else "",
            restarts=seen.restarts if seen else 0,
            started_at=seen.started_at if seen else "",
            image=request["image"],
            addresses=workload.addresses.get(request["name"], ()),
            job=workload.is_job,
        )


def _state(workload: Workload, seen: ObservedContainer | None) -> str:
    if seen is None:
        return "missing"
    if workload.is_job and seen.ended:
        return "failed" if seen.exit_code else "done"
    return seen.state
