"""The time, and whether somebody keeps it."""

from __future__ import annotations

import time
from pathlib import Path

from podpipe.effects.machine.here import Here, softly
from podpipe.plan.machine import Clock

KEEPERS = {
    "/usr/lib/systemd/systemd-timesyncd": "systemd-timesyncd",
    "/lib/systemd/systemd-timesyncd": "systemd-timesyncd",
    "/usr/sbin/chronyd": "chrony",
    "/usr/sbin/ntpd": "ntp",
}
# Written whenever something is installed: by apt, and podpipe itself.
WITNESSES = ("/var/lib/dpkg/status", "/etc/machine-id", str(Path(__file__)))
FLOOR = 1704067200.0  # 2024-01-01, before this was written
ZONES = "/usr/share/zoneinfo/"
UNSYNCHRONISED, TIMEX = 5, 512  # adjtimex(2): TIME_ERROR; more bytes than its structure has anywhere


def look_at_clock(at: Here) -> Clock:
    """Now, and what is known of it."""
    return Clock(
        now=time.time(),
        not_before=max(FLOOR, *(softly(lambda path=path: at.at(path).stat().st_mtime, 0.0) for path in WITNESSES)),  # type: ignore[misc]
        synchronised=softly(lambda: _synchronised(at), None),
        keeper=next((name for path, name in KEEPERS.items() if at.at(path).exists()), ""),
        zone=softly(lambda: _zone(at), ""),
    )


def _synchronised(at: Here) -> bool | None:
    """What the kernel was told by whoever keeps the time."""
    if at.at("/run/systemd/timesync/synchronized").exists():
        return True
    import ctypes

    state = ctypes.CDLL(None).adjtimex(ctypes.create_string_buffer(TIMEX))  # all zeros: it only asks
    return None if state < 0 else bool(state != UNSYNCHRONISED)


def _zone(at: Here) -> str:
    named = at.environment.get("TZ", "").lstrip(":") or at.read("/etc/timezone").strip()
    path = at.at("/etc/localtime")
    target = str(path.readlink()) if path.is_symlink() else ""
    if ZONES.strip("/") in target:
        return target.rpartition(ZONES.strip("/") + "/")[2] if path.exists() or at.root != Path("/") else ""
    return named
