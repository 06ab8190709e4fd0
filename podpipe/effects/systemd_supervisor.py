"""Pods that the user's systemd keeps: as Quadlet files, each unit to be handled with `systemctl --user` alone."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from podpipe.effects.apply import apply_removals, apply_storage, to_wait_for
from podpipe.effects.generators import compile_units, find_generator, generator_words
from podpipe.effects.linger import warn_of_logout
from podpipe.effects.observe_units import observe_units, remember_run
from podpipe.effects.unit_files import (
    can_be_enabled,
    check_names,
    file_path,
    published_ports,
    quadlet_folder,
    remove_files,
    stop_and_disable,
    write_files,
)
from podpipe.errors import CommandFailed, NotOurs, PodpipeError
from podpipe.plan import Observed, ObservedContainer, ObservedPod, Plan, WantedImage, plan_down
from podpipe.plan.status import ContainerStatus, JobRun, unit_status_of
from podpipe.plan.unit_diff import plan_units, plan_units_down
from podpipe.plan.units import kept_by_systemd
from podpipe.render.unitfile import UnitFile, is_quadlet, unit_name
from podpipe.render.units import render_units
from podpipe.report import Report

if TYPE_CHECKING:
    from podpipe.definition import Definition
    from podpipe.effects.engine import Engine
    from podpipe.effects.systemd import UserManager
    from podpipe.render import Desired

JSON = dict[str, Any]

CLEARS_CHECKS = (4, 0, 0)  # from then on Podman leaves no unit of a health check behind


class SystemdSupervisor:
    """Units restart what dies, start everything at boot and hold the ports of the front door."""

    def __init__(
        self,
        manager: UserManager,
        engine: Engine,
        definition: Definition,
        desired: Desired,
        report: Report,
    ) -> None:
        self.manager = manager
        self.engine = engine
        self.desired = desired
        self.project = definition.name
        self.report = report
        folder = quadlet_folder(self.project)
        self.files = {file.name: file for file in render_units(definition, desired, folder)}
        self.seen = observe_units(manager, self.project, self.files.values())

    @cached_property
    def compiled(self) -> dict[str, str]:
        """The services that no generator makes here, by name. Errors: Unsupported."""
        version = self.engine.version
        folder = quadlet_folder(self.project)
        return {} if find_generator(version) else compile_units(self.files.values(), folder, version)

    def plan(self, observed: Observed, wanted: Mapping[str, WantedImage]) -> Plan:
        plan = plan_units(self.desired, self.files.values(), self.compiled, observed, self.seen, wanted)
        new = [name for name in self._to_write(plan) if name not in self.seen.files]
        check_names(self.project, new, self.seen.units)
        return plan

    def plan_down(self, observed: Observed, chosen: Collection[str]) -> Plan:
        removals = plan_down(self.project, observed, chosen)
        return plan_units_down(self.seen, self.files.values(), removals, chosen)

    def check(self, observed: Observed, plan: Plan) -> None:
        from podpipe.effects.preflight import check_before_apply

        check_before_apply(self.engine, self.desired, observed, plan, self.report, held=self._held_ports())
        for unit in (file.unit for file in self.files.values()):
            if self.seen.unit(unit).masked:
                hint = f"to have it kept again: systemctl --user unmask {unit}"
                raise NotOurs(f"{unit} is masked: somebody told systemd never to start it", hint=hint)

    # --- doing ---------------------------------------------------------------------------------

    def apply(self, plan: Plan, observed: Observed) -> None:
        warn_of_logout(self.report)
        apply_storage(self.desired)
        self._take_over(plan, observed)
        self._write(plan)
        restarted, started = self._to_run(plan)
        self._run(self.manager.restart, restarted, "restarting")
        self._run(self.manager.start, started, "starting")
        jobs = [self._job_unit(action.name) for action in plan.of("job", "create", "recreate", "start")]
        self._run(partial(self.manager.start, wait=False), jobs, "starting")
        self._tidy()

    def restart(self, plan: Plan, observed: Observed) -> None:
        names = [f"{action.name}.{action.kind}" for action in plan.of("pod") or plan.of("container")]
        missing = [name for name in names if name not in self.seen.files]
        if missing:
            raise NotOurs(f"systemd does not keep {missing[0]}", hint="podpipe up")
        self._run(self.manager.restart, [self.files[name].unit for name in names], "restarting")
        self._tidy()

    def remove(self, plan: Plan, observed: Observed) -> None:
        self._take_over(plan, observed)
        self._write(plan)
        self._tidy()

    def _tidy(self) -> None:
        if self.engine.version < CLEARS_CHECKS:
            self.manager.forget_checks()

    def _take_over(self, plan: Plan, observed: Observed) -> None:
        """One owner for one pod: what Podman alone keeps is removed; what systemd keeps ends with its unit."""
        things: dict[str, ObservedContainer | ObservedPod] = {**observed.containers, **observed.pods}
        old = [
            action
            for kind in ("pod", "container", "job")
            for action in plan.of(kind, "remove", "recreate")
            if action.name in things and not self._has_unit(things[action.name])
        ]
        apply_removals(self.engine, Plan(tuple(old)), observed, self.report)

    def _has_unit(self, thing: ObservedContainer | ObservedPod) -> bool:
        kind = "pod" if isinstance(thing, ObservedPod) else "container"
        return kept_by_systemd(thing) and f"{thing.name}.{kind}" in self.seen.files

    def _write(self, plan: Plan) -> None:
        """Bring the files on disk, and what systemd has loaded of them, in step with the plan."""
        removed = {action.name: self.seen.files[action.name] for action in plan.of("file", "remove")}
        stop_and_disable(self.manager, removed, keep=self._still_wanted(removed))
        self._stop_sockets(plan)
        remove_files(self.project, removed)
        written = self._to_write(plan)
        write_files(self.project, written)
        if not (removed or written or plan.of("unit", "reload", "enable")):
            return
        self.report("reloading systemd's units")
        disabled = [action.name for action in plan.of("unit", "enable")]
        own = [name for name, text in written.items() if not is_quadlet(name) and can_be_enabled(text)]
        self.manager.enable(sorted({*own, *disabled}))
        self.manager.reload()
        self._check_loaded(written)

    def _still_wanted(self, removed: Collection[str]) -> set[str]:
        """The units that go on to have a file: a Podman with Quadlet makes the services that were compiled before."""
        return {file.unit for file in self.files.values() if file.name not in removed}

    def _to_write(self, plan: Plan) -> dict[str, str]:
        names = [action.name for action in plan.of("file", "create", "update")]
        files = {name: self.files[name].text for name in names if name in self.files}
        services = [name if name in self.compiled else unit_name(name) for name in names]
        return {**files, **{name: self.compiled[name] for name in services if name in self.compiled}}

    def _stop_sockets(self, plan: Plan) -> None:
        """A socket that changed is bound anew, which systemd refuses while its service runs."""
        sockets = [each.name for each in plan.of("unit", "restart") if each.name.endswith(".socket")]
        self.manager.stop([*sockets, *(name.replace(".socket", ".service") for name in sockets)])

    def _check_loaded(self, written: Iterable[str]) -> None:
        units = [unit_name(name) for name in written if "@" not in name]
        seen = self.manager.show(units)
        for unit in units:
            if not seen[unit].loaded:
                raise PodpipeError(
                    f"systemd does not load {unit}: it finds it {seen[unit].load}",
                    hint="`systemd-analyze --user verify` of the file tells what systemd has against it",
                    lines=generator_words(find_generator(self.engine.version)),
                )

    def _to_run(self, plan: Plan) -> tuple[list[str], list[str]]:
        """The units to restart, and those to start."""
        # One that is gone while its unit is active: nothing else would make it again, with its owner.
        restarted = [f"{action.name}-volume.service" for action in plan.of("volume", "create")]
        started: list[str] = []
        for action in plan.changes:
            if action.kind in ("pod", "container") and action.verb != "remove":
                unit = self.files[f"{action.name}.{action.kind}"].unit
                (restarted if action.verb == "recreate" else started).append(unit)
            elif action.kind == "unit" and action.verb in ("start", "restart"):
                stopped = action.verb == "start" or action.name.endswith(".socket")
                (started if stopped else restarted).append(action.name)
        return restarted, started

    def _run(self, call: Callable[[Sequence[str]], None], units: list[str], doing: str) -> None:
        if not units:
            return
        self.report(f"{doing} {', '.join(units)}")
        try:
            call(units)
        except CommandFailed:
            from podpipe.effects.unit_health import failed_unit

            others = [unit for unit in (file.unit for file in self.files.values()) if "@" not in unit]
            for unit, seen in self.manager.show([*units, *others]).items():
                if seen.failed or seen.result != "success":
                    raise failed_unit(self.manager, unit, seen) from None
            raise

    # --- waiting and looking ---------------------------------------------------------------------

    def wait(self, plan: Plan, observed: Observed, timeout: float, *, others: bool = True) -> bool:
        waiting = list(to_wait_for(self.desired, plan, observed, others=others))
        if waiting:
            from podpipe.effects.health import wait_for_all
            from podpipe.effects.unit_health import UnitHealthWait

            self.report(f"waiting for {', '.join(request['name'] for request, _ in waiting)}")
            wait_for_all(
                [
                    partial(self._finish, request["name"])
                    if is_job
                    else UnitHealthWait(self.manager, f"{request['name']}.service", self.engine, request, timeout)
                    for request, is_job in waiting
                ]
            )
        return bool(waiting)

    def _finish(self, job: str, stop: Any) -> None:
        from podpipe.effects.unit_health import wait_run

        wait_run(self.manager, self._job_unit(job), job, stop)
        if not stop.is_set():
            remember_run(self.project, job, self._job_file(job).hash)

    def run(self, job: str) -> list[str]:
        from threading import Event

        since = time.time()
        self._run(partial(self.manager.start, wait=False), [self._job_unit(job)], "starting")
        self._finish(job, Event())
        return self.last_run(job, since)

    def last_run(self, job: str, since: float) -> list[str]:
        from podpipe.effects.journal import last_run_lines

        return last_run_lines(job, since)

    def runs(self, job: str) -> list[JobRun]:
        from podpipe.effects.journal import read_runs

        return read_runs(job)

    def logs(self, names: Sequence[str], *, follow: bool, tail: int | None) -> Iterator[tuple[str, str]]:
        from podpipe.effects.journal import read_journal

        return read_journal(names, follow=follow, tail=tail)

    def status(self, observed: Observed) -> tuple[ContainerStatus, ...]:
        return unit_status_of(self.desired, observed, self.seen, self.files)

    def memory(self) -> tuple[list[Path], list[str]]:
        files = self.seen.files
        standing = [unit_name(name) for name in files if self.seen.unit(unit_name(name)).is_active]
        return [quadlet_folder(self.project), *(file_path(self.project, name) for name in files)], standing

    # --- what it knows -----------------------------------------------------------------------------

    def _job_file(self, job: str) -> UnitFile:
        return self.files.get(f"{job}.container") or self.files[f"{job}@.container"]

    def _job_unit(self, job: str) -> str:
        return self._job_file(job).run_unit

    def _held_ports(self) -> set[tuple[int, str]]:
        """The ports that our own active units hold: they are free by the time others want them."""
        files = self.seen.files.items()
        return published_ports(text for name, text in files if self.seen.unit(unit_name(name)).is_active)
