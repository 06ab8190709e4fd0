"""Exchanging an image under its containers, and nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from podpipe.definition.specs import FrontDoor
from podpipe.plan.actions import Action, Plan, Reason
from podpipe.plan.observed import Observed
from podpipe.render.desired import Desired
from podpipe.render.labels import labelled

JSON = Mapping[str, Any]

SECOND = 10**9  # Podman counts nanoseconds
TRIAL = ".trial"  # what follows the container's name: names in manifests have no dot
WITHOUT_PROBE = 30.0  # seconds that a container without a probe gets to run
POD_ONLY = ("pod", "restart_policy", "restart_tries")


def plan_swap(desired: Desired, observed: Observed, reference: str, new: str = "") -> Plan:
    """Replace the containers of pods that `reference` is for and that are of another image than `new`.

    `new` is an image's ID ("": the one that bears the name now). One that is missing or stopped in a pod that is there
    is replaced too: it may have crashed a moment ago. A pod that is not there is left to `up`, a CronJob to its next
    run.
    """
    return Plan(tuple(_exchanges(desired, observed, reference, new or observed.images[reference].id)))


def absent_pods(desired: Desired, observed: Observed, reference: str) -> list[str]:
    """The pods that `reference` is for, if not one of them is there."""
    pods = [
        workload.name
        for workload in desired.workloads
        if not workload.is_job and any(request["image"] == reference for request in workload.containers)
    ]
    return [] if any(_is_ours(desired, observed, pod) for pod in pods) else pods


def _exchanges(desired: Desired, observed: Observed, reference: str, image: str) -> Iterator[Action]:
    for workload in desired.workloads:
        for request in workload.containers:
            if workload.is_job or request["image"] != reference or not _is_ours(desired, observed, workload.name):
                continue
            seen = observed.containers.get(request["name"])
            if seen is None or seen.image_id != image or not seen.running:
                was = "missing" if seen is None else seen.state if seen.image_id == image else seen.image_id[:12]
                reasons = (Reason("image", image[:12], was),)
                yield Action("recreate", "container", request["name"], workload.name, reasons)


def _is_ours(desired: Desired, observed: Observed, pod: str) -> bool:
    seen = observed.pods.get(pod)
    return seen is not None and seen.project == desired.project


def trials(desired: Desired, doors: Iterable[FrontDoor], plan: Plan) -> list[JSON]:
    """The requests by which the new image runs beside the present container first, outside its pod and unseen.

    Only what stands behind a front door is worth it: clients wait while it is exchanged. What writes to a volume must
    not be there twice, and is left out.
    """
    behind = {f"{door.pod}-{door.container}" for door in doors}
    requests = _requests(desired, plan)
    return [_trial(desired.project, each) for each in requests if each["name"] in behind and not _writes(each)]


def patience(desired: Desired, plan: Plan) -> float:
    """The seconds that the slowest of the new containers' own probes takes to call it unhealthy."""
    return max(map(_probe_time, _requests(desired, plan)), default=0.0)


def _requests(desired: Desired, plan: Plan) -> list[JSON]:
    touched = {action.name for action in plan.changes}
    return [each for workload in desired.workloads for each in workload.containers if each["name"] in touched]


def _trial(project: str, request: JSON) -> JSON:
    kept = {field: value for field, value in request.items() if field not in POD_ONLY}
    return labelled(project, {**kept, "name": request["name"] + TRIAL, "restart_policy": "no"})


def _writes(request: JSON) -> bool:
    mounts = [each["Options"] for each in request["volumes"]]
    mounts += [each["options"] for each in request["mounts"] if each["type"] == "bind"]
    return any("ro" not in options for options in mounts)


def _probe_time(request: JSON) -> float:
    check = request.get("healthconfig")
    if not check:
        return WITHOUT_PROBE
    # One that ends its container has the time of its failures at the start already (`podpipe.render.health`).
    failures = 0 if "health_check_on_failure_action" in request else check["Interval"] * check["Retries"]
    return float(check["StartPeriod"] + failures + check["Timeout"]) / SECOND
