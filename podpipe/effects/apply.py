"""Carry a plan out. What is kept is not touched; whatever kills this, the next plan takes up from what is there."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from podpipe.effects.capabilities import reduced
from podpipe.errors import EngineError, EngineUnavailable, NotFound, Unhealthy
from podpipe.files import write_atomic
from podpipe.plan.observed import made_from
from podpipe.render.labels import PROJECT, labelled
from podpipe.report import Report

if TYPE_CHECKING:
    from podpipe.effects.engine import Engine
    from podpipe.plan import Action, Observed, ObservedContainer, Plan
    from podpipe.render import ConfigFolder, Desired, SecretFolder, Workload

JSON = dict[str, Any]

AT_ONCE = 8  # requests in flight: 3.0.1 takes that many without an error
STOP_TIMEOUT = 30  # seconds; Kubernetes' terminationGracePeriodSeconds where nothing says otherwise


def apply_up(
    engine: Engine, desired: Desired, plan: Plan, observed: Observed, report: Report, *, storage: bool = True
) -> None:
    """Bring the pods and jobs to what is desired; images are there already. Errors: EngineError and its kin.

    Without `storage` what they mount besides volumes is there already, too.
    """
    if storage:
        apply_storage(desired)
    _apply_volumes(engine, desired, plan, report)
    apply_removals(engine, plan, observed, report)
    _Workloads(engine, desired, plan, report).apply()


def apply_storage(desired: Desired) -> None:
    """What containers mount besides volumes: ConfigMaps as files, and the guarded secret store."""
    for folder in desired.config_folders:
        _write_config(folder)
    for secret in desired.secret_folders:
        _guard(secret)


def apply_removals(engine: Engine, plan: Plan, observed: Observed, report: Report) -> None:
    """Stop and remove what the plan removes or makes anew."""

    def remove(action: Action) -> None:
        report(f"removing {action.kind} {action.name}")
        is_pod = action.kind == "pod"
        with suppress(NotFound):  # it went with its unit, or somebody was quicker
            (engine.stop_pod if is_pod else engine.stop_container)(action.name, _grace_period(action, observed))
        (engine.remove_pod if is_pod else engine.remove_container)(action.name)

    kinds = ("pod", "container", "job")
    fan_out(remove, [each for kind in kinds for each in plan.of(kind, "remove", "recreate")])


def _grace_period(action: Action, observed: Observed) -> int:
    """The seconds that a container, or the slowest of a pod, was promised when it was made."""
    members = [each for each in observed.containers.values() if action.name in (each.name, each.pod)]
    return max((made_from(each.labels).get("stop_timeout", STOP_TIMEOUT) for each in members), default=0)


def rerun(engine: Engine, job: str) -> list[str]:
    """Run a job that ran before once more. Gives the lines of this run. Errors: Unhealthy."""
    from podpipe.effects.health import wait_finished

    before = sum(1 for _ in engine.logs(job))
    engine.start_container(job)
    wait_finished(engine, job, before=before)
    return [line for _, line in engine.logs(job)][before:]


def run_once(engine: Engine, desired: Desired, plan: Plan, observed: Observed, report: Report) -> list[str]:
    """Run the one job that is desired; its container goes with the run. Gives its lines. Errors: Unhealthy."""
    from podpipe.effects.health import wait_finished

    (job,) = (workload.name for workload in desired.workloads)
    try:
        apply_up(engine, desired, plan, observed, report)
        wait_finished(engine, job)
        return [line for _, line in engine.logs(job)]
    finally:
        with suppress(NotFound):
            engine.remove_container(job)


def to_wait_for(
    desired: Desired, plan: Plan, observed: Observed, *, others: bool = True
) -> Iterator[tuple[JSON, bool]]:
    """The containers that were touched, and `others` that were kept without being healthy; True: it is a job."""
    touched = {action.name for action in plan.changes if action.kind in ("container", "job")}
    restarted = {action.workload for action in plan.of("pod", "start")}
    for workload in desired.workloads:
        for request in workload.containers:
            seen = observed.containers.get(request["name"])
            is_touched = request["name"] in touched or workload.name in restarted
            if is_touched or (others and not _settled(workload, seen)):
                yield request, workload.is_job


def _settled(workload: Workload, seen: ObservedContainer | None) -> bool:
    """Nothing is left to wait for: an `up` that was killed may have left a job running or a probe not passed."""
    if workload.is_job:
        return seen is None or not seen.running
    return seen is not None and seen.health in ("", "healthy")


def fan_out(call: Callable[[Any], None], things: Iterable[Any]) -> None:
    """Call for each thing, a few at once; when all have ended, raise the first error."""
    things = list(things)
    if len(things) <= 1:
        for thing in things:
            call(thing)
        return
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(AT_ONCE) as pool:
        results = [pool.submit(call, thing) for thing in things]
    for result in results:
        result.result()


def _write_config(config: ConfigFolder) -> None:
    for name, content in config.files:
        file = config.folder / name
        if not file.exists():  # the folder's name holds the hash of its content
            file.parent.mkdir(parents=True, exist_ok=True)
            write_atomic(file, content)


def _guard(secret: SecretFolder) -> None:
    """A container's user must be able to read a key, and is a stranger here: so nobody else may enter the store."""
    store = secret.folder.parent
    store.mkdir(parents=True, exist_ok=True)
    store.chmod(0o700)
    if secret.optional:  # one that is not there is an empty folder
        secret.folder.mkdir(exist_ok=True)


def _apply_volumes(engine: Engine, desired: Desired, plan: Plan, report: Report) -> None:
    missing = {action.name for action in plan.of("volume", "create")}
    for request in desired.volumes:
        if request["Name"] in missing:
            report(f"creating volume {request['Name']}")
            engine.create_volume({**request, "Labels": {PROJECT: desired.project}})


class _Workloads:
    """The pods and jobs of a plan: made all at once, in phases."""

    def __init__(self, engine: Engine, desired: Desired, plan: Plan, report: Report) -> None:
        self.engine = engine
        self.report = report
        self.plan = plan
        requests = [request for workload in desired.workloads for request in workload.containers]
        self.containers = {request["name"]: labelled(desired.project, request) for request in requests}
        self.pods = {each.name: labelled(desired.project, each.pod) for each in desired.workloads if each.pod}

    def apply(self) -> None:
        new = ("create", "recreate")
        fan_out(self._create_pod, self.plan.of("pod", *new))
        members = [*self.plan.of("container", *new), *self.plan.of("job", *new)]
        # A pod's infra starts while its containers are created: neither waits for the other.
        fan_out(lambda step: step[0](step[1]), [
            *((self._start_pod, action) for action in self.plan.of("pod", *new, "start")),
            *((self._create_container, action) for action in members),
        ])
        stopped = [*self.plan.of("container", "start"), *self.plan.of("job", "start")]
        fan_out(self._start_container, [*members, *stopped])

    def _create_pod(self, action: Action) -> None:
        self.report(f"creating pod {action.name}")
        self.engine.create_pod(self.pods[action.name])

    def _start_pod(self, action: Action) -> None:
        self.engine.start_pod(action.name)

    def _create_container(self, action: Action) -> None:
        self.report(f"creating {action.kind} {action.name}")
        request, missing = reduced(self.containers[action.name], self.engine.version)
        for what in missing:
            self.report(f"{action.name}: {what}")
        self.engine.create_container(request)

    def _start_container(self, action: Action) -> None:
        self.report(f"starting {action.kind} {action.name}")
        try:
            self.engine.start_container(action.name)
        except EngineUnavailable:
            raise
        except EngineError:
            if action.workload in self.pods:
                self._check_infra(action.workload)
            raise

    def _check_infra(self, pod: str) -> None:
        """Of a pod whose infra container has ended Podman says that a path of it is missing, and not why."""
        from podpipe.effects.health import last_lines

        infra = self.engine.inspect_pod(pod)["InfraContainerID"]
        state = self.engine.inspect_container(infra)["State"]
        if state["Status"] == "exited":
            image, command = (self.pods[pod].get(f"infra_{part}", "") for part in ("image", "command"))
            raise Unhealthy(
                f"the infra container of pod {pod} ended at once, with exit code {state['ExitCode']}",
                hint=f"try it: podman run --rm {shlex.join([image, *command])}" if image else "",
                lines=last_lines(self.engine, infra),
            )
