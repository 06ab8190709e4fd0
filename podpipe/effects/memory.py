"""How much memory the machine has left."""

from __future__ import annotations

import re
from pathlib import Path

MEMORY = Path("/proc/meminfo")


def available_memory() -> int:
    """Bytes that programs could still get, by the kernel's own estimate; -1 where it makes none (proc(5))."""
    try:
        found = re.search(r"^MemAvailable:\s+(\d+) kB$", MEMORY.read_text(), re.MULTILINE)
    except OSError:
        return -1
    return int(found[1]) * 1024 if found else -1
