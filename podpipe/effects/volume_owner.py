"""What only the containers' root may do: only inside the user namespace are its files, and its users', in reach.

A new volume is the containers' root's on Podman before 3.3. Later versions give it to the user of the first container
that mounts it, or to whom its options say.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

TIMEOUT = 60.0  # seconds; it is one short Podman command


def hand_over(folder: Path, user: str) -> None:
    """Give a volume's folder to a container's user ("1000" or "1000:1000") while nothing has been written to it.

    Errors: CommandFailed.
    """
    uid, _, gid = user.partition(":")
    if not uid.isdecimal() or not _is_new(folder):
        return
    _unshare(f"giving volume {folder.parent.name} to user {user}", "chown", f"{uid}:{gid or uid}", str(folder))


def make_readable(*folders: Path) -> None:
    """Let us see what is in containers' folders. Errors: CommandFailed."""
    _unshare(f"making {folders[-1]} readable", "chmod", "u+rwx,go+rx", "--", *map(str, folders))


def read_inside(file: Path, largest: int) -> str:
    """The first `largest` bytes of a container's file, unless it is a link. Errors: CommandFailed."""
    flags = "iflag=nofollow,nonblock,count_bytes"
    command = ("dd", f"if={file}", flags, f"count={largest}", "status=none")
    return _unshare(f"reading {file}", *command)


def remove_inside(paths: Sequence[Path]) -> None:
    """Remove files of containers, folders with all that is in them; a link is removed, not followed.

    Errors: CommandFailed.
    """
    _unshare(f"removing {paths[0]}", "rm", "-rf", "--", *map(str, paths))


def _unshare(doing: str, *command: str) -> str:
    from podpipe.effects.process import read
    from podpipe.effects.session import session_environment

    return read(["podman", "unshare", *command], doing=doing, timeout=TIMEOUT, env=session_environment())


def _is_new(folder: Path) -> bool:
    """The containers' root is, on the host, the user who runs them."""
    return folder.stat().st_uid == os.getuid() and not any(folder.iterdir())
