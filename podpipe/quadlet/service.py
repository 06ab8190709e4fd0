"""Lines of [Service] that the services of several kinds have."""

from __future__ import annotations

from podpipe.quadlet.conversion import Conversion
from podpipe.quadlet.errors import QuadletError


def name_unit(unit: Conversion) -> None:
    """Tell podman in which service it runs: `podman auto-update` restarts that."""
    unit.add("Environment", "PODMAN_SYSTEMD_UNIT=%n")


def name_log(unit: Conversion) -> None:
    """Log by the name of the service: that of the program would be podman."""
    unit.add_default("SyslogIdentifier", "%N")


def choose_kill_mode(unit: Conversion) -> None:
    """Let conmon end by itself. Errors: QuadletError for a mode that would leave it running or kill it first."""
    unit.add_default("KillMode", "mixed")
    mode = unit.service.lookup("Service", "KillMode")
    if mode not in ("mixed", "control-group"):
        raise QuadletError(f"invalid KillMode '{mode}'")


def choose_type(unit: Conversion) -> None:
    """Make the service one that tells when it is ready, unless it runs once. Errors: QuadletError for another type."""
    given = unit.service.lookup("Service", "Type")
    if given not in (None, "notify", "oneshot"):
        raise QuadletError(f"invalid service Type '{given}'")
    if given != "oneshot":
        unit.service.set("Service", "Type", "notify")
        unit.service.set("Service", "NotifyAccess", "all")


def run_once(unit: Conversion, remain: bool = True) -> None:
    """Make the service one that runs to its end and, with `remain`, counts as active from then on."""
    name_log(unit)
    unit.add_default("Type", "oneshot")
    if remain:
        unit.add_default("RemainAfterExit", "yes")
