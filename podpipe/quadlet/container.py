"""[Container]: a service around `podman run`."""

from __future__ import annotations

from podpipe.quadlet.command import podman
from podpipe.quadlet.conversion import Conversion
from podpipe.quadlet.errors import QuadletError
from podpipe.quadlet.image import resolve_image
from podpipe.quadlet.kind import Kind
from podpipe.quadlet.runoptions import RUN_OPTIONS
from podpipe.quadlet.service import choose_kill_mode, choose_type, name_log, name_unit
from podpipe.quadlet.unitfile import UnitFile


def convert(unit: Conversion) -> None:
    """Write the service that runs the container, in the foreground of systemd as conmon tells it."""
    image = _image(unit)
    name = _container_name(unit.file)
    name_unit(unit)
    choose_kill_mode(unit)
    remove = podman(unit, "rm", "-v", "-f", "-i", name)
    unit.add_command("ExecStop", remove)
    unit.add_command("ExecStopPost", [f"-{remove[0]}", *remove[1:]])  # when conmon was killed there is no ExecStop
    _add_reload(unit, name)
    unit.add("Delegate", "yes")
    choose_type(unit)
    name_log(unit)
    run = podman(unit, "run", "--name", name, "--replace", "--rm", options=RUN_OPTIONS)
    unit.add_command("ExecStart", [*run, *image, *unit.last_arguments("Exec")])


def _image(unit: Conversion) -> list[str]:
    image, rootfs = unit.value("Image"), unit.value("Rootfs")
    if image and rootfs:
        raise QuadletError("the Image And Rootfs keys conflict can not be specified together")
    if image:
        return [resolve_image(unit, image)]
    if rootfs:
        return ["--rootfs", rootfs]
    raise QuadletError("no Image or Rootfs key specified")


def _container_name(unit: UnitFile) -> str:
    default = "systemd-%p_%i" if "@" in unit.filename else "systemd-%N"
    return unit.lookup("Container", "ContainerName") or default


def _add_reload(unit: Conversion, name: str) -> None:
    signal, command = unit.value("ReloadSignal"), unit.last_arguments("ReloadCmd")
    if signal and command:
        raise QuadletError("ReloadCmd and ReloadSignal are mutually exclusive but both are set")
    if command:
        unit.add_command("ExecReload", podman(unit, "exec", name, *command))
    elif signal:
        unit.add_command("ExecReload", podman(unit, "kill", "--signal", signal, name))


def _name_for_others(unit: UnitFile, service: str) -> str:
    """Without specifiers; empty where only systemd can tell what they are."""
    name = _container_name(unit).replace("%N", service)
    return "" if "%" in name else name


OTHER_KEYS = ("Image", "Rootfs", "ContainerName", "Exec", "ReloadCmd", "ReloadSignal", "StartWithPod")
KIND = Kind("Container", convert, RUN_OPTIONS, OTHER_KEYS, name=_name_for_others)
