"""[Build]: a service that builds an image."""

from __future__ import annotations

from podpipe.quadlet.command import booleans, last, pairs, podman, values
from podpipe.quadlet.conversion import Conversion, starts_with_specifier
from podpipe.quadlet.errors import QuadletError
from podpipe.quadlet.keys import DNS, PODMAN_ARGS, RETRY, SECRET
from podpipe.quadlet.kind import Kind
from podpipe.quadlet.mounts import VOLUME
from podpipe.quadlet.networks import NETWORK
from podpipe.quadlet.service import run_once
from podpipe.quadlet.unitfile import UnitFile
from podpipe.quadlet.workingdirectory import is_url, set_working_directory

OPTIONS = (
    *last(
        Pull="--pull={}",  # without the equals sign the value would be taken for the context
        Arch="--arch {}",
        AuthFile="--authfile {}",
        IgnoreFile="--ignorefile {}",
        Target="--target {}",
        Variant="--variant {}",
    ),
    *RETRY,
    *booleans(TLSVerify="--tls-verify", ForceRM="--force-rm"),
    *DNS,
    *values(GroupAdd="--group-add {}", ImageTag="--tag {}"),
    *pairs(BuildArg="--build-arg {}", Environment="--env {}", Label="--label {}", Annotation="--annotation {}"),
    *NETWORK,
    *SECRET,
    *VOLUME,
    *last(File="--file {}"),
    *PODMAN_ARGS,
)


def convert(unit: Conversion) -> None:
    """Write the service that builds the image."""
    if not unit.info.resource_name:
        raise QuadletError("no ImageTag key specified")
    command = podman(unit, "build", options=OPTIONS)
    unit.add_command("ExecStart", [*command, *_context(unit)])
    run_once(unit, remain=False)


def _context(unit: Conversion) -> list[str]:
    """The folder, archive or address that is built from; none where the Containerfile's path tells it."""
    context = set_working_directory(unit)
    folder = unit.service.lookup("Service", "WorkingDirectory")
    file = unit.value("File") or ""
    if not (context or folder or file):
        raise QuadletError("neither SetWorkingDirectory, nor File key specified")
    if context:
        return [context]
    if file.startswith("/") or starts_with_specifier(file) or is_url(file):
        return []
    if not folder:
        raise QuadletError("relative path in File key requires SetWorkingDirectory key to be set")
    return [folder]


def _first_tag(unit: UnitFile, service: str) -> str:
    return next(iter(unit.lookup_all("Build", "ImageTag")), "")


KIND = Kind("Build", convert, OPTIONS, ("SetWorkingDirectory",), "-build", _first_tag)
