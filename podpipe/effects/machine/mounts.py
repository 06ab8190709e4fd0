"""On which mount a path lies, by /proc/self/mountinfo (proc(5))."""

from __future__ import annotations

import re
from dataclasses import dataclass

from podpipe.effects.machine.here import Here

ESCAPE = re.compile(r"\\(\d{3})")  # how a blank in a path is written


@dataclass(frozen=True)
class Mount:
    """Where, of which kind, from which device: "179:2 /dev/mmcblk0p2"."""

    point: str = "/"
    kind: str = ""
    device: str = ""


def find_mount(at: Here, path: str) -> Mount:
    """The mount that a path lies on; of two in one place the later hides the earlier."""
    found = Mount()
    for line in at.read("/proc/self/mountinfo").splitlines():
        before, _, after = line.partition(" - ")
        fields, words = before.split(), after.split()
        if len(fields) < 5 or len(words) < 2:
            continue
        point = ESCAPE.sub(lambda octal: chr(int(octal[1], 8)), fields[4])
        if f"{path}/".startswith(f"{point.rstrip('/')}/") and len(point) >= len(found.point):
            found = Mount(point, words[0], f"{fields[2]} {words[1]}")
    return found
