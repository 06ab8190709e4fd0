"""[Image]: a service that pulls an image; and how other units name one."""

from __future__ import annotations

from podpipe.quadlet.command import booleans, last, podman
from podpipe.quadlet.conversion import Conversion
from podpipe.quadlet.errors import QuadletError
from podpipe.quadlet.keys import PODMAN_ARGS, REGISTRY, RETRY
from podpipe.quadlet.kind import Kind
from podpipe.quadlet.service import run_once

OPTIONS = (
    *last(Arch="--arch {}"),
    *REGISTRY,
    *last(OS="--os {}", Policy="--policy {}", Variant="--variant {}"),
    *RETRY,
    *booleans(AllTags="--all-tags", TLSVerify="--tls-verify"),
    *PODMAN_ARGS,
)


def convert(unit: Conversion) -> None:
    """Write the service that pulls the image."""
    image = unit.value("Image")
    if not image:
        raise QuadletError("no Image key specified")
    unit.add_command("ExecStart", [*podman(unit, "image", "pull", options=OPTIONS), image])
    run_once(unit)
    unit.info.resource_name = unit.value("ImageTag") or image


KIND = Kind("Image", convert, OPTIONS, ("Image", "ImageTag"), "-image")


def resolve_image(unit: Conversion, image: str) -> str:
    """The name of an image; a unit that makes it is needed. Errors: QuadletError if there is no such unit."""
    if not image.endswith((".build", ".image")):
        return image
    return unit.need(image, f"requested Quadlet image {image} was not found").resource_name
