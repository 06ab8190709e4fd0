"""Starting again what is there, as it is."""

from __future__ import annotations

from podpipe.errors import NotFound, UsageError
from podpipe.plan.actions import Action, Plan
from podpipe.plan.observed import Observed
from podpipe.render.desired import Desired


def plan_restart(desired: Desired, observed: Observed, target: str) -> Plan:
    """Restart a POD with all its containers, or a POD/CONTAINER alone. Errors: UsageError, NotFound, NotOurs."""
    names = desired.containers_of(target)
    workload = next(each for each in desired.workloads if names[0] in [one["name"] for one in each.containers])
    if workload.is_job:
        raise UsageError(f"{workload.name} is a CronJob", hint=f"run it: podpipe run {workload.name}")
    pod = observed.pods.get(workload.name)
    if pod is None or pod.project != desired.project:
        raise NotFound(f"there is no pod {workload.name} of this project", hint=f"podpipe up {workload.name}")
    whole = [Action("restart", "pod", workload.name, workload.name)] if target == workload.name else []
    return Plan((*whole, *(Action("restart", "container", name, workload.name) for name in names)))
