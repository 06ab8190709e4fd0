"""Run a program and hear it out: the one door to subprocess for whatever ends by itself.

A program that is started here ends when we do, with all its children: on an error, a timeout or
Ctrl-C its process group gets SIGTERM, then SIGKILL; if we are killed ourselves, SIGTERM.
"""

from __future__ import annotations

import codecs
import contextlib
import math
import os
import re
import select
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from podpipe.effects.session import session_environment
from podpipe.errors import CommandFailed, DiskFull, masked

QUOTED_LINES = 20
GRACE = 10.0  # seconds that a program gets to end after SIGTERM
FULL_DISK = re.compile(r"no space left on device|disk quota exceeded", re.IGNORECASE)
LINE_END = re.compile(r"\r\n|\n|\r")

# The kernel's signal for a parent's death reaches one process, and buildah 1.19 is two, of which the second would
# build on. So a shell gets it and passes it on to the whole group.
ON_DEATH = """trap 'trap "" TERM; kill -TERM 0; wait' TERM; "$@" & wait $!"""
FAMILY = ("setpriv", "--pdeathsig", "TERM", "sh", "-c", ON_DEATH, "sh")
LEADER = FAMILY[:3]  # for a program whose children end with it: a third of the time that the shell takes
ALONE = ()  # for a short question to a program that starts no others: a Pi takes long to start two more


def run(
    argv: Sequence[str],
    *,
    doing: str,
    timeout: float,
    env: Mapping[str, str | None] | None = None,
    cwd: str | os.PathLike[str] | None = None,
    on_line: Callable[[str], None] | None = None,
) -> list[str]:
    """Run `argv`, hand over each line that it prints, return them all; credentials in URLs are masked.

    `doing` says what for ("building nginx"); `env` is added to our own environment, None takes a
    variable away; `timeout` is in seconds. Errors: CommandFailed with the last lines, DiskFull.
    """
    lines: list[str] = []
    deadline = time.monotonic() + timeout
    with _started(argv, doing, env, cwd, subprocess.STDOUT) as process:
        try:
            for line in map(masked, _lines(process, deadline)):
                lines.append(line)
                if on_line:
                    on_line(line)
            process.wait(max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired as error:
            raise _timed_out(argv[0], doing, timeout, lines) from error
    _check(argv[0], doing, process.returncode, lines)
    return lines


def read(
    argv: Sequence[str],
    *,
    doing: str,
    timeout: float,
    env: Mapping[str, str | None] | None = None,
    family: Sequence[str] = FAMILY,
    undecodable: str = "replace",
) -> str:
    """Run `argv` and return what it writes to stdout. Errors: as `run`, with stderr's last lines.

    `undecodable` says what becomes of bytes that are not UTF-8: "surrogateescape" where they are file names.
    """
    with _started(argv, doing, env, None, subprocess.PIPE, family) as process:
        return _hear_out(process, argv[0], doing, timeout, undecodable)


def feed(
    argv: Sequence[str],
    chunks: Iterable[bytes],
    *,
    doing: str,
    timeout: float,
    env: Mapping[str, str] | None = None,
) -> str:
    """Run `argv`, write `chunks` to its stdin and return what it then writes to stdout, which must not be much.

    It may end before it has read all. `timeout`, in seconds, is for what it does after the last chunk; that it hears of
    our own end by its stdin must be enough. Errors: as `read`.
    """
    with _started(argv, doing, env, None, subprocess.PIPE, ALONE, subprocess.PIPE) as process:
        assert process.stdin is not None
        with contextlib.suppress(BrokenPipeError):
            for chunk in chunks:
                _write(process.stdin.fileno(), chunk)
        return _hear_out(process, argv[0], doing, timeout)


def stream(argv: Sequence[str], *, doing: str) -> Iterator[str]:
    """Run `argv` and give each line of its stdout as it comes; it is ended when nobody asks for more.

    Errors: CommandFailed where it ends with an error.
    """
    with _started(argv, doing, None, None, subprocess.DEVNULL) as process:
        yield from _lines(process, math.inf)
        process.wait()
    _check(argv[0], doing, process.returncode, ())


def attach(argv: Sequence[str], *, doing: str) -> int:
    """Run `argv` in our place at the terminal, with our stdin, stdout and stderr; gives its exit status.

    Errors: CommandFailed where it is not installed.
    """
    environment = {**os.environ, **session_environment()}
    _check_installed(argv[0], doing, environment["PATH"])
    with _left_to_others(signal.SIGINT):
        status = subprocess.call(argv, env=environment)
    return 128 - status if status < 0 else status


@contextlib.contextmanager
def _left_to_others(number: signal.Signals) -> Iterator[None]:
    """Ctrl-C at a terminal is for the program that runs there, which gets it too, and ends or goes on as it likes.

    A handler of ours, unlike SIG_IGN, is not inherited by that program. Only the main thread gets signals.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    ours = signal.signal(number, lambda *_: None)
    try:
        yield
    finally:
        signal.signal(number, ours)


@contextlib.contextmanager
def _started(
    argv: Sequence[str],
    doing: str,
    env: Mapping[str, str | None] | None,
    cwd: str | os.PathLike[str] | None,
    stderr: int,
    family: Sequence[str] = FAMILY,
    stdin: int = subprocess.DEVNULL,
) -> Iterator[subprocess.Popen[bytes]]:
    wanted = {**os.environ, **session_environment(), "LC_ALL": "C.UTF-8", **(env or {})}
    environment = {name: value for name, value in wanted.items() if value is not None}
    _check_installed(argv[0], doing, environment["PATH"])
    process = subprocess.Popen(
        [*family, *argv],
        stdin=stdin,
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


def _check_installed(program: str, doing: str, path: str) -> None:
    if not shutil.which(program, path=path):
        raise CommandFailed(
            f"{doing} needs {program}, which is not installed",
            hint=f"install it: sudo apt-get install --no-install-recommends {program}",
        )


def _write(descriptor: int, chunk: bytes) -> None:
    rest = memoryview(chunk)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def _hear_out(
    process: subprocess.Popen[bytes], program: str, doing: str, timeout: float, undecodable: str = "replace"
) -> str:
    try:
        output, errors = process.communicate(timeout=timeout)
    except subprocess.TimeoutExpired as error:
        raise _timed_out(program, doing, timeout, ()) from error
    _check(program, doing, process.returncode, masked(errors.decode(errors="replace")).splitlines())
    return output.decode(errors=undecodable)


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
    remaining = None if deadline == math.inf else max(0.0, deadline - time.monotonic())
    if not select.select([descriptor], [], [], remaining)[0]:
        raise subprocess.TimeoutExpired("", remaining or 0.0)
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
