"""Where podpipe keeps what is its own, by the XDG base directory specification."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from podpipe.effects.session import session_folder
from podpipe.errors import UsageError


def runtime_folder() -> Path:
    """For sockets and locks; gone after a reboot. A job without a login session lacks XDG_RUNTIME_DIR."""
    user = session_folder()
    folder = user / "podpipe" if user.is_dir() else state_home()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    status = folder.lstat()
    if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.getuid() or status.st_mode & 0o022:
        raise UsageError(
            f"{folder} is another user's, or others may write there",
            hint="look who made it; $XDG_RUNTIME_DIR should be your own folder in /run/user",
        )
    return folder


def state_home() -> Path:
    """For what survives a reboot: a folder for each project."""
    return _home("XDG_STATE_HOME", ".local/state")


def cache_home() -> Path:
    """For what can be made again."""
    return _home("XDG_CACHE_HOME", ".cache")


def secrets_home() -> Path:
    """The user's secret store: a folder for each secret, a file for each key."""
    return _home("XDG_CONFIG_HOME", ".config") / "secrets"


def _home(variable: str, default: str) -> Path:
    return Path(os.environ.get(variable) or Path.home() / default) / "podpipe"
