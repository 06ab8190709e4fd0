"""A user manager in memory, whose services make containers in a fake engine."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from podpipe.effects.unit_files import installed_files
from podpipe.errors import CommandFailed
from podpipe.plan.units import ObservedUnit
from podpipe.render.labels import PROJECT, UNIT
from podpipe.render.unitfile import unit_name

if TYPE_CHECKING:
    from podpipe.render.desired import Desired, Workload
    from podpipe.testing.engine import FakeEngine

JSON = dict[str, Any]
HASH = re.compile(rf"{re.escape(UNIT)}=([0-9a-f]+)")


class FakeUserManager:
    """A `UserManager` that reads the files on disk when it is told to reload.

    Services run the requests of `desired`, with the hash of the text that is loaded; that the text says the same is
    for a real systemd to show. `failing` are units that do not start; `foreign` are others' units, each with its
    file; `masked` are units that a user masked; `calls` is all that was asked for.
    """

    def __init__(self, engine: FakeEngine, desired: Desired) -> None:
        self.engine = engine
        self.desired = desired
        self.calls: list[tuple[str, tuple[str, ...]]] = []
        self.failing: set[str] = set()
        self.loaded: dict[str, str] = {}
        self.active: set[str] = set()
        self.failed: dict[str, int] = {}
        self.enabled: set[str] = set()
        self.foreign: dict[str, str] = {}
        self.masked: set[str] = set()

    def fail(self, unit: str, exit_code: int = 1) -> None:
        """End a service as if its process had, for good."""
        self._end(unit)
        self.failed[unit] = exit_code

    # --- UserManager ---

    def show(self, units: Sequence[str]) -> Mapping[str, ObservedUnit]:
        return {unit: self._observe(unit) for unit in units}

    def reload(self) -> None:
        self.calls.append(("reload", ()))
        self.loaded = {unit_name(name): text for name, text in installed_files(self.desired.project).items()}

    def enable(self, units: Sequence[str]) -> None:
        self.calls.append(("enable", tuple(units)))
        self.enabled.update(units)

    def disable(self, units: Sequence[str]) -> None:
        self.calls.append(("disable", tuple(units)))
        self.enabled.difference_update(units)

    def start(self, units: Sequence[str], *, wait: bool = True) -> None:
        self.calls.append(("start", tuple(units)))
        for unit in units:
            self._begin(unit)

    def restart(self, units: Sequence[str]) -> None:
        self.calls.append(("restart", tuple(units)))
        for unit in units:
            self._end(unit)
        for unit in units:
            self._begin(unit)

    def stop(self, units: Sequence[str]) -> None:
        self.calls.append(("stop", tuple(units)))
        for unit in units:
            self._end(unit)
            self.failed.pop(unit, None)

    def forget_checks(self) -> None:
        self.calls.append(("forget_checks", ()))

    def journal(self, unit: str, *, lines: int, last_run: bool = False) -> list[str]:
        return [f"{unit} says so"]

    # --- how it works ---

    def _observe(self, unit: str) -> ObservedUnit:
        if unit in self.foreign:
            return ObservedUnit(load="loaded", origin=self.foreign[unit])
        if unit not in self.loaded:
            return ObservedUnit()
        made_from = HASH.search(self.loaded[unit])
        state = "failed" if unit in self.failed else "active" if unit in self.active else "inactive"
        return ObservedUnit(
            load="masked" if unit in self.masked else "loaded",
            active=state,
            sub="running" if state == "active" else state,
            result="exit-code" if unit in self.failed else "success",
            made_from=made_from[1] if made_from else "",
            exit_code=self.failed.get(unit, 0),
            invocation=unit,
        )

    def _begin(self, unit: str) -> None:
        if unit in self.failing:
            self.failed[unit] = 125
            raise CommandFailed(f"Job for {unit} failed")
        if unit in self.active:
            return
        self.failed.pop(unit, None)
        for request in self.desired.volumes:
            if unit == f"{request['Name']}-volume.service":
                self.active.add(unit)
                self._create_volume(request)
        for workload in self.desired.workloads:
            if workload.pod and unit == f"{workload.name}-pod.service":
                self._begin_pod(unit, workload)
            for request in workload.containers if workload.pod else ():
                if unit == f"{request['name']}.service":
                    self._begin_container(unit, request)
        if not unit.endswith(".service"):
            self.active.add(unit)  # a job, a service too, is done at once

    def _begin_pod(self, unit: str, workload: Workload) -> None:
        self.active.add(unit)
        self.engine.create_pod(self._labelled(unit, workload.pod or {}))
        self.engine.start_pod(workload.name)
        for request in workload.containers:
            self._begin(f"{request['name']}.service")

    def _begin_container(self, unit: str, request: JSON) -> None:
        self._begin(f"{request['pod']}-pod.service")
        if unit not in self.active:  # its pod may have begun it
            self.active.add(unit)
            for volume in request["volumes"]:
                self._begin(f"{volume['Name']}-volume.service")
            self.engine.create_container(self._labelled(unit, request))
            self.engine.start_container(request["name"])

    def _end(self, unit: str) -> None:
        self.active.discard(unit)
        for workload in self.desired.workloads:
            if unit == f"{workload.name}-pod.service":
                for request in workload.containers:
                    self.active.discard(f"{request['name']}.service")
                self.engine.remove_pod(workload.name)
        self.engine.remove_container(unit.removesuffix(".service"))

    def _create_volume(self, request: JSON) -> None:
        if request["Name"] not in {volume["Name"] for volume in self.engine.volumes()}:
            self.engine.create_volume({**request, "Labels": {PROJECT: self.desired.project}})

    def _labelled(self, unit: str, request: JSON) -> JSON:
        found = HASH.search(self.loaded[unit])
        ours = {PROJECT: self.desired.project, UNIT: found[1] if found else ""}
        own = {"restart_policy": "no", "resource_limits": {}}  # these are the service's
        return {**request, **own, "labels": {**request.get("labels", {}), **ours}}
