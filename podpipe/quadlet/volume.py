"""[Volume]: a service that makes a volume."""

from __future__ import annotations

from podpipe.quadlet.command import fill, last, option, pairs, podman, present
from podpipe.quadlet.conversion import Conversion
from podpipe.quadlet.errors import QuadletError
from podpipe.quadlet.image import resolve_image
from podpipe.quadlet.keys import PODMAN_ARGS
from podpipe.quadlet.kind import Kind
from podpipe.quadlet.service import run_once

DEVICE = last(Device="--opt device={}", Type="--opt type={}")


@option(
    Image="--opt image=",
    User="--opt o=uid=",
    Group="--opt o=",
    Device="--opt device=",
    Type="--opt type=",
    Options="--opt o=",
    Copy="--opt ",
)
def _driver_options(unit: Conversion) -> list[str]:
    if unit.value("Driver") != "image":
        return [*_copy(unit), *_device(unit), *_mount_options(unit)]
    image = unit.value("Image")
    if image is None:
        raise QuadletError("the key Image is mandatory when using the image driver")
    return ["--opt", f"image={resolve_image(unit, image)}"]


def _copy(unit: Conversion) -> list[str]:
    if unit.value("Copy") is None:
        return []
    return ["--opt", "copy" if unit.boolean("Copy") else "nocopy"]


def _device(unit: Conversion) -> list[str]:
    device = unit.value("Device")
    for key in ("Type", "Options"):
        if unit.value(key) and not device:
            raise QuadletError(f"key {key} can't be used without Device")
    if device and unit.value("Type") == "bind":
        unit.service.add_escaped("Unit", "RequiresMountsFor", device)
    return fill(unit, DEVICE)


def _mount_options(unit: Conversion) -> list[str]:
    """What mount(8) calls options, in one."""
    owners = [
        f"{name}={unit.number(key)}" for key, name in (("User", "uid"), ("Group", "gid")) if unit.value(key) is not None
    ]
    options = ",".join(filter(None, [*owners, unit.value("Options")]))
    return ["--opt", f"o={options}"] if options else []


OPTIONS = (*present(Driver="--driver {}"), _driver_options, *pairs(Label="--label {}"), *PODMAN_ARGS)


def convert(unit: Conversion) -> None:
    """Write the service that makes the volume, unless it is there already."""
    name = unit.name("VolumeName")
    unit.add_command("ExecStart", [*podman(unit, "volume", "create", "--ignore", options=OPTIONS), name])
    run_once(unit)
    unit.info.resource_name = name


KIND = Kind("Volume", convert, OPTIONS, ("VolumeName",), "-volume")
