"""The environment that Podman and systemctl need, also in a job without a login session."""

from __future__ import annotations

import os
from pathlib import Path


def session_folder() -> Path:
    """The user's XDG_RUNTIME_DIR, whether the environment names it or not."""
    return Path(os.environ.get("XDG_RUNTIME_DIR") or f"/run/user/{os.getuid()}")


def session_environment() -> dict[str, str]:
    """What this process's environment lacks of PATH, HOME, XDG_RUNTIME_DIR and DBUS_SESSION_BUS_ADDRESS.

    cron and `env -i` leave them out; without them rootless Podman looks for its state elsewhere, and
    `systemctl --user` finds nobody.
    """
    user = session_folder()
    needed = {"PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": str(Path.home())}
    if user.is_dir():
        needed["XDG_RUNTIME_DIR"] = str(user)
    if (user / "bus").exists():
        needed["DBUS_SESSION_BUS_ADDRESS"] = f"unix:path={user}/bus"
    return {name: value for name, value in needed.items() if not os.environ.get(name)}
