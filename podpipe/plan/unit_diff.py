"""The same as `diff` where systemd keeps the pods: definition, files on disk, what is loaded, what runs. Pure.

Four things may differ, and each is named: a `file` from the definition, a loaded `unit` from its file, a running
container or pod from its unit, and what Podman says of it from what it was made as.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from podpipe.plan.actions import Action, Plan, Reason
from podpipe.plan.diff import WorkloadPlanner, plan_strays, plan_volumes
from podpipe.plan.fields import changed_keys, drifted_fields
from podpipe.plan.images import WantedImage, plan_images, rebuilt_references
from podpipe.plan.observed import Observed, ObservedContainer, ObservedPod
from podpipe.plan.units import ObservedUnits, kept_by_systemd
from podpipe.render.desired import Desired, Workload
from podpipe.render.labels import UNIT
from podpipe.render.unitfile import UnitFile

JSON = Mapping[str, Any]

# Kinds of units that must be active all the time; services are started by their pods and timers.
STANDING = ("socket", "timer", "path")


def plan_units(
    desired: Desired,
    rendered: Iterable[UnitFile],
    compiled: Mapping[str, str],
    observed: Observed,
    seen: ObservedUnits,
    wanted: Mapping[str, WantedImage],
) -> Plan:
    """What has to happen for systemd to keep what is `desired`.

    `rendered` are the definition's files, `compiled` the services that no generator makes of them here; such a service
    is written with its file, and has an action of its own only where that file is right. Errors: NotOurs.
    """
    files = {file.name: file for file in rendered}
    images = plan_images(desired.images, observed, wanted)
    actions = [*plan_strays(desired, observed), *_stray_files(desired, files, compiled, seen)]
    actions += [*images, *plan_volumes(desired, observed)]
    actions += _files(files, compiled, seen)
    actions += [each for file in files.values() for each in _unit(file, seen)]
    for workload in desired.workloads:
        planner = _UnitPlanner(desired, workload, observed, rebuilt_references(desired, images), files, seen)
        actions += planner.job() if workload.is_job else planner.pod()
    return Plan(tuple(actions))


def plan_units_down(
    seen: ObservedUnits, files: Iterable[UnitFile], removals: Plan, chosen: Collection[str] = ()
) -> Plan:
    """Remove the files of the chosen workloads (none: all that are on disk), and then what Podman has of them."""
    theirs = {name for file in files if file.workload in chosen for name in (file.name, file.unit)}
    gone = [name for name in seen.files if not chosen or name in theirs]
    return Plan((*(Action("remove", "file", name) for name in gone), *removals.actions))


def _stray_files(
    desired: Desired, files: Mapping[str, UnitFile], compiled: Mapping[str, str], seen: ObservedUnits
) -> list[Action]:
    units = {file.unit for file in files.values()}
    strays = [name for name in seen.files if name not in files and name not in compiled] if desired.whole else []
    why = {True: "a generator makes it now", False: "the definition no longer has it"}
    return [Action("remove", "file", name, reasons=(Reason(why[name in units]),)) for name in strays]


def _files(files: Mapping[str, UnitFile], compiled: Mapping[str, str], seen: ObservedUnits) -> list[Action]:
    actions = [_file(file.name, file.text, file.workload, seen) for file in files.values()]
    right = {files[action.name].unit for action in actions if action.verb == "keep"}
    services = [_file(name, text, "", seen) for name, text in compiled.items() if name in right]
    return actions + [action for action in services if action.verb != "keep"]


def _file(name: str, text: str, workload: str, seen: ObservedUnits) -> Action:
    on_disk = seen.files.get(name)
    if on_disk is None:
        return Action("create", "file", name, workload)
    if on_disk == text:
        return Action("keep", "file", name, workload)
    reasons = changed_keys(text, on_disk) or [Reason("its comments or their order changed")]
    return Action("update", "file", name, workload, tuple(reasons))


def _unit(file: UnitFile, seen: ObservedUnits) -> list[Action]:
    """What is loaded against the file; and whether that is active which must be active all the time."""
    unit = seen.unit(file.unit)
    stands = file.unit.endswith(STANDING)
    if seen.files.get(file.name) != file.text:
        changed = file.name in seen.files and unit.is_active
        return [Action("restart" if changed else "start", "unit", file.unit, file.workload)] if stands else []
    reason = ""
    if "@" in file.unit:
        return []  # a template is loaded only as its instances
    if not unit.loaded:
        reason = "systemd has not loaded it" if unit.load == "not-found" else f"systemd finds it {unit.load}"
    elif unit.made_from and unit.made_from != file.hash:
        reason = "systemd has loaded an older text"
    elif unit.stale:
        reason = "its file was written after systemd loaded it"
    actions = [Action("reload", "unit", file.unit, file.workload, (Reason(reason),))] if reason else []
    if unit.file_state == "disabled":
        actions.append(Action("enable", "unit", file.unit, file.workload, (Reason("it would not start at boot"),)))
    if stands:
        state = (Reason(f"it is {unit}"),)
        actions.append(
            Action("keep", "unit", file.unit, file.workload)
            if unit.is_active
            else Action("start", "unit", file.unit, file.workload, state)
        )
    return actions


class _UnitPlanner(WorkloadPlanner):
    """One pod or job against its files, its units and what runs."""

    def __init__(
        self,
        desired: Desired,
        workload: Workload,
        observed: Observed,
        rebuilt: set[str],
        files: Mapping[str, UnitFile],
        seen: ObservedUnits,
    ) -> None:
        super().__init__(desired.project, workload, observed, rebuilt)
        self.files = files
        self.seen = seen

    def job(self) -> list[Action]:
        """A job runs once when it is new, changed or failed; all its other runs are the timer's."""
        request = self.workload.containers[0]
        file = self._file_of(request)
        name = request["name"]
        container = self.observed.containers.get(name)
        if container is not None:
            self._own("container", container)
        # `down` takes the files away: what is brought up again runs again.
        ran = self.seen.runs.get(name) if file.name in self.seen.files else None
        unit = self.seen.unit(file.run_unit)
        verb, reasons = "keep", list[Reason]()
        if container is not None and not kept_by_systemd(container):
            verb, reasons = "recreate", [Reason("Podman alone keeps it")]
        elif ran is None:
            verb = "create"
        elif ran != file.hash:
            verb, reasons = "recreate", self._changed(file) or [Reason("its last run was of an older text")]
        elif request["image"] in self.rebuilt:
            verb, reasons = "recreate", [Reason(f"its image {request['image']} is built")]
        elif unit.failed:
            verb, reasons = "start", [Reason(f"its last run failed with exit code {unit.exit_code}")]
        return [Action(verb, "job", name, name, tuple(reasons))]

    def _container(self, request: JSON, kind: str, *, anew: bool) -> Action:
        """One that is not there although its file is: its unit tells why."""
        action = super()._container(request, kind, anew=anew)
        file = self._file_of(request)
        if action.verb != "create" or anew or self.seen.files.get(file.name) != file.text:
            return action
        reason = Reason(f"{file.unit} is {self.seen.unit(file.unit)}")
        return Action("start", kind, action.name, action.workload, (reason,))

    def _made_otherwise(self, request: JSON, seen: ObservedPod | ObservedContainer) -> list[Reason]:
        if not kept_by_systemd(seen):
            return [Reason("Podman alone keeps it")]
        file = self._file_of(request)
        if seen.labels[UNIT] == file.hash:
            return []
        return self._changed(file) or [Reason("it was started from an older unit")]

    def _changed(self, file: UnitFile) -> list[Reason]:
        return changed_keys(file.text, self.seen.files.get(file.name, file.text))

    def _drifted(self, request: JSON, seen: ObservedContainer) -> list[Reason]:
        """The restart policy is systemd's own affair."""
        own = {**request, "restart_policy": "no", "resource_limits": {}}  # systemd has these in the container's place
        return drifted_fields(own, seen.inspect or {})

    def _file_of(self, request: JSON) -> UnitFile:
        """A pod's request has no image."""
        names = [f"{request['name']}.{kind}" for kind in (("container",) if "image" in request else ("pod",))]
        return next(self.files[name] for name in [*names, f"{request['name']}@.container"] if name in self.files)
