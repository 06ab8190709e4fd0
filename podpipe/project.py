"""The library's front: a project folder and what can be done with it."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from podpipe import standstill
from podpipe.definition import Definition, Problem, check_definition, load_definition
from podpipe.definition.specs import BuiltImage, image_reference
from podpipe.effects.folders import runtime_folder, secrets_home, state_home
from podpipe.effects.look import look
from podpipe.effects.observe import observe
from podpipe.errors import DiskFull, EngineConflict, EngineUnavailable, UsageError
from podpipe.files import lock
from podpipe.plan import Observed, Plan, plan_down, plan_images, plan_up
from podpipe.plan.status import ContainerStatus, addresses, status_of
from podpipe.render import Desired, Places, render_desired, with_bases

if TYPE_CHECKING:
    from collections.abc import Callable

    from podpipe.effects.engine import Engine

    Report = Callable[[str], None]

HEALTHY_WITHIN = 120.0  # seconds; a Pi takes 5 to 9 s to start one container
LOCK_PATIENCE = 600.0  # seconds that a second podpipe waits for the first
ATTEMPTS = 3  # times to plan anew when the engine went away or somebody else was quicker


def _silent(_: str) -> None:
    """Report nothing."""


def _connect() -> Engine:
    from podpipe.effects.engine import connect

    return connect()


class Project:
    """A loaded project. Every verb looks at the machine anew; nothing is remembered in between.

    `connect` gives an engine, another one after that went away. `report` gets a line for each step that
    takes time, `log` each line that a build prints. `since` is when the definition began to be read.
    """

    def __init__(
        self,
        definition: Definition,
        *,
        connect: Callable[[], Engine] = _connect,
        report: Report = _silent,
        log: Report = _silent,
        since: int | None = None,
    ) -> None:
        self.definition = definition
        self.report = report
        self.log = log
        self._connect = connect
        self._engine: Engine | None = None
        self._places = Places(state_home() / definition.name, secrets_home())
        self._since = standstill.now() if since is None else since

    @classmethod
    def load(cls, folder: str | os.PathLike[str] = ".", *, report: Report = _silent, log: Report = _silent) -> Project:
        """Read a project folder. Errors: DefinitionError with every problem of every file."""
        since = standstill.now()
        return cls(load_definition(Path(folder)), report=report, log=log, since=since)

    @staticmethod
    def check(folder: str | os.PathLike[str] = ".") -> tuple[Problem, ...]:
        """Every problem of a project's files; none: it can be loaded."""
        return check_definition(Path(folder))

    @property
    def engine(self) -> Engine:
        """Podman's API, started where nothing answers. Errors: EngineMissing, EngineUnavailable."""
        if self._engine is None:
            self._engine = self._connect()
        return self._engine

    def podman_client(self) -> Any:
        """A `podman.PodmanClient` on the socket that podpipe itself uses."""
        from podman import PodmanClient

        return PodmanClient(base_url=f"unix://{self.engine.socket}")

    # --- looking -------------------------------------------------------------------------------

    def plan(self, chosen: Collection[str] = ()) -> Plan:
        """What `up` would do to the chosen pods and CronJobs (none: all). Errors: NotOurs, UsageError, EngineError."""
        desired = self._desired(chosen)
        return self._plan(desired, self._observe())

    def status(self) -> tuple[ContainerStatus, ...]:
        """A row for each container that is defined."""
        return status_of(self._desired(), self._observe())

    def addresses(self, chosen: Collection[str] = ()) -> dict[str, tuple[str, ...]]:
        """Where the chosen pods (none: all) answer on this machine's loopback, by the pod's name."""
        return addresses(self._desired(chosen))

    def logs(self, target: str, *, follow: bool = False, tail: int | None = None) -> Iterator[tuple[str, str]]:
        """(container, line) of a POD, a POD/CONTAINER, a container's own name or a CronJob.

        Errors: UsageError for a name nobody has, NotFound for a container that is not there.
        """
        from podpipe.effects.logs import read_logs

        return read_logs(self.engine, self._containers_of(target), follow=follow, tail=tail)

    # --- doing ---------------------------------------------------------------------------------

    def up(self, chosen: Collection[str] = (), *, timeout: float = HEALTHY_WITHIN) -> Plan:
        """Make the chosen pods and CronJobs (none: all) what they are defined as, and wait until they are healthy.

        `timeout` is in seconds and counts from the start of the containers. Returns what was done.
        Errors: any PodpipeError; what was done until then stays.
        """
        desired = self._desired(chosen)
        with self._lock("up"):
            return self._up(desired, timeout)

    def down(self, chosen: Collection[str] = ()) -> Plan:
        """Stop and remove the chosen pods and jobs (none: all of this project's). Volumes and images stay."""
        from podpipe.effects.apply import apply_removals

        self._desired(chosen)  # a name that nobody has is refused before the lock
        with self._lock("down"):
            observed = self._observe()
            plan = plan_down(self.definition.name, observed, chosen)
            apply_removals(self.engine, plan, observed, self.report)
        return plan

    def plan_down(self, chosen: Collection[str] = ()) -> Plan:
        """What `down` would remove."""
        return plan_down(self.definition.name, self._observe(), chosen)

    def run(self, job: str) -> tuple[str, ...]:
        """Run a CronJob now, whatever its schedule, and wait for its end. Returns the lines that it printed.

        Errors: UsageError for a name that no CronJob has; Unhealthy where it fails.
        """
        from podpipe.effects.apply import rerun

        if job not in {each.name for each in self.definition.cron_jobs}:
            known = ", ".join(each.name for each in self.definition.cron_jobs) or "none"
            raise UsageError(f"no CronJob is called {job}", hint=f"there are {known}")
        desired = self._desired([job])
        with self._lock("run"):
            plan = self._up(desired, HEALTHY_WITHIN)
            lines = rerun(self.engine, job) if plan.of("job", "keep") else [line for _, line in self.engine.logs(job)]
        return tuple(lines)

    def build(self, names: Collection[str] = (), *, force: bool = False) -> Plan:
        """Build or pull the named images (none: all) and those they stand on, where what they are made from changed.

        `force` builds the named ones in any case. Errors: BuildFailed, which leaves the image of before.
        """
        with self._lock("build"):
            plan = self.plan_build(names, force=force)
            self._apply_images(plan)
        return plan

    def plan_build(self, names: Collection[str] = (), *, force: bool = False) -> Plan:
        """What `build` would do."""
        images = with_bases(self.definition, names or [image.name for image in self.definition.images])
        observed = self._observe()
        forced = (names or [image.name for image in images]) if force else ()
        return Plan(tuple(plan_images(images, observed, self._contexts(observed), forced)))

    # --- the way through -------------------------------------------------------------------------

    def _desired(self, chosen: Collection[str] = ()) -> Desired:
        return render_desired(self.definition, self._places, chosen)

    def _observe(self) -> Observed:
        return observe(self._look())

    def _look(self) -> dict[str, Any]:
        images = [image_reference(image) for image in self.definition.images]
        return look(self.engine, self.definition.name, images)

    def _plan(self, desired: Desired, observed: Observed) -> Plan:
        return plan_up(desired, observed, self._contexts(observed))

    def _contexts(self, observed: Observed) -> dict[str, str]:
        from podpipe.effects.images import context_hashes

        return context_hashes(self.definition.images, observed)

    def _up(self, desired: Desired, timeout: float) -> Plan:
        """Plan and apply; where the engine went away or a name was taken meanwhile, look again."""
        done: Plan | None = None
        for attempt in range(1, ATTEMPTS + 1):
            try:
                seen = self._look()
                observed = observe(seen)
                plan = self._plan(desired, observed)
                done = done or plan
                settled = self._apply(desired, plan, observed, timeout)
                if settled and desired.whole:
                    self._remember(desired, seen)
            except (EngineUnavailable, EngineConflict) as error:
                if attempt == ATTEMPTS:
                    raise
                self.report(f"{error.message}; looking again")
                self._engine = None
            else:
                break
        assert done is not None
        return done

    def _apply(self, desired: Desired, plan: Plan, observed: Observed, timeout: float) -> bool:
        """True where there was nothing to do and nothing to wait for."""
        from podpipe.effects.apply import apply_up, wait_for
        from podpipe.effects.preflight import check_before_apply

        if plan.changes:
            check_before_apply(self.engine, desired, observed, plan)
            self._apply_images(plan)
            apply_up(self.engine, desired, plan, observed, self.report)
        waited = wait_for(self.engine, desired, plan, observed, timeout, self.report)
        return not (plan.changes or waited)

    def _remember(self, desired: Desired, seen: dict[str, Any]) -> None:
        built = [image for image in self.definition.images if isinstance(image, BuiltImage)]
        inputs = [self.definition.root / "podpipe.yaml", self.definition.root / "pods"]
        inputs += [path for image in built for path in (image.context, image.containerfile)]
        inputs += [folder.folder for folder in desired.config_folders]
        inputs += [folder.folder for folder in desired.secret_folders]
        inputs.append(standstill.image_store(self.engine))
        root, name = self.definition.root, self.definition.name
        with suppress(OSError, DiskFull):  # without a memory the next `up` is slower, and that is all
            standstill.remember(root, name, inputs, seen, addresses(desired), self._since)

    def _apply_images(self, plan: Plan) -> None:
        if plan.of("image", "build", "pull"):
            from podpipe.effects.images import apply_images

            apply_images(self.engine, self.definition, plan, report=self.report, log=self.log)

    def _lock(self, verb: str) -> Any:
        holder = f"podpipe {verb} in {self.definition.root} (process {os.getpid()})"

        def waiting(other: str) -> None:
            self.report(f"waiting: {other} is at work")

        return lock(runtime_folder() / "lock", holder, timeout=LOCK_PATIENCE, waiting=waiting)

    def _containers_of(self, target: str) -> list[str]:
        pod, _, container = target.partition("/")
        workloads = {workload.name: workload for workload in self._desired().workloads}
        names = [request["name"] for workload in workloads.values() for request in workload.containers]
        if container and f"{pod}-{container}" in names:
            return [f"{pod}-{container}"]
        if not container and pod in workloads:
            return [request["name"] for request in workloads[pod].containers]
        if target in names:
            return [target]
        known = ", ".join(name.replace("-", "/", 1) if name not in workloads else name for name in names)
        raise UsageError(f"nothing here is called {target}", hint=f"there are {known}")
