"""Which run of a unit is the present one, told by systemd at no price."""

from __future__ import annotations

from collections.abc import Iterable

from podpipe.effects.session import session_folder


def invocations(units: Iterable[str]) -> dict[str, str]:
    """The present invocation of each unit that is active, read from where systemd keeps it: costs no process."""
    folder = session_folder() / "systemd/units"
    found = {}
    for unit in units:
        try:
            found[unit] = str((folder / f"invocation:{unit}").readlink())
        except OSError:
            continue
    return found
