"""Pods that Podman alone keeps, over its API: where there is no systemd of the user's."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from podpipe.effects.apply import apply_removals, apply_up, rerun, to_wait_for
from podpipe.errors import NotOurs
from podpipe.plan import Observed, Plan, WantedImage, plan_down, plan_up
from podpipe.plan.restart import make_again
from podpipe.plan.status import ContainerStatus, JobRun, status_of
from podpipe.plan.units import kept_by_systemd
from podpipe.report import Report

if TYPE_CHECKING:
    from podpipe.effects.engine import Engine
    from podpipe.render import Desired


class PodmanSupervisor:
    """Restart policies restart what dies; after a boot `up` starts everything."""

    def __init__(self, engine: Engine, desired: Desired, report: Report) -> None:
        self.engine = engine
        self.desired = desired
        self.report = report

    def plan(self, observed: Observed, wanted: Mapping[str, WantedImage]) -> Plan:
        return plan_up(self.desired, observed, wanted)

    def plan_down(self, observed: Observed, chosen: Collection[str]) -> Plan:
        return plan_down(self.desired.project, observed, chosen)

    def check(self, observed: Observed, plan: Plan) -> None:
        from podpipe.effects.preflight import check_before_apply
        from podpipe.effects.unit_files import installed_files, published_ports

        held = published_ports(installed_files(self.desired.project).values())
        check_before_apply(self.engine, self.desired, observed, plan, self.report, held)

    def apply(self, plan: Plan, observed: Observed) -> None:
        self._release()
        apply_up(self.engine, self.desired, plan, observed, self.report)

    def remove(self, plan: Plan, observed: Observed) -> None:
        self._release()
        apply_removals(self.engine, plan, observed, self.report)

    def restart(self, plan: Plan, observed: Observed) -> None:
        """Make it anew, as its unit would: 3.0.1 may take the network from what is started right after its stop."""
        for action in plan.actions:
            seen = observed.pods.get(action.name) or observed.containers.get(action.name)
            if seen and kept_by_systemd(seen):
                raise NotOurs(f"systemd keeps {action.kind} {action.name}", hint=f"podpipe up {action.workload}")
        made, again = make_again(self.desired, observed, plan)
        apply_up(self.engine, made, again, observed, self.report, storage=False)

    def wait(self, plan: Plan, observed: Observed, timeout: float, *, others: bool = True) -> bool:
        waiting = list(to_wait_for(self.desired, plan, observed, others=others))
        if waiting:
            from podpipe.effects.health import HealthWait, wait_finished, wait_for_all

            self.report(f"waiting for {', '.join(request['name'] for request, _ in waiting)}")
            wait_for_all(
                [
                    partial(wait_finished, self.engine, request["name"])
                    if is_job
                    else HealthWait(self.engine, request, timeout)
                    for request, is_job in waiting
                ]
            )
        return bool(waiting)

    def run(self, job: str) -> list[str]:
        return rerun(self.engine, job)

    def last_run(self, job: str, since: float) -> list[str]:
        return [line for _, line in self.engine.logs(job)]

    def runs(self, job: str) -> list[JobRun]:
        """The last one: a job's container is used again."""
        state = self.engine.inspect_container(job)["State"]
        running = state["Status"] == "running"
        began, ended = (datetime.fromisoformat(state[key][:19]) for key in ("StartedAt", "FinishedAt"))
        seconds = 0.0 if running else (ended - began).total_seconds()
        result = "running" if running else "failed" if state["ExitCode"] else "success"
        return [JobRun(state["StartedAt"], seconds, result)]

    def logs(self, names: Sequence[str], *, follow: bool, tail: int | None) -> Iterator[tuple[str, str]]:
        from podpipe.effects.logs import read_logs

        return read_logs(self.engine, names, follow=follow, tail=tail)

    def status(self, observed: Observed) -> tuple[ContainerStatus, ...]:
        return status_of(self.desired, observed)

    def memory(self) -> tuple[list[Path], list[str]]:
        return [], []

    def _release(self) -> None:
        """One owner for one pod: what systemd kept of this project it keeps no longer."""
        from podpipe.effects.unit_files import installed_files, release

        if installed_files(self.desired.project):
            self.report("taking the pods from systemd")
            release(self.desired.project)
