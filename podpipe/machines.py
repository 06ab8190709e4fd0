"""A project's images on other machines: sent there over ssh, or by way of a registry."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING

from podpipe.definition.specs import Image, RegistryImage, image_reference, local_reference
from podpipe.errors import UsageError

if TYPE_CHECKING:
    from podpipe.effects.ship import Shipment
    from podpipe.project import Project


def ship(project: Project, names: Collection[str], host: str, *, tag: str = "latest") -> Iterator[Shipment]:
    """Send images to another machine's Podman over ssh, one after the other, in the order named.

    `host` is USER@NAME[:PORT] or ssh's own name for it. An image built for that machine's platform is taken where it is
    not of ours. Errors: UsageError; NotFound where it is not built; CommandFailed, after which the same again goes on.
    """
    from podpipe.effects.ship import ship_image
    from podpipe.effects.ssh import parse_host

    there = parse_host(host)
    for image in [_image(project, name) for name in names]:
        if isinstance(image, RegistryImage):
            raise UsageError(f"{image.name} is pulled from its registry", hint="only what is built here is sent")
        yield ship_image(project.engine, image.name, there, tag, report=project.report)


def push(project: Project, name: str, reference: str, *, platform: str = "") -> str:
    """Push an image to a registry, with the credentials of the usual file. Gives its digest there.

    Errors: UsageError for a reference without a registry; NotFound where the image is not built; CommandFailed.
    """
    from podpipe.definition.platform import parse_platform
    from podpipe.effects.platforms import foreign
    from podpipe.effects.registry import check_target, push_image

    image, target = _image(project, name), check_target(reference)
    other = foreign(parse_platform(platform)) if platform else None
    source = local_reference(image.name, other.tag) if other else image_reference(image)
    project.engine.inspect_image(source)
    project.report(f"pushing {source} to {target}")
    return push_image(source, target, project.log)


def _image(project: Project, name: str) -> Image:
    if project.machine:
        hint = "leave the host out: podpipe ship and podpipe push are about what is here"
        raise UsageError(f"the images of {project.machine.host} are not sent from here", hint=hint)
    images = {image.name: image for image in project.definition.images}
    if name not in images:
        raise UsageError(f"no image is called {name}", hint=f"there are {', '.join(images) or 'none'}")
    return images[name]
