"""Which Podman the units are for: what is told, or what the one on this machine says of itself."""

from __future__ import annotations

import os

from podpipe.quadlet.errors import QuadletError

NEWEST = (5, 8, 2)  # the one whose generator this is like
PATIENCE = 10.0  # seconds; a Raspberry Pi that boots needs 2
LONGEST = 5  # digits of a number
ANSWER = 4096  # bytes; it is one line

Version = tuple[int, ...]  # three numbers


def parse_version(text: str) -> Version:
    """Of "5.4", "v5.4.2-dev" or "podman version 5.4.2": (5, 4, 2). Errors: QuadletError."""
    numbers = (text.split() or [""])[-1].lstrip("v").partition("-")[0].split(".")
    if not all(number.isascii() and number.isdecimal() and len(number) < LONGEST for number in numbers[:3]):
        raise QuadletError(f"{text!r} is no version of Podman: write it like 5.4.2")
    return tuple(map(int, [*numbers, "0", "0"][:3]))


def ask_version(podman: str) -> Version | None:
    """What `podman --version` says; None where no Podman says it in time."""
    import select

    answers, end = os.pipe()
    process = _start(podman, end)
    os.close(end)
    said = b""
    while len(said) < ANSWER and select.select([answers], [], [], PATIENCE)[0]:
        piece = os.read(answers, ANSWER)
        if not piece:
            break
        said += piece
    os.close(answers)
    if process:
        _end(process)
    try:
        return parse_version(said.decode("ascii", "replace"))
    except QuadletError:
        return None


def _start(podman: str, output: int) -> int:
    files = [
        (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
        (os.POSIX_SPAWN_DUP2, output, 1),
        (os.POSIX_SPAWN_OPEN, 2, os.devnull, os.O_WRONLY, 0),
    ]
    try:  # subprocess would take longer to import than all of this takes
        return os.posix_spawn(podman, [podman, "--version"], os.environ, file_actions=files)
    except OSError:
        return 0


def _end(process: int) -> None:
    import signal

    if os.waitpid(process, os.WNOHANG) == (0, 0):
        os.kill(process, signal.SIGKILL)  # it has said what it had to say
        os.waitpid(process, 0)
