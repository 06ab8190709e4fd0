"""Network=: by name, by the unit that makes it, or by the container whose network is joined."""

from __future__ import annotations

from podpipe.quadlet.command import rows
from podpipe.quadlet.conversion import Conversion
from podpipe.quadlet.errors import QuadletError

TYPE_CHECKING = False  # as typing's, whose import would cost more than this module
if TYPE_CHECKING:
    from collections.abc import Iterator


def _networks(unit: Conversion, key: str) -> Iterator[str]:
    for network in unit.values(key):
        name, colon, options = network.partition(":")
        if name.endswith((".network", ".container")):
            yield _of_unit(unit, name, colon + options)
        else:
            yield network


def _of_unit(unit: Conversion, name: str, options: str) -> str:
    info = unit.need(name, f"requested Quadlet unit {name} was not found")
    if not info.resource_name:  # a template's, say
        raise QuadletError(f"cannot get the resource name of {name}")
    if name.endswith(".network"):
        return info.resource_name + options
    if options:
        raise QuadletError("extra options are not supported when joining another container's network")
    return f"container:{info.resource_name}"


NETWORK = rows(_networks, Network="--network {}")
