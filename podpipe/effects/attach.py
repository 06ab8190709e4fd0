"""A command inside a container that runs, with the terminal, the pipes and the exit status of our own."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from podpipe.effects.process import attach
from podpipe.effects.ssh import SESSION, render_ssh

if TYPE_CHECKING:
    from podpipe.effects.remote import Machine

NOT_RUN = (125, 255)  # Podman's own exit statuses, the second that of 3.0.1; 126 and 127 are about the command


def exec_in(container: str, command: Sequence[str], machine: Machine | None = None) -> int:
    """Run it and return its exit status; on another `machine` by way of ssh. Errors: CommandFailed.

    Podman's command line does it: over the API a terminal would have to be carried through by hand.
    """
    at_terminal = sys.stdin.isatty() and sys.stdout.isatty()
    elsewhere = ["--remote"] if os.environ.get("CONTAINER_HOST") and not machine else []
    flags = ["--interactive", *(["--tty"] if at_terminal else [])]
    argv = ["podman", *elsewhere, "exec", *flags, container, *command]
    if machine:
        script = f"{SESSION}exec {shlex.join(argv)}"
        argv = [*render_ssh(machine.host, "-t" if at_terminal else "-T"), f"exec sh -c {shlex.quote(script)}"]
    return attach(argv, doing=f"running a command in {container}")
