"""Start a program that outlives us, where no systemd of the user's would."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

from podpipe.effects.session import session_environment

ANEW = 1 << 20  # bytes from which on its log is begun anew


def detach(argv: Sequence[str], log: Path) -> None:
    """Start `argv` in a session of its own, with none of our files open; what it prints goes to `log`.

    What a git that called us says about its repository is kept from it.
    """
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    anew = log.exists() and log.stat().st_size > ANEW
    with log.open("wb" if anew else "ab") as output:
        subprocess.Popen(
            argv,
            env={**environment, **session_environment()},
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
