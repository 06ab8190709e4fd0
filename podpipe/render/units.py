"""A whole definition as files for Quadlet and systemd, from the same requests that Podman's API gets."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from podpipe.definition.specs import CronJob, Definition, FrontDoor, Pod, RegistryImage
from podpipe.render import quadlet
from podpipe.render.desired import Desired, Workload
from podpipe.render.queue import SPOOL, WATCHED, has_queue, render_queue
from podpipe.render.sockets import network_unit, render_network, render_socket, render_watch
from podpipe.render.timers import overlaps, render_timer
from podpipe.render.unitfile import Line, UnitFile, at_home, path, word

Lines = dict[str, list[Line]]
# Quadlet's own wait for a network may hold a boot up for 90 seconds.
NO_DEFAULTS: list[Line] = [("DefaultDependencies", "false")]
ENDLESS: Line = ("StartLimitIntervalSec", "0")  # as with Kubernetes, no number of crashes is the last
VOLUMES = "%h/.local/share/containers/storage/volumes"


def render_units(definition: Definition, desired: Desired, folder: Path) -> tuple[UnitFile, ...]:
    """All files of what is desired, by name. `folder` is where they will lie.

    Inside the project's folder they name its other folders relative to themselves.
    """
    return tuple(sorted(_Units(definition, desired, folder).files(), key=lambda file: file.name))


@dataclass(frozen=True)
class _Units:
    definition: Definition
    desired: Desired
    folder: Path

    def files(self) -> Iterator[UnitFile]:
        pods = {pod.name: pod for pod in self.definition.pods}
        jobs = {job.name: job for job in self.definition.cron_jobs}
        for workload in self.desired.workloads:
            if workload.is_job:
                yield from self._job(jobs[workload.name], workload)
            else:
                yield from self._pod(pods[workload.name], workload)
        yield from self._volumes()
        yield from self._images()
        if self.desired.workloads:
            yield render_network(self.desired.project)
        if self.desired.whole and has_queue(self.definition):
            yield from self._queue()

    # --- pods ------------------------------------------------------------------------------------

    def _pod(self, pod: Pod, workload: Workload) -> Iterator[UnitFile]:
        doors = {door.container: door for door in self.definition.sockets if door.pod == pod.name}
        origin = f"{pod.place.file}: Pod {pod.name}"
        held = [port for each in pod.containers if each.name in doors for port in each.ports]
        request = quadlet.labelled(self.desired.project, workload.pod or {})
        taken = {(port.host_ip, port.host_port) for port in held}
        ports = [each for each in request["portmappings"] if (each["host_ip"], each["host_port"]) not in taken]
        around: Lines = {
            "Unit": [self._description(f"Pod {pod.name}"), *self._network(), ENDLESS],
            "Quadlet": NO_DEFAULTS,
            "Service": quadlet.POD_SERVICE,
            "Install": [("WantedBy", "default.target")],
        }
        yield quadlet.render_pod(origin, {**request, "portmappings": ports}, around)
        for container, made in zip(pod.containers, workload.containers):
            where = f"{origin}, container {container.name}"
            yield self._member(pod.name, made, where, doors.get(container.name))
            if container.name in doors:
                yield render_socket(doors[container.name], container.ports, f"podpipe.yaml: sockets, and {where}")

    def _member(self, pod: str, request: Mapping[str, Any], origin: str, door: FrontDoor | None) -> UnitFile:
        name = request["name"]
        service = quadlet.member_service(request)
        unit = [self._description(f"Container {name}"), ENDLESS]
        if door:
            unit += [("Requires", f"{name}.socket"), ("After", f"{name}.socket")]
            # Otherwise systemd makes the shared socket block, and a worker that loses a race hangs in accept().
            service += [("Sockets", f"{name}.socket"), ("NonBlocking", "true")]
        around: Lines = {"Unit": unit, "Quadlet": NO_DEFAULTS, "Service": service}
        return quadlet.render_container(name, pod, origin, self._ours(request), around)

    # --- CronJobs --------------------------------------------------------------------------------

    def _job(self, job: CronJob, workload: Workload) -> Iterator[UnitFile]:
        origin = f"{job.place.file}: CronJob {job.name}"
        request = self._ours(workload.containers[0])
        around: Lines = {
            "Unit": [self._description(f"CronJob {job.name}"), *self._network(), ENDLESS],
            "Quadlet": NO_DEFAULTS,
            "Service": quadlet.job_service(request),
            "Container": quadlet.JOB_FLAGS,
        }
        yield quadlet.render_container(job.name, job.name, origin, request, around)
        if overlaps(job):
            instance = {**request, "name": f"{job.name}-%i"}
            yield quadlet.render_container(f"{job.name}@", job.name, origin, instance, around)
        if job.schedule:
            yield from render_timer(job, origin)
        for watch in self.definition.watches:
            if watch.job == job.name:
                yield render_watch(watch, self._watched(watch.claim), "podpipe.yaml: watch")

    def _watched(self, claim: str) -> str:
        place = next(each.folder for each in self.definition.claims if each.name == claim)
        return f"{VOLUMES}/{claim}/_data" if place is None else at_home(self._absolute(place), path)

    def _absolute(self, place: Path) -> str:
        """A path may not be relative here: in files that lie in the project, ~/PROJECT stands for its folder."""
        if self._inside() and place.is_relative_to(self.definition.root):
            place = Path("%h", self.definition.name, place.relative_to(self.definition.root))
        return f"{place}"

    # --- pushes --------------------------------------------------------------------------------------

    def _queue(self) -> Iterator[UnitFile]:
        places = self.desired.places
        call = (*places.command, "-C", self._absolute(self.definition.root), "queue", "--wait")
        folders = [at_home(f"{places.state}/queue/{each}", path) for each in WATCHED]
        if any(claim.name == SPOOL for claim in self.definition.claims):
            folders.append(self._watched(SPOOL))
        yield from render_queue(self.desired.project, " ".join(at_home(each, word) for each in call), folders)

    # --- what several share ------------------------------------------------------------------------

    def _volumes(self) -> Iterator[UnitFile]:
        places = {claim.name: claim.place.file for claim in self.definition.claims}
        for request in self.desired.volumes:
            name = request["Name"]
            labelled = quadlet.labelled(self.desired.project, request, "Labels")
            around: Lines = {"Unit": [self._description(f"Volume {name}")], "Quadlet": NO_DEFAULTS}
            yield quadlet.render_volume(f"{places[name]}: PersistentVolumeClaim {name}", labelled, around)

    def _images(self) -> Iterator[UnitFile]:
        for image in self.desired.images:
            if isinstance(image, RegistryImage):
                unit = [self._description(f"Image {image.name}"), *self._network()]
                around: Lines = {"Unit": unit, "Quadlet": NO_DEFAULTS}
                name = f"{self.desired.project}-{image.name}"  # another project may call another image so
                yield quadlet.render_image(name, image.reference, f"podpipe.yaml: images.{image.name}", around)

    def _description(self, what: str) -> Line:
        return ("Description", f"{what} of the project {self.desired.project}")

    def _network(self) -> list[Line]:
        return [("Wants", network_unit(self.desired.project)), ("After", network_unit(self.desired.project))]

    def _ours(self, request: Mapping[str, Any]) -> Mapping[str, Any]:
        mounts = [{**mount, "source": self._shown(mount["source"])} for mount in request["mounts"]]
        return {**quadlet.labelled(self.desired.project, request), "mounts": mounts}

    def _shown(self, source: str) -> str:
        """A folder of the project by its way from the files, where they lie in the project too."""
        if not (self._inside() and Path(source).is_relative_to(self.definition.root)):
            return source
        way = os.path.relpath(source, self.folder)
        return way if way.startswith("..") else f"./{way}"

    def _inside(self) -> bool:
        return self.folder.is_relative_to(self.definition.root)
