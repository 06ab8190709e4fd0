"""When podpipe's own API service has to be started anew.

Podman 3.0.1 never asks how the slirp4netns of a pod that it stopped has ended: each remains as a process without life,
and how many of them a user may have is limited.
"""

from __future__ import annotations

import contextlib
import socket
import struct
from pathlib import Path

CROWD = 100  # processes
CREDENTIALS = "3i"  # process, user and group, as unix(7) has them


def is_worn_out(path: Path) -> bool:
    """Whether the service behind the socket `path` has a crowd of children that ended."""
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as probe:  # OSError: it went away meanwhile
        probe.connect(str(path))
        size = struct.calcsize(CREDENTIALS)
        process = struct.unpack(CREDENTIALS, probe.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, size))[0]
        children = [each.read_text().split() for each in Path(f"/proc/{process}/task").glob("*/children")]
        return sum(_has_ended(child) for of_thread in children for child in of_thread) >= CROWD
    return False


def _has_ended(process: str) -> bool:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    return False
