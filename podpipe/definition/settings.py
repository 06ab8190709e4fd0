"""The ConfigMaps that podpipe writes itself: what builder and sync are told."""

from __future__ import annotations

import json
import posixpath
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from podpipe.definition.specs import (
    ClaimVolume,
    ConfigMap,
    ConfigMapVolume,
    DataSource,
    FolderContent,
    GitContent,
    Pod,
    Problem,
)

CONTENT_SETTINGS = "podpipe-content"
DATA_SETTINGS = "podpipe-data"
# They depend on where the pods mount what, so no pod can have them as variables.
GENERATED = {CONTENT_SETTINGS: "content.json", DATA_SETTINGS: "sources.json"}


def render_content_settings(content: GitContent | FolderContent | None) -> ConfigMap:
    """`podpipe-content`: {"git": URL, "branch": NAME}, or {} where a folder stands for the claim."""
    value = {"git": content.url, "branch": content.branch} if isinstance(content, GitContent) else {}
    return ConfigMap(CONTENT_SETTINGS, ((GENERATED[CONTENT_SETTINGS], json.dumps(value)),))


class Reader(NamedTuple):
    """A container that mounts `podpipe-data`; `folders` are the project's that it sees, and where."""

    name: str
    folders: dict[Path, str]

    def location(self, source: DataSource) -> str:
        """A source's URL, or its path inside this container; "" where it cannot be seen."""
        if "://" in source.location:
            return source.location
        path = Path(source.location)
        for folder, mount_path in self.folders.items():
            if path.is_relative_to(folder):
                return posixpath.join(mount_path, path.relative_to(folder).as_posix())
        return ""


def find_readers(pods: Iterable[Pod], folders: Mapping[str, Path]) -> list[Reader]:
    """The containers that are told of the data sources; `folders` are those that stand for claims."""
    return [reader for pod in pods for reader in _readers_of(pod, folders)]


def render_data_settings(data: Iterable[DataSource], readers: Sequence[Reader]) -> ConfigMap:
    """`podpipe-data`: the sources, each file by its path inside the containers that read it."""
    value = [
        {
            "name": source.name,
            "format": source.format,
            "location": readers[0].location(source) if readers else source.location,
            "table": source.table,
            "key": source.key,
            "title": source.title,
            **dict(source.options),
        }
        for source in data
    ]
    return ConfigMap(DATA_SETTINGS, ((GENERATED[DATA_SETTINGS], json.dumps(value)),))


def validate_data(data: Iterable[DataSource], readers: Sequence[Reader]) -> Iterator[Problem]:
    """Sources that nothing loads, files that their loader does not see or that two see at different places."""
    for source in (each for each in data if each.location):
        if not readers:
            hint = f"let a CronJob mount the ConfigMap `{DATA_SETTINGS}`"
            yield Problem(source.place, "nothing loads this source", hint)
        for reader in readers:
            if not reader.location(source):
                hint = "put it into a folder that `volumes` names, and let the container mount that claim"
                yield Problem(source.place, f"the container {reader.name} does not see this file", hint)
        if len({reader.location(source) for reader in readers} - {""}) > 1:
            hint = "mount the claim at the same path in each"
            yield Problem(source.place, "the containers that load this file see it at different paths", hint)


def _readers_of(pod: Pod, folders: Mapping[str, Path]) -> Iterator[Reader]:
    volumes = {volume.name: volume for volume in pod.volumes}
    for container in pod.containers:
        mounted = [(volumes.get(mount.volume), mount.mount_path) for mount in container.mounts]
        if any(isinstance(volume, ConfigMapVolume) and volume.config_map == DATA_SETTINGS for volume, _ in mounted):
            seen = {
                folders[volume.claim]: path
                for volume, path in mounted
                if isinstance(volume, ClaimVolume) and volume.claim in folders
            }
            yield Reader(f"{pod.name}/{container.name}", seen)
