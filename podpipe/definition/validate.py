"""Checks across files: names that two have, claims and folders that nobody uses."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from podpipe.definition.manifests import Manifests
from podpipe.definition.projectfile import ClaimFolder
from podpipe.definition.settings import GENERATED
from podpipe.definition.specs import Place, Problem

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
