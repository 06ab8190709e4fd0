"""Pods on another machine, which Podman alone keeps there. What systemd keeps there can only be looked at."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from podpipe.definition import Definition
from podpipe.effects.apply import apply_removals, apply_up
from podpipe.effects.podman_supervisor import PodmanSupervisor
from podpipe.effects.remote import Machine
from podpipe.errors import NotFound, NotOurs, Unsupported
from podpipe.plan import Observed, Plan, WantedImage
from podpipe.plan.units import kept_by_systemd
from podpipe.report import Report

if TYPE_CHECKING:
    from podpipe.effects.engine import Engine
    from podpipe.render import Desired


class HostSupervisor(PodmanSupervisor):
    """As its parent, but for what is not reached through an API: the other machine's files, ports and systemd."""

    def __init__(
        self, machine: Machine, engine: Engine, definition: Definition, desired: Desired, report: Report
    ) -> None:
        super().__init__(engine, desired, report)
        self.machine = machine
        self.definition = definition

    def plan(self, observed: Observed, wanted: Mapping[str, WantedImage]) -> Plan:
        self._refuse_kept(observed, "up")
        return super().plan(observed, wanted)

    def plan_down(self, observed: Observed, chosen: Collection[str]) -> Plan:
        self._refuse_kept(observed, "down")
        return super().plan_down(observed, chosen)

    def check(self, observed: Observed, plan: Plan) -> None:
        from podpipe.effects.preflight import check_requests
        from podpipe.effects.remote_storage import check_secrets

        self._refuse_builds(plan)
        self._refuse_folders()
        check_requests(self.engine, self.desired, plan, self.report)
        check_secrets(self.machine, self.desired.secret_folders)

    def apply(self, plan: Plan, observed: Observed) -> None:
        from podpipe.effects.remote_storage import send_config_maps

        send_config_maps(self.machine, self.desired.config_folders)
        apply_up(self.engine, self.desired, plan, observed, self.report, storage=False)

    def restart(self, plan: Plan, observed: Observed) -> None:
        self._refuse_kept(observed, "restart")
        super().restart(plan, observed)

    def remove(self, plan: Plan, observed: Observed) -> None:
        apply_removals(self.engine, plan, observed, self.report)

    def _refuse_kept(self, observed: Observed, verb: str) -> None:
        project = self.desired.project
        kept = [pod.name for pod in observed.pods.values() if pod.project == project and kept_by_systemd(pod)]
        kept += [
            each.name for each in observed.containers.values() if each.project == project and kept_by_systemd(each)
        ]
        if kept:
            host = self.machine.host
            way = f"podpipe ship IMAGE {host}, then " if verb == "up" else ""
            raise NotOurs(
                f"{kept[0]} on {host} is kept by the systemd there, which is not reached from here",
                hint=f"{way}ssh {host.login} podpipe {verb}",
            )

    def _refuse_builds(self, plan: Plan) -> None:
        names = " ".join(action.name for action in plan.of("image", "build"))
        if names:
            host = self.machine.host
            raise NotFound(
                f"{host} has not got as they are defined here: {names}",
                hint=f"podpipe build --platform {self.machine.platform} {names}, then podpipe ship {names} {host}",
            )

    def _refuse_folders(self) -> None:
        for workload in self.desired.workloads:
            for request in workload.containers:
                for mount in request.get("mounts", ()):
                    if mount["type"] == "bind" and Path(mount["source"]).is_relative_to(self.definition.root):
                        raise Unsupported(
                            f"{request['name']} mounts {mount['source']}, which is a folder of this machine",
                            hint=f"let it be a volume, or run the project on {self.machine.host} itself",
                        )
