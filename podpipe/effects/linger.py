"""Whether systemd runs a user's units while nobody is logged in (loginctl(1): enable-linger)."""
from __future__ import annotations

import os
import pwd
from pathlib import Path

from podpipe.report import Report

FOLDER = Path("/var/lib/systemd/linger")
ENABLE_LINGER = "sudo loginctl enable-linger {}"


def user_name() -> str:
    """The name of whoever runs this, whatever the environment says; a number where it has none."""
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return str(os.getuid())


def warn_of_logout(report: Report) -> None:
    """Say so where the pods would end with the last session, and not start at boot."""
    if FOLDER.parent.is_dir() and not (FOLDER / user_name()).exists():
        command = ENABLE_LINGER.format(user_name())
        report(f"the pods end when you log out, and no boot starts them; with linger they stay: {command}")
