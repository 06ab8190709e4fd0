"""A whole definition as requests: what should be there when `up` is done."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

from podpipe.definition.specs import (
    BuiltImage,
    ClaimVolume,
    ConfigMapVolume,
    Container,
    Definition,
    Image,
    Pod,
    SecretVolume,
    image_reference,
)
from podpipe.errors import UsageError
from podpipe.render.libpod import render_container, render_job, render_pod, render_volume
from podpipe.render.places import Places

JSON = dict[str, Any]
V = TypeVar("V")


@dataclass(frozen=True)
class Workload:
    """A pod with its containers, or (`pod` None) a CronJob's container.

    `pod` and `containers` are libpod requests without our labels; `addresses` are, by the container's whole name, where
    its TCP ports are published, as URLs that this machine can ask.
    """

    name: str
    pod: JSON | None
    containers: tuple[JSON, ...]
    addresses: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def is_job(self) -> bool:
        return self.pod is None


@dataclass(frozen=True)
class ConfigFolder:
    """A ConfigMap as files on the host: name -> content."""

    folder: Path
    files: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class SecretFolder:
    """A secret that a container mounts: its folder and the keys that must be there (none named: any)."""

    name: str
    folder: Path
    keys: tuple[str, ...]
    optional: bool


@dataclass(frozen=True)
class Desired:
    """What a definition asks for, and in which `places`; `whole` is False where only some workloads were chosen."""

    project: str
    places: Places
    images: tuple[Image, ...]
    infra: str
    volumes: tuple[JSON, ...]
    workloads: tuple[Workload, ...]
    config_folders: tuple[ConfigFolder, ...]
    secret_folders: tuple[SecretFolder, ...]
    whole: bool = True
    unenforced: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def within(self, controllers: Collection[str]) -> Desired:
        """The same on a machine that lets its user have these cgroup controllers alone.

        What the others would enforce is left out, and stands in `unenforced`: controller -> names of containers.
        """
        lost: dict[str, list[str]] = {}
        for request in (each for workload in self.workloads for each in workload.containers):
            for limit in request.get("resource_limits", ()):
                if limit not in controllers:  # a limit's name is that of its controller
                    lost.setdefault(limit, []).append(request["name"])
        if not lost:
            return self
        workloads = [
            replace(each, containers=tuple(_enforceable(request, controllers) for request in each.containers))
            for each in self.workloads
        ]
        unenforced = {controller: tuple(names) for controller, names in lost.items()}
        return replace(self, workloads=tuple(workloads), unenforced=unenforced)

    def containers_of(self, target: str) -> list[str]:
        """The whole names of a POD's containers, of a POD/CONTAINER, a CronJob or a container. Errors: UsageError."""
        pod, _, container = target.partition("/")
        by_workload = {each.name: [request["name"] for request in each.containers] for each in self.workloads}
        if target in by_workload:
            return by_workload[target]
        for name in (target, f"{pod}-{container}"):
            if any(name in names for names in by_workload.values()):
                return [name]
        known = [
            each.name if each.is_job else f"{each.name}/{request['name'][len(each.name) + 1 :]}"
            for each in self.workloads
            for request in each.containers
        ]
        raise UsageError(f"nothing here is called {target}", hint=f"there are {', '.join(known)}")


def render_desired(definition: Definition, places: Places, chosen: Collection[str] = ()) -> Desired:
    """Render the chosen pods and CronJobs (none named: all of them) and everything they need.

    A suspended CronJob is left out. Errors: UsageError for a name that no pod or CronJob has.
    """
    _check_names(definition, chosen)
    pods = [pod for pod in definition.pods if not chosen or pod.name in chosen]
    jobs = [job for job in definition.cron_jobs if (not chosen or job.name in chosen) and not job.suspend]
    templates = [*pods, *(job.template for job in jobs)]
    return Desired(
        project=definition.name,
        places=places,
        images=_needed_images(definition, templates),
        infra=definition.infra,
        volumes=_volumes(definition, templates),
        workloads=tuple(
            [_pod_workload(definition, places, pod) for pod in pods]
            + [Workload(job.name, None, (render_job(definition, places, job),)) for job in jobs]
        ),
        config_folders=_config_folders(definition, places, templates),
        secret_folders=_secret_folders(places, templates),
        whole=not chosen,
    )


def _enforceable(request: JSON, controllers: Collection[str]) -> JSON:
    limits = request.get("resource_limits", {})
    kept = {limit: value for limit, value in limits.items() if limit in controllers}
    rest = {field: value for field, value in request.items() if field != "resource_limits"}
    return {**rest, "resource_limits": kept} if kept else rest


def _check_names(definition: Definition, chosen: Collection[str]) -> None:
    known = [pod.name for pod in definition.pods] + [job.name for job in definition.cron_jobs]
    for name in chosen:
        if name not in known:
            raise UsageError(f"no pod or CronJob is called {name}", hint=f"there are {', '.join(known)}")


def _pod_workload(definition: Definition, places: Places, pod: Pod) -> Workload:
    containers = [render_container(definition, places, pod, container) for container in pod.containers]
    addresses = {request["name"]: _addresses(container) for request, container in zip(containers, pod.containers)}
    return Workload(pod.name, render_pod(definition, pod), tuple(containers), addresses)


def _addresses(container: Container) -> tuple[str, ...]:
    tcp = [port for port in container.ports if port.protocol == "tcp"]
    hosts = [(f"[{port.host_ip}]" if ":" in port.host_ip else port.host_ip or "127.0.0.1") for port in tcp]
    return tuple(f"http://{host}:{port.host_port}/" for host, port in zip(hosts, tcp))


def _needed_images(definition: Definition, pods: Iterable[Pod]) -> tuple[Image, ...]:
    names = {image_reference(image): image.name for image in definition.images}
    wanted = [container.image for pod in pods for container in pod.containers]
    infra = [definition.infra] if definition.infra else []
    return with_bases(definition, [names[reference] for reference in [*infra, *wanted]])


def with_bases(definition: Definition, names: Iterable[str]) -> tuple[Image, ...]:
    """The named images and those they stand on, bases first. Errors: UsageError for a name nobody defines."""
    by_name = {image.name: image for image in definition.images}
    needed: dict[str, Image] = {}

    def need(name: str) -> None:
        image = by_name.get(name)
        if image is None:
            raise UsageError(f"no image is called {name}", hint=f"there are {', '.join(by_name)}")
        for base in image.bases if isinstance(image, BuiltImage) else ():
            need(base)
        needed[name] = image

    for name in names:
        need(name)
    return tuple(needed.values())


def _used(pods: Iterable[Pod], kind: type[V]) -> list[V]:
    return [volume for pod in pods for volume in pod.volumes if isinstance(volume, kind)]


def _volumes(definition: Definition, pods: Iterable[Pod]) -> tuple[JSON, ...]:
    folders = {claim.name for claim in definition.claims if claim.folder}
    claims = dict.fromkeys(volume.claim for volume in _used(pods, ClaimVolume))
    return tuple(render_volume(definition, claim) for claim in claims if claim not in folders)


def _config_folders(definition: Definition, places: Places, pods: Iterable[Pod]) -> tuple[ConfigFolder, ...]:
    used = {volume.config_map for volume in _used(pods, ConfigMapVolume)}
    maps = [each for each in definition.config_maps if each.name in used]
    return tuple(ConfigFolder(places.config_map(each), each.data) for each in maps)


def _secret_folders(places: Places, pods: Iterable[Pod]) -> tuple[SecretFolder, ...]:
    return tuple(
        SecretFolder(each.secret, places.secret(each.secret), tuple(key for key, _ in each.items), each.optional)
        for each in _used(pods, SecretVolume)
    )
