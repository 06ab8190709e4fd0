"""What every service begins with: the Quadlet file's own lines, and whom it waits for."""

from __future__ import annotations

from podpipe.quadlet.errors import QuadletError
from podpipe.quadlet.names import ORDER, extension
from podpipe.quadlet.unitfile import UnitFile

TYPE_CHECKING = False  # as typing's, whose import would cost more than this module
if TYPE_CHECKING:
    from collections.abc import Mapping

    from podpipe.quadlet.conversion import UnitInfo

# Keys of [Unit] that name other units: systemd.unit(5).
UNIT_KEYS = (
    *("After", "Before", "BindsTo", "Conflicts", "OnFailure", "OnSuccess", "PartOf", "PropagatesReloadTo"),
    *("PropagatesStopTo", "ReloadPropagatedFrom", "Requires", "Requisite", "StopPropagatedFrom", "Upholds", "Wants"),
)


def begin_service(unit: UnitFile, group: str, known: Mapping[str, UnitInfo], user: bool) -> UnitFile:
    """A copy of the unit as its service: what systemd does not know of it is kept as [X-...].

    Errors: QuadletError for a dependency on a Quadlet file that is not there.
    """
    service = unit.dup()
    service.filename = known[unit.filename].service_file
    for key in UNIT_KEYS:
        _translate(service, key, known)
    if service.lookup_boolean_with_default("Quadlet", "DefaultDependencies", True):
        _wait_for_network(service, user)
    if unit.path:
        service.add("Unit", "SourcePath", unit.path)
    service.add("Unit", "RequiresMountsFor", "%t/containers")  # podman's state
    for each in (group, "Quadlet"):
        service.rename_group(each, f"X-{each}")
    return service


def _translate(service: UnitFile, key: str, known: Mapping[str, UnitInfo]) -> None:
    """Let a key name services where it names Quadlet files."""
    given = service.lookup_all_strv("Unit", key)
    names = [_service_of(name, known) for name in given]
    if names != given:
        service.unset("Unit", key)
        service.add("Unit", key, " ".join(names))


def _service_of(name: str, known: Mapping[str, UnitInfo]) -> str:
    if extension(name) not in ORDER:
        return name
    if name not in known:
        raise QuadletError(f"unable to translate dependency for {name}")
    return known[name].service_file


def _wait_for_network(service: UnitFile, user: bool) -> None:
    """A pull needs the network, and so does pasta. A user's systemd cannot see the system's target."""
    target = "podman-user-wait-network-online.service" if user else "network-online.target"
    for key in ("After", "Wants"):
        service.prepend_line("Unit", key, target)
