"""How things stand: what is defined beside what runs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from podpipe.plan.observed import Observed, ObservedContainer
from podpipe.render.desired import Desired, Workload


@dataclass(frozen=True)
class ContainerStatus:
    """`state` is the engine's word, "missing", or for a job that ended "done" or "failed".

    `health` is "", starting, healthy or unhealthy; `started_at` is as the engine writes it; `addresses` are
    URLs on this machine's loopback.
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

    @property
    def well(self) -> bool:
        """True for what runs and is not unhealthy, and for a job that ended well or waits for its time."""
        if self.job:
            return self.state in ("running", "done", "created")
        return self.state == "running" and self.health != "unhealthy"

    def as_json(self) -> dict[str, Any]:
        """The row as `podpipe status --json` prints it."""
        return {**asdict(self), "well": self.well}


def status_of(desired: Desired, observed: Observed) -> tuple[ContainerStatus, ...]:
    """A row for each container that is defined, in the definition's order."""
    return tuple(row for workload in desired.workloads for row in _rows(workload, observed))


def addresses(desired: Desired) -> dict[str, tuple[str, ...]]:
    """Where each pod answers on this machine's loopback."""
    return {each.name: _addresses(each) for each in desired.workloads if _addresses(each)}


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
            addresses=_addresses(workload),
            job=workload.is_job,
        )


def _state(workload: Workload, seen: ObservedContainer | None) -> str:
    if seen is None:
        return "missing"
    if workload.is_job and seen.ended:
        return "failed" if seen.exit_code else "done"
    return seen.state


def _addresses(workload: Workload) -> tuple[str, ...]:
    ports = (workload.pod or {}).get("portmappings", ())
    listening = [(port["host_ip"] or "127.0.0.1", port["host_port"]) for port in ports if port["protocol"] == "tcp"]
    return tuple(f"http://{address}:{number}/" for address, number in listening)
