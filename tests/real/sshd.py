"""Another machine: this one by way of an sshd of the tests' own, with a Podman storage of its own."""

from __future__ import annotations

import getpass
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from podpipe.effects.ssh import Host
from tests.real.free_port import free_port

SSHD = """\
Port {port}
ListenAddress 127.0.0.1
HostKey {folder}/host_key
PidFile none
AuthorizedKeysFile {folder}/key.pub
StrictModes no
UsePAM no
SetEnv {environment}
"""
SSH = """\
Host pi
  HostName 127.0.0.1
  Port {port}
  User {user}
  IdentityFile {folder}/key
  IdentitiesOnly yes
  UserKnownHostsFile {folder}/known_hosts
"""
# Whatever this machine's user keeps, the other's keeps elsewhere.
HOMES = {"XDG_CONFIG_HOME": "config", "XDG_DATA_HOME": "data", "XDG_CACHE_HOME": "cache", "XDG_STATE_HOME": "state"}
HOMES["XDG_RUNTIME_DIR"] = "run"


@dataclass(frozen=True)
class OtherMachine:
    """`folder`/bin has an ssh that knows the machine as `host`; `sshd` is its daemon."""

    folder: Path
    host: Host
    sshd: subprocess.Popen[bytes]

    @property
    def ship(self) -> Path:
        """Where it keeps what was sent and not used yet."""
        return self.folder / "cache/podpipe/ship"

    def podman(self, *words: str) -> str:
        """What its Podman answers."""
        env = {**os.environ, **homes(self.folder)}
        return subprocess.run(["podman", *words], check=True, capture_output=True, text=True, env=env).stdout.strip()

    def wait_until_nobody_is_logged_in(self) -> None:
        """The end of a connection reaches a script there a moment later."""
        children = Path(f"/proc/{self.sshd.pid}/task/{self.sshd.pid}/children")
        deadline = time.monotonic() + 30
        while children.read_text().strip():
            assert time.monotonic() < deadline
            time.sleep(0.05)


def homes(folder: Path) -> dict[str, str]:
    """The other machine's environment."""
    return {variable: str(folder / name) for variable, name in HOMES.items()}


@contextmanager
def other_machine(folder: Path) -> Iterator[OtherMachine]:
    """Such a machine while the block lasts."""
    port, user = free_port(), getpass.getuser()
    for name in ("host_key", "key"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder / name], check=True)
    for home in homes(folder).values():
        Path(home).mkdir(mode=0o700)
    environment = " ".join(f"{variable}={home}" for variable, home in homes(folder).items())
    for name, text in (("sshd_config", SSHD), ("ssh_config", SSH)):
        (folder / name).write_text(text.format(folder=folder, port=port, user=user, environment=environment))
    (folder / "config/containers").mkdir()
    (folder / "config/containers/storage.conf").write_text('[storage]\ndriver = "overlay"\n')
    host_key = (folder / "host_key.pub").read_text()
    (folder / "known_hosts").write_text(f"[127.0.0.1]:{port} {host_key}")
    wrapper = folder / "bin/ssh"
    wrapper.parent.mkdir()
    wrapper.write_text(f'#!/bin/sh\nexec {shutil.which("ssh")} -F {folder}/ssh_config "$@"\n')
    wrapper.chmod(0o755)
    # A file: a pipe that nobody reads would be full one day, and then sshd stands still. It may hold no more than 8 KiB
    # where its user has many pipes (pipe-user-pages-soft in proc(5)).
    with subprocess.Popen(["/usr/sbin/sshd", "-D", "-E", folder / "sshd.log", "-f", folder / "sshd_config"]) as sshd:
        machine = OtherMachine(folder, Host("pi"), sshd)
        try:
            _wait_for(port, sshd, folder / "sshd.log")
            yield machine
        finally:
            sshd.terminate()
            for file in folder.glob("run/libpod/**/pause.pid"):  # what holds the user namespace of a login there
                os.kill(int(file.read_text()), signal.SIGKILL)
            subprocess.run(["podman", "unshare", "rm", "-rf", folder / "data", folder / "run"], check=True)


def _wait_for(port: int, sshd: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 30
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            assert sshd.poll() is None, log.read_text()
            assert time.monotonic() < deadline
            time.sleep(0.05)
