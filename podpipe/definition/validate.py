"""Checks across files: names that two have, claims and folders that nobody uses."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from podpipe.definition.manifests import Manifests
from podpipe.definition.projectfile import ClaimFolder, ProjectFile
from podpipe.definition.settings import GENERATED
from podpipe.definition.specs import Place, Problem, RegistryImage

_Named = tuple[str, str, Place]  # name, what has it, where


def validate_names(manifests: Manifests) -> Iterator[Problem]:
    """Names that Podman would see twice: pods and containers share one space, volumes have another."""
    yield from _twins(_names_in_podman(manifests))
    yield from _twins((claim.name, "a PersistentVolumeClaim", claim.place) for claim in manifests.claims)
    places = dict(zip((each.name for each in manifests.config_maps), manifests.config_map_places))
    config_maps = list(zip(manifests.config_maps, manifests.config_map_places))
    yield from _twins((each.name, "a ConfigMap", place) for each, place in config_maps)
    for name in GENERATED:
        if name in places:
            yield Problem(places[name], f"podpipe writes the ConfigMap `{name}` itself", "choose another name")


def validate_units(project: ProjectFile, manifests: Manifests) -> Iterator[Problem]:
    """Pods' containers and CronJobs whose systemd unit, which has their name, would be that of something else too."""
    taken = dict(_other_units(project, manifests))
    for name, what, place in _names_in_podman(manifests):
        if what != "a pod" and name in taken:
            message = f"{what} has the unit `{name}.service`, and so has {taken[name]}"
            yield Problem(place, message, "rename one of the two")


def _other_units(project: ProjectFile, manifests: Manifests) -> Iterator[tuple[str, str]]:
    """The names of the services that Quadlet or podpipe makes of other things, and of what."""
    yield f"{project.name}-network", "the project, for its wait for a network"
    yield f"{project.name}-queue", "the project, for deliveries that wait"
    yield from ((f"{pod.name}-pod", f"the pod {pod.name}") for pod in manifests.pods)
    yield from ((f"{claim.name}-volume", f"the claim {claim.name}") for claim in manifests.claims)
    yield from ((f"{job.name}-schedule", f"the schedule of the CronJob {job.name}") for job in manifests.cron_jobs)
    registry = [image.name for image in project.images if isinstance(image, RegistryImage)]
    yield from ((f"{name}-image", f"the image {name}") for name in registry)


def validate_folders(folders: Mapping[str, ClaimFolder], manifests: Manifests) -> Iterator[Problem]:
    """Folders of podpipe.yaml that stand for a claim which no manifest defines."""
    claims = {claim.name for claim in manifests.claims}
    for name, folder in folders.items():
        if name not in claims:
            message = f"no PersistentVolumeClaim `{name}` is defined, so nothing sees this folder"
            hint = f"add a manifest of kind PersistentVolumeClaim with the name {name}, and mount it"
            yield Problem(folder.place, message, hint)


def _names_in_podman(manifests: Manifests) -> Iterator[_Named]:
    seen: set[str] = set()
    for pod in manifests.pods:
        yield pod.name, "a pod", pod.place
        for container in pod.containers if pod.name not in seen else ():
            if pod.name and container.name:
                what = f"the container {container.name} of pod {pod.name}"
                yield f"{pod.name}-{container.name}", what, container.place
        seen.add(pod.name)
    for job in manifests.cron_jobs:
        yield job.name, "a CronJob", job.place


def _twins(named: Iterable[_Named]) -> Iterator[Problem]:
    seen: dict[str, _Named] = {}
    for name, what, place in named:
        if name in seen:
            _, other, first = seen[name]
            message = f"{what} has the name `{name}`, and so has {other} ({first.file}:{first.line})"
            yield Problem(place, message, "rename one of the two")
        elif name:
            seen[name] = (name, what, place)
