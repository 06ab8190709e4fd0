"""What a site's builder has against its content: it stands in a file of the volume that holds the site."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from podpipe.definition.specs import BuiltImage, ClaimVolume, Container, Definition, Pod, image_reference
from podpipe.effects.volume_owner import read_inside
from podpipe.errors import CommandFailed

if TYPE_CHECKING:
    from podpipe.effects.engine import Engine
    from podpipe.plan.status import ContainerStatus

SITE = "/srv/site"  # where a builder mounts it
REPORT = "report.json"
LARGEST = 1024 * 1024  # bytes


def with_mistakes(
    rows: Iterable[ContainerStatus], definition: Definition, engine: Engine
) -> tuple[ContainerStatus, ...]:
    """The rows, those of builders with the mistakes that keep something from being published."""
    claims = dict(_builders(definition))
    if not claims:
        return tuple(rows)
    folders = {volume["Name"]: Path(volume["Mountpoint"]) for volume in engine.volumes()}
    folders.update((claim.name, claim.folder) for claim in definition.claims if claim.folder)
    found = {name: read_mistakes(folders[claim]) for name, claim in claims.items() if claim in folders}
    return tuple(replace(row, mistakes=found.get(row.name, ())) for row in rows)


def read_mistakes(folder: Path) -> tuple[str, ...]:
    """What the report in a site's folder says, a line for each; nothing where it cannot be read."""
    with contextlib.suppress(OSError, ValueError, TypeError, KeyError, RecursionError, CommandFailed):
        return tuple(str(line) for line in json.loads(_read(folder / REPORT))["mistakes"])
    return ()


def _read(file: Path) -> str | bytes:
    """A volume that Podman itself gave to the builder's user, as from 4.0 on, is closed to ours."""
    try:
        descriptor = os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except PermissionError:
        return read_inside(file, LARGEST)
    with os.fdopen(descriptor, "rb") as opened:
        return opened.read(LARGEST)


def _builders(definition: Definition) -> Iterator[tuple[str, str]]:
    """The containers that build a site, each with the claim that it goes to."""
    built = [image for image in definition.images if isinstance(image, BuiltImage)]
    images = {image_reference(image) for image in built if image.runtime == "web"}
    for pod in definition.pods:
        for container in pod.containers:
            claim = _claim_at(pod, container, SITE)
            if container.image in images and claim:
                yield f"{pod.name}-{container.name}", claim


def _claim_at(pod: Pod, container: Container, path: str) -> str:
    claims = {volume.name: volume.claim for volume in pod.volumes if isinstance(volume, ClaimVolume)}
    mounted = {mount.mount_path: mount.volume for mount in container.mounts}
    return claims.get(mounted.get(path, ""), "")
