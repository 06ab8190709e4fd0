"""Requests and what was observed -> actions. Pure: `plan`, `up` and `down` share it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from podpipe.errors import NotOurs
from podpipe.plan.actions import Action, Plan, Reason
from podpipe.plan.fields import changed_fields, drifted_fields, show
from podpipe.plan.images import WantedImage, plan_images, rebuilt_references
from podpipe.plan.observed import Observed, ObservedContainer, ObservedPod, made_from
from podpipe.plan.units import kept_by_systemd
from podpipe.render.desired import Desired, Workload
from podpipe.render.labels import PROJECT

JSON = Mapping[str, Any]


def plan_up(desired: Desired, observed: Observed, wanted: Mapping[str, WantedImage]) -> Plan:
    """What has to happen for `desired` to be there. `wanted` is each image that is made here. Errors: NotOurs."""
    images = plan_images(desired.images, observed, wanted)
    actions = [*images, *plan_volumes(desired, observed)]
    for workload in desired.workloads:
        planner = WorkloadPlanner(desired.project, workload, observed, rebuilt_references(desired, images))
        actions += planner.job() if workload.is_job else planner.pod()
    return Plan((*plan_strays(desired, observed), *actions))


def plan_down(project: str, observed: Observed, chosen: Collection[str] = ()) -> Plan:
    """Remove this project's pods and jobs (the chosen ones); volumes and images stay."""
    pods = [pod.name for pod in observed.pods.values() if pod.project == project]
    jobs = [each.name for each in observed.containers.values() if each.project == project and not each.pod]
    return Plan(
        tuple(
            [Action("remove", "pod", name, name) for name in pods if not chosen or name in chosen]
            + [Action("remove", "job", name, name) for name in jobs if not chosen or name in chosen]
        )
    )


def plan_volumes(desired: Desired, observed: Observed) -> list[Action]:
    """A volume is made where there is none; one that is there is never touched. Errors: NotOurs."""
    names = [request["Name"] for request in desired.volumes]
    for name in names:
        project = observed.volumes.get(name, {}).get(PROJECT, desired.project)
        if project != desired.project:
            raise NotOurs(
                f"a volume called {name} is there already and belongs to the project {project}",
                hint=f"give your claim another name; `podman volume inspect {name}` tells what that volume is",
            )
    return [Action("keep" if name in observed.volumes else "create", "volume", name) for name in names]


def plan_strays(desired: Desired, observed: Observed) -> list[Action]:
    """What this project made and its definition no longer has; not looked for where only some pods were chosen."""
    if not desired.whole:
        return []
    wanted = {workload.name for workload in desired.workloads}
    reason = (Reason("the definition no longer has it"),)
    return [
        Action(action.verb, action.kind, action.name, action.workload, reason)
        for action in plan_down(desired.project, observed).actions
        if action.name not in wanted
    ]


class WorkloadPlanner:
    """One pod or job against what was observed."""

    def __init__(self, project: str, workload: Workload, observed: Observed, rebuilt: set[str]) -> None:
        self.project = project
        self.workload = workload
        self.observed = observed
        self.rebuilt = rebuilt

    def pod(self) -> list[Action]:
        name = self.workload.name
        seen = self.observed.pods.get(name)
        reasons = self._pod_reasons(seen) if seen else []
        verb = "create" if not seen else "recreate" if reasons else "keep"
        if seen and verb == "keep" and not seen.infra_running:
            verb, reasons = "start", [Reason(f"it is {seen.state}")]
        anew = verb in ("create", "recreate")
        members = [self._container(request, "container", anew=anew) for request in self.workload.containers]
        return [Action(verb, "pod", name, name, tuple(reasons)), *([] if anew else self._strays()), *members]

    def job(self) -> list[Action]:
        """A job that has run to its end and is still defined the same is kept; its next run is the timer's."""
        return [self._container(self.workload.containers[0], "job", anew=False)]

    def _pod_reasons(self, seen: ObservedPod) -> list[Reason]:
        self._own("pod", seen)
        deaf = [Reason(f"nothing listens on its port {port}") for port in seen.deaf]
        return [*self._made_otherwise(self.workload.pod or {}, seen), *deaf]

    def _made_otherwise(self, request: JSON, seen: ObservedPod | ObservedContainer) -> list[Reason]:
        """Where what it was made from is not what it is defined as."""
        if kept_by_systemd(seen):
            return [Reason("systemd keeps it")]
        return changed_fields(request, made_from(seen.labels))

    def _drifted(self, request: JSON, seen: ObservedContainer) -> list[Reason]:
        """Where it is no longer what it was made as."""
        return drifted_fields(request, seen.inspect or {})

    def _own(self, kind: str, seen: ObservedPod | ObservedContainer) -> None:
        if seen.project != self.project:
            whose = f"belongs to the project {seen.project}" if seen.project else "was not made by podpipe"
            raise NotOurs(
                f"a {kind} called {seen.name} is there already and {whose}",
                hint=f"give yours another name; `podman {kind} inspect {seen.name}` tells what that one is",
            )

    def _strays(self) -> list[Action]:
        wanted = {request["name"] for request in self.workload.containers}
        return [
            Action("remove", "container", each.name, self.workload.name, (Reason("the definition no longer has it"),))
            for each in self.observed.containers.values()
            if each.pod == self.workload.name and each.name not in wanted and each.project == self.project
        ]

    def _container(self, request: JSON, kind: str, *, anew: bool) -> Action:
        name = request["name"]
        seen = self.observed.containers.get(name)
        if seen is not None:
            self._own("container", seen)
        if seen is None or (anew and seen.pod == self.workload.name):
            return Action("create", kind, name, self.workload.name)
        reasons = self._container_reasons(request, seen)
        if reasons:
            return Action("recreate", kind, name, self.workload.name, tuple(reasons))
        stopped = _stopped(seen, kind)
        again = "recreate" if kind == "job" and seen.ended else "start"  # so that its log is one run's
        return Action(again if stopped else "keep", kind, name, self.workload.name, tuple(stopped))

    def _container_reasons(self, request: JSON, seen: ObservedContainer) -> list[Reason]:
        reasons = self._made_otherwise(request, seen) or self._drifted(request, seen)
        if seen.pod != request.get("pod", ""):
            reasons.append(Reason("pod", show(request.get("pod")), show(seen.pod or None)))
        if request["image"] in self.rebuilt:
            return [*reasons, Reason(f"its image {request['image']} is built")]
        current = self.observed.images.get(request["image"])
        if current and current.id != seen.image_id:
            reasons.append(Reason("image", current.id[:12], seen.image_id[:12]))
        return reasons


def _stopped(seen: ObservedContainer, kind: str) -> list[Reason]:
    """Why a container that is defined right is started again: it should be running, or its last run failed."""
    if seen.running or (kind == "job" and seen.ended and seen.exit_code == 0):
        return []
    if kind == "job" and seen.ended:
        return [Reason(f"its last run failed with exit code {seen.exit_code}")]
    return [Reason(f"it is {seen.state}")]
