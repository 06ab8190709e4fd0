"""Bring an image into its containers, watch it, and put the one of before back where it is bad."""

from __future__ import annotations

import time
from contextlib import suppress
from threading import Event
from typing import TYPE_CHECKING

from podpipe.definition.specs import local_reference
from podpipe.delivery.stock import tags_of
from podpipe.effects.health import HealthWait, unhealthy
from podpipe.effects.images import image_id
from podpipe.effects.observe import observe_container
from podpipe.effects.released import Released, load_released, save_released
from podpipe.errors import (
    DeliveryFailed,
    DiskFull,
    EngineConflict,
    EngineUnavailable,
    NotFound,
    PodpipeError,
    RolledBack,
)
from podpipe.plan.swap import TRIAL, absent_pods, patience, plan_swap, trials

if TYPE_CHECKING:
    from podpipe.delivery.record import Record
    from podpipe.effects.engine import Engine
    from podpipe.plan import Plan
    from podpipe.project import Project

LOOK = 0.5  # seconds between two looks at a new container
NO_IMAGE = "none"  # which no container is of
BACK_PATIENCE = 120.0  # seconds that the image of before gets at least to be healthy again


class Deployment:
    """One image's way into the pods. Siblings in the pods are not touched."""

    def __init__(self, project: Project, image: str) -> None:
        self.project = project
        self.image = image
        self.reference = local_reference(image)
        self.desired = project.desired()
        self.settings = project.definition.releases

    @property
    def engine(self) -> Engine:
        return self.project.engine

    def run(self, record: Record, new: str, release: Released) -> list[str]:
        """Let the containers run the image `new`; gives the names of those that were exchanged.

        Errors: RolledBack where it is bad; then the image of before is back and healthy.
        """
        was, before = self.current(), load_released(self.project.state).get(self.image)
        if was and was != new:
            self._keep(was)
        record.fly(was, new, before)
        try:
            with record.step("trial"):
                self._check_pods()
                self._try_first(new)
        except DeliveryFailed:
            raise
        except PodpipeError as error:
            raise self._rolled_back(error, was) from error
        try:
            with record.step("swap"):
                self.remember(release)
                self.engine.tag_image(new, self.reference)
                exchanged = self._exchange()
            with record.step("watch"):
                self._watch(exchanged)
        except BaseException as error:
            with record.unsettled():
                self._undo(record, was, new, before, error)
            if isinstance(error, PodpipeError):
                raise self._rolled_back(error, was) from error
            raise
        return exchanged

    def _undo(self, record: Record, was: str, new: str, before: Released | None, why: BaseException) -> None:
        if was and was != new:
            with record.step("back"):
                self.put_back(was, before, why)
        else:  # there is nothing to put back, but `up` and the next rebuild must not take it for good
            self.remember(before)

    def current(self) -> str:
        """The ID of the image that manifests name now; "" where there is none."""
        return image_id(self.engine, self.reference)

    def put_back(self, was: str, before: Released | None, why: BaseException | None = None) -> list[str]:
        """Let the containers run the image `was` again. Errors: PodpipeError that says that not even this went well."""
        self.project.report(f"putting {self.image} {was[:12]} back")
        try:
            try:
                return self._bring_back(was, before)
            except EngineUnavailable as error:
                self.project.renew_engine(error)
                return self._bring_back(was, before)
        except PodpipeError as error:
            raise PodpipeError(
                f"{self.image}: {'the new image is bad; ' * bool(why)}the old one did not get healthy: {error.message}",
                hint=f"what was the matter with the new one: {why}" if why else error.hint,
                lines=error.lines,
            ) from error

    def _bring_back(self, was: str, before: Released | None) -> list[str]:
        """The name first: a full disk must not be in the way of that."""
        self.engine.tag_image(was, self.reference)
        with suppress(DiskFull):
            self.remember(before)
        return self._exchange(BACK_PATIENCE, restarted=True)

    def remember(self, release: Released | None) -> None:
        """What `up` and the next rebuild are to think of the image. Errors: DiskFull."""
        released = load_released(self.project.state)
        released.pop(self.image, None)
        save_released(self.project.state, {**released, **({self.image: release} if release else {})})

    def remove_trials(self) -> None:
        """What a trial that was killed left."""
        for door in self.project.definition.sockets:
            self.engine.remove_container(f"{door.pod}-{door.container}{TRIAL}")

    # --- steps -----------------------------------------------------------------------------------

    def _keep(self, image: str) -> None:
        """Without a name of its own, as `up` builds them, it would be nameless when the name moves on."""
        if all(tag == "latest" for _, tag in tags_of(self.engine.inspect_image(image), [self.image])):
            self.engine.tag_image(image, f"localhost/{self.image}:id-{image[:12]}")

    def _check_pods(self) -> None:
        """What nothing runs cannot be watched either. Errors: DeliveryFailed."""
        if absent := absent_pods(self.desired, self.project.observed(), self.reference):
            hint = f"start it by `podpipe up {' '.join(absent)}`, then deliver again; the image is built and tagged"
            raise DeliveryFailed(f"no pod runs {self.image}: {', '.join(absent)} is not there", hint=hint)

    def _try_first(self, new: str) -> None:
        """Where clients wait at a front door, the new image must first be healthy beside the present container."""
        if not self.settings.trial:
            return
        observed = self.project.observed()
        plan = plan_swap(self.desired, observed, self.reference, new)
        for request in trials(self.desired, self.project.definition.sockets, plan):
            self.project.report(f"trying {request['name']}")
            try:
                self.engine.create_container({**request, "image": new})
                self.engine.start_container(request["name"])
                HealthWait(self.engine, dict(request), self._patience(plan))(Event())
            finally:
                self.engine.remove_container(request["name"])

    def _exchange(self, at_least: float = 0.0, *, restarted: bool = False) -> list[str]:
        """Exchange containers and wait until they are healthy; those too that may have `restarted` by themselves."""
        observed = self.project.observed()
        plan = plan_swap(self.desired, observed, self.reference)
        waited = plan_swap(self.desired, observed, self.reference, NO_IMAGE) if restarted else plan
        supervisor = self.project.supervisor(self.desired)
        if plan.changes:
            supervisor.apply(plan, observed)
        supervisor.wait(waited, observed, max(self._patience(waited), at_least), others=False)
        return [action.name for action in plan.changes]

    def _patience(self, plan: Plan) -> float:
        return float(self.settings.progress_deadline or patience(self.desired, plan))

    def _watch(self, names: list[str]) -> None:
        """Each must go on running and pass its check once more when its time is over. Errors: Unhealthy."""
        if not names:
            return
        self.project.report(f"watching {', '.join(names)} for {self.settings.min_ready} s")
        first = {name: self._seen(name) for name in names}
        deadline = time.monotonic() + self.settings.min_ready
        while time.monotonic() < deadline:
            time.sleep(min(LOOK, self.settings.min_ready))
            for name in names:
                if not first[name][2] or self._seen(name) != first[name]:
                    raise unhealthy(name, f"did not run for {self.settings.min_ready} s without a restart", [])
        for name in names:
            self._check(name)

    def _seen(self, name: str) -> tuple[str, str, bool]:
        try:
            seen = observe_container(self.engine, name)
        except NotFound:
            return "", "", False
        return seen.id, seen.started_at, seen.running

    def _check(self, name: str) -> None:
        with suppress(EngineConflict):  # it has no check
            if not self.engine.run_healthcheck(name):
                raise unhealthy(name, f"was healthy, and {self.settings.min_ready} s later no more", [])

    def _rolled_back(self, error: PodpipeError, was: str) -> RolledBack:
        kept = f"{self.image} {was[:12]} runs on" if was else "there is no image of before"
        hint = "`podpipe history` has the number of this release, and `podpipe history --log NUMBER` what it printed"
        return RolledBack(f"{error.message}; {kept}", hint=hint, lines=error.lines)
