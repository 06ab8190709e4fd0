"""A socket here that leads to one on another machine, for as long as this process lives."""

from __future__ import annotations

import contextlib
import os
import subprocess
import tempfile
import time
from pathlib import Path

from podpipe.effects.folders import runtime_folder
from podpipe.effects.ssh import Host, explained, render_ssh
from podpipe.errors import CommandFailed

OPENING = 60.0  # seconds; a loaded Pi needs some for the login
FORWARDING = ("-o", "ExitOnForwardFailure=yes", "-o", "StreamLocalBindUnlink=yes")


class Tunnel:
    """An ssh that listens at `socket`; it ends with this process at the latest, of which it hears by its stdin."""

    def __init__(self, process: subprocess.Popen[bytes], socket: Path) -> None:
        self.socket = socket
        self._process = process

    def close(self) -> None:
        """End it; fine where it has ended."""
        self._process.terminate()
        self._process.communicate()
        self.socket.unlink(missing_ok=True)


def open_tunnel(host: Host, remote: Path) -> Tunnel:
    """Lead to the socket `remote` of a machine. Errors: CommandFailed."""
    _remove_stale()
    local = runtime_folder() / f"ssh-{os.getpid()}-{time.monotonic_ns():x}.sock"
    # A file, because a pipe that nobody reads would be full one day, and then ssh stands still.
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(
            [*render_ssh(host, "-T", *FORWARDING, "-L", f"{local}:{remote}"), "exec cat >/dev/null"],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=said,
            start_new_session=True,  # Ctrl-C is for us: what we stop there needs the line
        )
        deadline = time.monotonic() + OPENING
        while not local.exists():
            if process.poll() is not None or time.monotonic() >= deadline:
                process.kill()
                process.communicate()
                said.seek(0)
                lines = said.read().decode(errors="replace").splitlines()
                raise explained(host, CommandFailed(f"ssh does not lead to {remote} on {host}", lines=lines[-5:]))
            time.sleep(0.02)
    return Tunnel(process, local)


def _remove_stale() -> None:
    """What a killed podpipe left."""
    for path in runtime_folder().glob("ssh-*.sock"):
        with contextlib.suppress(ValueError):
            if not Path("/proc", str(int(path.name.split("-")[1]))).exists():
                path.unlink(missing_ok=True)
