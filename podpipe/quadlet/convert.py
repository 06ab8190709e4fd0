"""Quadlet files -> systemd services, as Podman 5.8 makes them."""

from __future__ import annotations

from podpipe.quadlet import artifact, build, container, image, kube, network, pod, volume
from podpipe.quadlet.conversion import Conversion
from podpipe.quadlet.conversion import UnitInfo as UnitInfo
from podpipe.quadlet.dependencies import begin_service

TYPE_CHECKING = False  # as typing's, whose import would cost more than this module
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from podpipe.quadlet.unitfile import UnitFile

KINDS = {
    f".{each.KIND.group.lower()}": each.KIND for each in (artifact, build, container, image, kube, network, pod, volume)
}


def prefill(units: Iterable[UnitFile]) -> dict[str, UnitInfo]:
    """What is known of units before any of them is converted, by file name."""
    known = {}
    for unit in units:
        kind = KINDS[unit.extension]
        service = kind.service_name(unit)
        known[unit.filename] = UnitInfo(service, kind.name(unit, service))
    return known


def convert(unit: UnitFile, known: Mapping[str, UnitInfo], user: bool) -> tuple[UnitFile, list[str]]:
    """The service of a unit, for a user's systemd or the system's, with warnings.

    `known` are all units that it may name. To be converted in the order of `podpipe.quadlet.names.ORDER`, because
    a unit learns here what its resource is called, and a pod which containers it starts. Errors: QuadletError.
    """
    kind = KINDS[unit.extension]
    kind.check_keys(unit)
    conversion = Conversion(unit, kind.group, begin_service(unit, kind.group, known, user), known)
    kind.convert(conversion)
    return conversion.service, conversion.warnings
