"""Where podpipe keeps what is its own, by the XDG base directory specification."""

from __future__ import annotations

import os
from pathlib import Path

from podpipe.render import Places


def runtime_folder() -> Path:
    """For sockets and locks; gone after a reboot. A job without a login session lacks XDG_RUNTIME_DIR."""
    user = Path(os.environ.get("XDG_RUNTIME_DIR") or f"/run/user/{os.getuid()}")
    folder = (user if user.is_dir() else _home("XDG_STATE_HOME", ".local/state")) / "podpipe"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def places(project: str) -> Places:
    """The folders of one project's state, and of the user's secrets."""
    return Places(
        state=_home("XDG_STATE_HOME", ".local/state") / "podpipe" / project,
        secrets=_home("XDG_CONFIG_HOME", ".config") / "podpipe" / "secrets",
    )


def _home(variable: str, default: str) -> Path:
    return Path(os.environ.get(variable) or Path.home() / default)
