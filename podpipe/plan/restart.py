"""Starting again what is there, as it is."""

from __future__ import annotations

from dataclasses import replace

from podpipe.errors import NotFound, UsageError
from podpipe.plan.actions import Action, Plan
from podpipe.plan.observed import Observed, made_from
from podpipe.render.desired import Desired, Workload


def plan_restart(desired: Desired, observed: Observed, target: str) -> Plan:
    """Restart a POD with all its containers, or a POD/CONTAINER alone. Errors: UsageError, NotFound."""
    names = desired.containers_of(target)
    workload = next(each for each in desired.workloads if names[0] in [one["name"] for one in each.containers])
    if workload.is_job:
        raise UsageError(f"{workload.name} is a CronJob", hint=f"run it: podpipe run {workload.name}")
    pod = observed.pods.get(workload.name)
    if pod is None or pod.project != desired.project:
        raise NotFound(f"there is no pod {workload.name} of this project", hint=f"podpipe up {workload.name}")
    whole = [Action("restart", "pod", workload.name, workload.name)] if target == workload.name else []
    return Plan((*whole, *(Action("restart", "container", name, workload.name) for name in names)))


def make_again(desired: Desired, observed: Observed, plan: Plan) -> tuple[Desired, Plan]:
    """A restart as what was made before, whatever is defined now, and as a plan to make it anew. Errors: NotFound."""
    name = plan.actions[0].workload
    members = [made_from(each.labels) for each in observed.containers.values() if each.pod == name]
    made = Workload(name, made_from(observed.pods[name].labels), tuple(each for each in members if each))
    missing = {action.name for action in plan.of("container")} - {each["name"] for each in made.containers}
    if missing:
        raise NotFound(f"there is no container {min(missing)}", hint=f"podpipe up {name}")
    verbs = {"pod": "recreate", "container": "create" if plan.of("pod") else "recreate"}
    again = (replace(action, verb=verbs[action.kind]) for action in plan.actions)
    return replace(desired, workloads=(made,)), Plan(tuple(again))
