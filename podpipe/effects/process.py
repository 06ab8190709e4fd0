"""Run a program and hear it out: the one door to subprocess for whatever ends by itself.

A program that is started here ends when we do, with all its children: on an error, a timeout or
Ctrl-C its process group gets SIGTERM, then SIGKILL; if we are killed ourselves, SIGTERM.
"""

from __future__ import annotations

import codecs
import contextlib
import os
import re
import select
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence

from podpipe.effects.session import session_environment
from podpipe.errors import CommandFailed, DiskFull

QUOTED_LINES = 20
GRACE = 10.0  # seconds that a program gets to end after SIGTERM
FULL_DISK = re.compile(r"no space left on device|disk quota exceeded", re.IGNORECASE)
LINE_END = re.compile(r"\r\n|\n|\r")
CREDENTIALS = re.compile(r"(?<=://)[^/\s@]+@")

# The kernel's signal for a parent's death reaches one process, and buildah 1.19 is two, of which the second would
# build on. So a shell gets it and passes it on to the whole group.
ON_DEATH = """trap 'trap "" TERM; kill -TERM 0; wait' TERM; "$@" & wait $!"""
FAMILY = ("setpriv", "--pdeathsig", "TERM", "sh", "-c", ON_DEATH, "sh")


def run(
    argv: Sequence[str],
    *,
    doing: str,
    timeout: float,
    env: Mapping[str, str] | None = None,
    cwd: str | os.PathLike[str] | None = None,
    on_line: Callable[[str], None] | None = None,
) -> list[str]:
    """Run `argv`, hand over each line that it prints, return them all; credentials in URLs are masked.

    `doing` says what for ("building nginx"); `env` is added to our own environment; `timeout` is
    in seconds. Errors: CommandFailed with the last lines, DiskFull.
    """
    lines: list[str] = []
    deadline = time.monotonic() + timeout
    with _started(argv, doing, env, cwd, subprocess.STDOUT) as process:
        try:
            for line in map(mask_credentials, _lines(process, deadline)):
                lines.append(line)
                if on_line:
                    on_line(line)
            process.wait(max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired as error:
            raise _timed_out(argv[0], doing, timeout, lines) from error
    _check(argv[0], doing, process.returncode, lines)
    return lines


def read(argv: Sequence[str], *, doing: str, timeout: float, env: Mapping[str, str] | None = None) -> str:
    """Run `argv` and return what it writes to stdout. Errors: as `run`, with stderr's last lines."""
    with _started(argv, doing, env, None, subprocess.PIPE) as process:
        try:
            output, errors = process.communicate(timeout=timeout)
        except subprocess.TimeoutExpired as error:
            raise _timed_out(argv[0], doing, timeout, ()) from error
    _check(argv[0], doing, process.returncode, mask_credentials(errors.decode(errors="replace")).splitlines())
    return output.decode(errors="replace")


def mask_credentials(text: str) -> str:
    """The text without the user and password of any URL in it."""
    return CREDENTIALS.sub("***@", text)


@contextlib.contextmanager
def _started(
    argv: Sequence[str],
    doing: str,
    env: Mapping[str, str] | None,
    cwd: str | os.PathLike[str] | None,
    stderr: int,
) -> Iterator[subprocess.Popen[bytes]]:
    environment = {**os.environ, **session_environment(), "LC_ALL": "C.UTF-8", **(env or {})}
    if not shutil.which(argv[0], path=environment["PATH"]):
        raise CommandFailed(
            f"{doing} needs {argv[0]}, which is not installed",
            hint=f"install it: sudo apt-get install --no-install-recommends {argv[0]}",
        )
    process = subprocess.Popen(
        [*FAMILY, *argv],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=stderr,
        env=environment,
        cwd=cwd,
        start_new_session=True,
    )
    with process:
        try:
            yield process
        except BaseException:
            _end(process)
            raise


def _lines(process: subprocess.Popen[bytes], deadline: float) -> Iterator[str]:
    assert process.stdout is not None
    decode = codecs.getincrementaldecoder("utf-8")("replace").decode
    rest = ""
    while chunk := _chunk(process.stdout.fileno(), deadline):
        *whole, rest = LINE_END.split(rest + decode(chunk))
        yield from whole
    if rest:
        yield rest


def _chunk(descriptor: int, deadline: float) -> bytes:
    """What can be read until `deadline`; waiting here, not in read(), also ends if a grandchild keeps the pipe open."""
    remaining = max(0.0, deadline - time.monotonic())
    if not select.select([descriptor], [], [], remaining)[0]:
        raise subprocess.TimeoutExpired("", remaining)
    return os.read(descriptor, 1 << 16)


def _end(process: subprocess.Popen[bytes]) -> None:
    """SIGTERM first: buildah then ends the container of a RUN step, which a SIGKILL would leave behind."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(GRACE)
            return


def _timed_out(program: str, doing: str, timeout: float, lines: Sequence[str]) -> CommandFailed:
    return CommandFailed(f"{doing}: {program} did not end within {timeout:g} s", lines=lines[-QUOTED_LINES:])


def _check(program: str, doing: str, status: int, lines: Sequence[str]) -> None:
    if not status:
        return
    last = lines[-QUOTED_LINES:]
    if any(FULL_DISK.search(line) for line in last):
        raise DiskFull(f"no space left while {doing}", lines=last)
    raise CommandFailed(f"{doing} failed: {program} ended with {_ending(status)}", lines=last)


def _ending(status: int) -> str:
    """A shell reports a signal as 128 and its number, Popen as a negative number."""
    try:
        return signal.Signals(-status if status < 0 else status - 128).name
    except ValueError:
        return f"exit status {status}"
