"""[Artifact]: a service that pulls an OCI artifact."""

from __future__ import annotations

from podpipe.quadlet.command import booleans, podman
from podpipe.quadlet.conversion import Conversion
from podpipe.quadlet.errors import QuadletError
from podpipe.quadlet.keys import PODMAN_ARGS, REGISTRY, RETRY
from podpipe.quadlet.kind import Kind
from podpipe.quadlet.service import run_once

OPTIONS = (*REGISTRY, *RETRY, *booleans(Quiet="--quiet", TLSVerify="--tls-verify"), *PODMAN_ARGS)


def convert(unit: Conversion) -> None:
    """Write the service that pulls the artifact."""
    artifact = unit.value("Artifact")
    if not artifact:
        raise QuadletError("no Artifact key specified")
    unit.add_command("ExecStart", [*podman(unit, "artifact", "pull", options=OPTIONS), artifact])
    run_once(unit)
    unit.info.resource_name = artifact


KIND = Kind("Artifact", convert, OPTIONS, ("Artifact",), "-artifact")
