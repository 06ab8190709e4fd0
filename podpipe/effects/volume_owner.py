"""Who owns a new volume on Podman before 3.3, which leaves it to the containers' root.

Later versions give it to the user of the first container that mounts it, or to whom its options say.
"""

from __future__ import annotations

import os
from pathlib import Path

TIMEOUT = 60.0  # seconds; it is one short Podman command


def hand_over(folder: Path, user: str) -> None:
    """Give a volume's folder to a container's user ("1000" or "1000:1000") while nothing has been written to it.

    Errors: CommandFailed.
    """
    uid, _, gid = user.partition(":")
    if not uid.isdecimal() or not _is_new(folder):
        return
    from podpipe.effects.process import read
    from podpipe.effects.session import session_environment

    # Only inside the user namespace can a file be given to another of its users.
    command = ["podman", "unshare", "chown", f"{uid}:{gid or uid}", str(folder)]
    doing = f"giving volume {folder.parent.name} to user {user}"
    read(command, doing=doing, timeout=TIMEOUT, env=session_environment())


def _is_new(folder: Path) -> bool:
    """The containers' root is, on the host, the user who runs them."""
    return folder.stat().st_uid == os.getuid() and not any(folder.iterdir())
