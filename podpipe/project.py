"""The library's front: a project folder and what can be done with it."""

from __future__ import annotations

import os
import time
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from podpipe import standstill
from podpipe.definition import Definition, Problem, check_definition, load_definition
from podpipe.definition.specs import CronJob, image_reference
from podpipe.effects.engine import end_own_service, end_worn_service
from podpipe.effects.folders import runtime_folder, secrets_home, state_home
from podpipe.effects.home import Home
from podpipe.effects.inputs import plan_inputs
from podpipe.effects.look import look
from podpipe.effects.observe import observe
from podpipe.effects.own_command import own_command
from podpipe.effects.released import load_released
from podpipe.effects.site_report import with_mistakes
from podpipe.effects.supervisor import Supervisor, choose_supervisor, find_manager
from podpipe.effects.visit import ANSWERS_WITHIN, HEALTHY_WITHIN, wait_for_answers
from podpipe.errors import DiskFull, EngineConflict, EngineSilent, EngineUnavailable, NotFound, PodpipeError, UsageError
from podpipe.plan import Observed, Plan
from podpipe.plan.restart import plan_restart
from podpipe.plan.status import ContainerStatus, JobRun, addresses, limit_runs
from podpipe.render import Desired, Places, render_desired
from podpipe.report import Report, lock_aloud, silent

if TYPE_CHECKING:
    from collections.abc import Callable

    from podpipe.definition.platform import Platform
    from podpipe.effects.builder import Builder
    from podpipe.effects.emission import Emission
    from podpipe.effects.engine import Engine
    from podpipe.effects.remote import Machine
    from podpipe.effects.systemd import UserManager

P = TypeVar("P", bound="Project")

LOCK_PATIENCE = 600.0  # seconds that a second podpipe waits for the first
BUILD_PATIENCE = 3 * 3600.0  # the same for what builds itself: a Pi builds for an hour
ATTEMPTS = 3  # times to plan anew when the engine went away or somebody else was quicker


def _connect() -> Engine:
    from podpipe.effects.engine import connect

    return connect()


class Project:
    """A loaded project. Every verb looks at the machine anew; nothing is remembered in between.

    `connect` gives an engine, another one after that went away; `find_manager` gives the user's systemd where that
    is to keep the pods. `report` gets a line for each step that takes time, `log` each line that a build prints.
    `since` is when the definition began to be read. `machine` is the one that `connect` leads to, None: this one.
    """

    def __init__(
        self,
        definition: Definition,
        *,
        connect: Callable[[], Engine] = _connect,
        find_manager: Callable[[], UserManager | None] = find_manager,
        report: Report = silent,
        log: Report = silent,
        since: int | None = None,
        machine: Machine | None = None,
    ) -> None:
        self.definition = definition
        self.report = report
        self.log = log
        self._connect = connect
        self._engine: Engine | None = None
        self._find_manager = find_manager
        self.machine = machine
        self.state = state_home() / definition.name  # podpipe's own folder for it on this machine
        self._home = Home(definition.name, definition.root, self.state)
        self._places = Places(self.state, secrets_home(), own_command())
        if machine:
            self._places = Places(machine.state / definition.name, machine.secrets)
        self._since = standstill.now() if since is None else since

    @classmethod
    def load(
        cls: type[P],
        folder: str | os.PathLike[str] = ".",
        *,
        host: str = "",
        report: Report = silent,
        log: Report = silent,
    ) -> P:
        """Read a project folder; with `host` (USER@NAME[:PORT]) the verbs are about that machine's Podman.

        Errors: DefinitionError with every problem of every file; with `host` also CommandFailed, EngineMissing.
        """
        since = standstill.now()
        definition = load_definition(Path(folder))
        if not host:
            return cls(definition, report=report, log=log, since=since)
        from podpipe.effects.remote import open_engine, reach

        machine = reach(host)
        return cls(definition, machine=machine, connect=lambda: open_engine(machine), report=report, log=log)

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

    def beside(self, definition: Definition) -> Project:
        """Another project on the same machine, which reports to the same."""
        return Project(
            definition,
            connect=self._connect,
            find_manager=self._find_manager,
            report=self.report,
            log=self.log,
            machine=self.machine,
        )

    def podman_client(self) -> Any:
        """A `podman.PodmanClient` on the socket that podpipe itself uses."""
        from podman import PodmanClient

        return PodmanClient(base_url=f"unix://{self.engine.socket}")

    # --- looking -------------------------------------------------------------------------------

    def plan(self, chosen: Collection[str] = ()) -> Plan:
        """What `up` would do to the chosen pods and CronJobs (none: all). Errors: NotOurs, UsageError, EngineError."""
        observed = self.observed()
        return self.supervisor(self.desired(chosen)).plan(observed, self._images().wanted(observed))

    def status(self) -> tuple[ContainerStatus, ...]:
        """A row for each container that is defined; whether it answers is asked where its address is this machine's."""
        rows = self.supervisor(self.desired()).status(self.observed())
        visited = (row.visited(self.engine.answers) for row in rows)
        return rows if self.machine else with_mistakes(visited, self.definition, self.engine)

    def addresses(self, chosen: Collection[str] = ()) -> dict[str, tuple[str, ...]]:
        """Where the chosen pods (none: all) answer on this machine's loopback, by the pod's name."""
        return addresses(self.desired(chosen))

    def logs(self, target: str, *, follow: bool = False, tail: int | None = None) -> Iterator[tuple[str, str]]:
        """(container, line) of a POD, a POD/CONTAINER, a container's own name or a CronJob.

        Errors: UsageError for a name nobody has, NotFound for a container that is not there.
        """
        desired = self.desired()
        return self.supervisor(desired).logs(desired.containers_of(target), follow=follow, tail=tail)

    def quadlet(self, folder: str | os.PathLike[str] | None = None, *, podman_version: str = "") -> Emission:
        """The Quadlet files and units as they are to lie in a folder (none: the project's quadlet/).

        Errors: Unsupported for what `podman_version` cannot do, UsageError where that is none.
        """
        from podpipe.effects.emission import check_version, emit

        emission = emit(self.definition, Path(os.path.realpath(folder or self.definition.root / "quadlet")))
        if podman_version:
            check_version(emission.files.values(), podman_version)
        return emission

    # --- doing ---------------------------------------------------------------------------------

    def up(self, chosen: Collection[str] = (), *, timeout: float = HEALTHY_WITHIN) -> Plan:
        """Make the chosen pods and CronJobs (none: all) what they are defined as, and wait until they are healthy.

        `timeout` is in seconds and counts from the start of the containers. Returns what was done, also by
        looks after the first. Errors: any PodpipeError; what was done until then stays.
        """
        desired = self.desired(chosen)
        with self.lock("up"):
            return self._up(desired, timeout)

    def down(self, chosen: Collection[str] = ()) -> Plan:
        """Stop and remove the chosen pods and jobs (none: all of this project's). Volumes and images stay."""
        desired = self.desired(chosen)  # a name that nobody has is refused before the lock
        with self.lock("down"):
            observed = self.observed()
            supervisor = self.supervisor(desired)
            plan = supervisor.plan_down(observed, chosen)
            supervisor.remove(plan, observed)
            if not (chosen or self.machine):
                self._home.forget()
        return plan

    def plan_down(self, chosen: Collection[str] = ()) -> Plan:
        """What `down` would remove."""
        return self.supervisor(self.desired(chosen)).plan_down(self.observed(), chosen)

    def restart(self, target: str, *, timeout: float = HEALTHY_WITHIN) -> Plan:
        """Stop and start a POD, or one POD/CONTAINER, as it is, and wait until it is healthy. Returns what was done.

        Errors: UsageError for a name nobody has, NotFound for a pod that is not there, Unhealthy.
        """
        desired = self.desired()
        with self.lock("restart"):
            observed = self.observed()
            plan = plan_restart(desired, observed, target)
            supervisor = self.supervisor(desired)
            supervisor.restart(plan, observed)
            supervisor.wait(plan, observed, timeout, others=False)
            if not self.machine:
                touched = {action.workload for action in plan.actions}
                wait_for_answers(self.engine, addresses(self.desired(touched)), ANSWERS_WITHIN)
        return plan

    def plan_restart(self, target: str) -> Plan:
        """What `restart` would do."""
        return plan_restart(self.desired(), self.observed(), target)

    def exec(self, target: str, command: Sequence[str]) -> int:
        """Run a command in a container, with our own stdin, stdout, stderr and terminal. Returns its exit status.

        Errors: UsageError for a name nobody has, NotFound where it does not run, CommandFailed.
        """
        from podpipe.effects.attach import NOT_RUN, exec_in

        names = self.desired().containers_of(target)
        if len(names) > 1:
            raise UsageError(f"{target} has several containers", hint=f"name one of {', '.join(names)}")
        status = exec_in(names[0], command, self.machine)
        seen = self.observed().containers.get(names[0]) if status in NOT_RUN else None
        if status in NOT_RUN and not (seen and seen.running):
            state = f"is {seen.state}" if seen else "is not there"
            raise NotFound(f"container {names[0]} {state}", hint="`podpipe status` shows what runs")
        return status

    def run(self, job: str) -> tuple[str, ...]:
        """Run a CronJob now, whatever its schedule, and wait for its end. Returns the lines that it printed.

        Errors: UsageError for a name that no CronJob has; Unhealthy where it fails.
        """
        defined = self._job(job)
        desired = self.desired([job])
        with self.lock("run"):
            if defined.suspend:
                return tuple(self._run_suspended(defined))
            since = time.time()
            plan = self._up(desired, HEALTHY_WITHIN)
            supervisor = self.supervisor(desired)
            lines = supervisor.run(job) if plan.of("job", "keep") else supervisor.last_run(job, since)
        return tuple(lines)

    def _run_suspended(self, job: CronJob) -> list[str]:
        """Nobody keeps a suspended job: its container is there for this one run."""
        from podpipe.effects.apply import run_once
        from podpipe.effects.podman_supervisor import PodmanSupervisor

        definition = replace(self.definition, cron_jobs=(replace(job, suspend=False),))
        desired = self.beside(definition).desired([job.name])
        observed = self.observed()
        supervisor = self.supervisor(desired) if self.machine else PodmanSupervisor(self.engine, desired, self.report)
        plan = supervisor.plan(observed, self._images().wanted(observed))
        supervisor.check(observed, plan)
        self._images().apply(plan)
        return run_once(self.engine, desired, plan, observed, self.report)

    def runs(self, job: str) -> tuple[JobRun, ...]:
        """The last runs of a CronJob, newest first, as many as its history limits say. Errors: UsageError, NotFound."""
        defined = self._job(job)
        runs = self.supervisor(self.desired()).runs(job)
        return limit_runs(runs, defined.successful_history, defined.failed_history)

    def build(self, names: Collection[str] = (), *, force: bool = False, platform: str = "") -> Plan:
        """Build or pull the named images (none: all) and those they stand on, where what they are made from changed.

        `force` builds the named ones in any case. For a `platform` (linux/arm/v7) that is not this machine's own they
        are called localhost/NAME:linux-arm-v7, and none is pulled but to build on.
        Errors: BuildFailed, which leaves the image of before; Unsupported where that platform's programs do not run.
        """
        builder = self._builder(platform)
        with self.lock("build"):
            plan = builder.plan(self.observed(), names, force=force)
            builder.apply(plan)
        return plan

    def plan_build(self, names: Collection[str] = (), *, force: bool = False, platform: str = "") -> Plan:
        """What `build` would do."""
        return self._builder(platform).plan(self.observed(), names, force=force)

    # --- the way through -------------------------------------------------------------------------

    def desired(self, chosen: Collection[str] = ()) -> Desired:
        """What the chosen pods and CronJobs (none: all) are to be. Errors: UsageError."""
        return render_desired(self.definition, self._places, chosen).within(self.engine.controllers())

    def observed(self) -> Observed:
        """What is there now. Errors: EngineError; NotOurs where another folder has the project of that name."""
        return observe(self._look())

    def _look(self) -> dict[str, Any]:
        if not self.machine:
            self._home.check()
        images = [image_reference(image) for image in self.definition.images]
        return look(self.engine, self.definition.name, images, here=not self.machine)

    def supervisor(self, desired: Desired) -> Supervisor:
        """Who keeps what is desired."""
        if self.machine:
            from podpipe.effects.host_supervisor import HostSupervisor

            return HostSupervisor(self.machine, self.engine, self.definition, desired, self.report)
        return choose_supervisor(self._find_manager(), self.engine, self.definition, desired, self.report)

    def _images(self, platform: Platform | None = None) -> Builder:
        from podpipe.effects.builder import Builder

        platform = platform or (self.machine.platform if self.machine else None)
        return Builder(self.definition, self.engine, load_released(self.state), platform, self.report, self.log)

    def _builder(self, platform: str) -> Builder:
        if self.machine:
            raise UsageError(
                "images are built here", hint="leave the host out, and send it what was built: podpipe ship"
            )
        from podpipe.effects.builder import foreign_platform

        return self._images(foreign_platform(platform))

    def _up(self, desired: Desired, timeout: float) -> Plan:
        """Plan and apply; where the engine went away or a name was taken meanwhile, look again."""
        done: Plan | None = None
        for attempt in range(1, ATTEMPTS + 1):
            try:
                seen = self._look()
                observed = observe(seen)
                supervisor = self.supervisor(desired)
                plan = supervisor.plan(observed, self._images().wanted(observed))
                done = done.then(plan) if done else plan
                if not self.machine:
                    self._home.remember(self.report)
                settled = self._apply(supervisor, plan, observed, timeout)
                if not self.machine:
                    wait_for_answers(self.engine, addresses(desired), ANSWERS_WITHIN)
                if settled and desired.whole and not self.machine:
                    self._remember(supervisor, desired, seen)
            except (EngineUnavailable, EngineConflict) as error:
                if attempt == ATTEMPTS:
                    raise
                self.renew_engine(error)
            else:
                break
        assert done is not None
        return done

    def renew_engine(self, error: PodpipeError) -> None:
        """Let the next look have another connection; one that hangs has its service ended first."""
        self.report(f"{error.message}; looking again")
        self._engine = None
        if isinstance(error, EngineSilent) and not self.machine:
            end_own_service()

    def _apply(self, supervisor: Supervisor, plan: Plan, observed: Observed, timeout: float) -> bool:
        """True where there was nothing to do and nothing to wait for."""
        if plan.changes:
            supervisor.check(observed, plan)
            self._images().apply(plan)
            supervisor.apply(plan, observed)
        waited = supervisor.wait(plan, observed, timeout)
        return not (plan.changes or waited)

    def _remember(self, supervisor: Supervisor, desired: Desired, seen: dict[str, Any]) -> None:
        files, units = supervisor.memory()
        inputs = [*plan_inputs(self.definition, desired, self.state), standstill.image_store(self.engine), *files]
        root, name = self.definition.root, self.definition.name
        with suppress(OSError, DiskFull):  # without a memory the next `up` is slower, and that is all
            standstill.remember(root, name, inputs, units, seen, addresses(desired), self._since)

    @contextmanager
    def lock(self, verb: str, patience: float | None = None) -> Iterator[None]:
        """One podpipe at a time: a context, entered within `patience` seconds. Errors: LockHeld."""
        holder = f"podpipe {verb} in {self.definition.root} (process {os.getpid()})"
        timeout = LOCK_PATIENCE if patience is None else patience
        with lock_aloud(runtime_folder() / "lock", holder, self.report, timeout):
            if not self.machine and end_worn_service():
                self._engine = None
            yield

    def _job(self, name: str) -> CronJob:
        jobs = {job.name: job for job in self.definition.cron_jobs}
        if name not in jobs:
            raise UsageError(f"no CronJob is called {name}", hint=f"there are {', '.join(jobs) or 'none'}")
        return jobs[name]
