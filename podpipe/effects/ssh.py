"""Another machine, reached by the ssh of this one: its keys, its ~/.ssh/config, and never a question."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable
from dataclasses import dataclass

from podpipe.effects.process import ALONE, feed, read
from podpipe.errors import CommandFailed, UsageError

TIMEOUT = 120.0  # seconds for a question; a loaded Pi needs some for the login alone, and may be silent for a minute
OPTIONS = (
    *("-o", "BatchMode=yes", "-o", "ConnectTimeout=20", "-o", "ServerAliveInterval=30", "-o", "ServerAliveCountMax=8"),
    *("-o", "Compression=yes", "-o", "ForwardAgent=no", "-o", "ForwardX11=no"),
)
_HOST = re.compile(
    r"(?:(?P<user>[a-zA-Z_][a-zA-Z0-9_.-]{0,31})@)?"
    r"(?:(?P<name>[a-zA-Z0-9][a-zA-Z0-9._-]{0,252})|\[(?P<address>[0-9a-fA-F:.]{2,45}(?:%[a-zA-Z0-9]{1,15})?)\])"
    r"(?::(?P<port>[0-9]{1,5}))?"
)
# A login without a session lacks what Podman finds its state by.
SESSION = """\
[ -n "$XDG_RUNTIME_DIR" ] || XDG_RUNTIME_DIR=/run/user/$(id -u)
[ ! -d "$XDG_RUNTIME_DIR" ] || export XDG_RUNTIME_DIR
"""
HINTS = {
    "Host key verification failed": "look whether its key is the right one, by logging in once: ssh {host}",
    "REMOTE HOST IDENTIFICATION HAS CHANGED": "if it was made anew, forget its old key: ssh-keygen -R {name}",
    "Permission denied": "let it know your key, which ssh must get without a question: ssh-copy-id {host}",
    "Could not resolve hostname": "is its name right? `ssh {host}` must work by hand",
    "Connection refused": "does its sshd run? `ssh {host}` must work by hand",
    "timed out": "is it switched on and in reach? `ssh {host}` must work by hand",
    "No route to host": "is it switched on and in reach? `ssh {host}` must work by hand",
}


@dataclass(frozen=True)
class Host:
    """A machine as ssh knows it; `name` may be an alias of ~/.ssh/config, `user` and `port` may be left to that."""

    name: str
    user: str = ""
    port: int = 0

    @property
    def destination(self) -> str:
        """USER@NAME, or NAME."""
        return f"{self.user}@{self.name}" if self.user else self.name

    @property
    def login(self) -> str:
        """What a user writes after `ssh`."""
        return (f"-p {self.port} " if self.port else "") + self.destination

    def __str__(self) -> str:
        name = f"[{self.name}]" if ":" in self.name else self.name
        return (f"{self.user}@" if self.user else "") + name + (f":{self.port}" if self.port else "")


def parse_host(text: str) -> Host:
    """[USER@]NAME[:PORT]. Errors: UsageError for what is no name of a machine."""
    found = _HOST.fullmatch(text)
    if not found or int(found["port"] or 1) not in range(1, 65536):
        raise UsageError(f"{text[:80]!r} does not name a machine", hint="write it as user@host or user@host:port")
    return Host(found["name"] or found["address"], found["user"] or "", int(found["port"] or 0))


def render_ssh(host: Host, *words: str) -> list[str]:
    """The command that ssh runs; `words` are further options before the host."""
    port = ["-p", str(host.port)] if host.port else []
    return ["ssh", *OPTIONS, *port, *words, "--", host.destination]


def render_remote(host: Host, script: str) -> list[str]:
    """The command that runs a script of plain sh there, whatever the user's shell."""
    return [*render_ssh(host, "-T", "-o", "ClearAllForwardings=yes"), f"exec sh -c {shlex.quote(SESSION + script)}"]


def ask(host: Host, script: str, *, doing: str, timeout: float = TIMEOUT) -> str:
    """What a script prints there. Errors: CommandFailed, with what to do where ssh itself fails."""
    try:
        return read(render_remote(host, script), doing=doing, timeout=timeout, family=ALONE)
    except CommandFailed as error:
        raise explained(host, error) from error


def send(host: Host, script: str, chunks: Iterable[bytes], *, doing: str, timeout: float) -> str:
    """As `ask`; the script reads `chunks` from its stdin."""
    try:
        return feed(render_remote(host, script), chunks, doing=doing, timeout=timeout)
    except CommandFailed as error:
        raise explained(host, error) from error


def explained(host: Host, error: CommandFailed) -> CommandFailed:
    """The error with a hint for what ssh said."""
    for said, hint in HINTS.items():
        if not error.hint and any(said in line for line in error.lines):
            hint = hint.format(host=host.login, name=host.name)
            return CommandFailed(f"{host} cannot be reached: {error.message}", hint=hint, lines=error.lines)
    return error
