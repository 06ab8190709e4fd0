"""The command `podpipe-quadlet`: a systemd generator with the command line, environment and messages of Podman's own.

    podpipe-quadlet [-user] [-dryrun] [-no-kmsg-log] [-v] [-version] [-podman-version X.Y.Z] OUTDIR

Options have one dash or two; -podman-version, or PODPIPE_PODMAN_VERSION, are additions of podpipe's. Of the three
folders that systemd gives a generator the first is used. Exit status: 0 done; 1 something could not be made, the rest
was; 2 the command line is wrong.
"""

from __future__ import annotations

import contextlib
import os
import sys

from podpipe.quadlet.command import podman_program
from podpipe.quadlet.errors import QuadletError
from podpipe.quadlet.generator import generate
from podpipe.quadlet.log import DEBUG, ERROR, Log, printable
from podpipe.quadlet.options import Options, UsageError, parse_options
from podpipe.quadlet.output import write_units
from podpipe.quadlet.search import unit_dirs
from podpipe.quadlet.version import NEWEST, ask_version, parse_version

TYPE_CHECKING = False  # as typing's, whose import would cost more than this module
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from podpipe.quadlet.version import Version

LONGEST_MESSAGE = 4000  # characters


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command line, the program's name first. Returns the exit status; never raises."""
    program, *arguments = sys.argv if argv is None else argv
    try:
        options = parse_options(program, arguments)
    except UsageError as problem:
        _complain(str(problem))
        return problem.exit_status
    log = KernelLog(options)
    try:
        _run(program, options, log)
    except (QuadletError, OSError) as error:
        log.error(str(error))
    except Exception as error:  # what can be wrong with one unit was caught with its name
        log.error(f"a mistake of podpipe's, please report it: {type(error).__name__}: {error}")
    if log.of(ERROR):
        log.warning("processing encountered some errors")
    return 1 if log.of(ERROR) else 0


def _run(program: str, options: Options, log: Log) -> None:
    if options.version:
        _print(1, ".".join(map(str, NEWEST)) + "\n")
        return
    if not options.dryrun and not options.folders:
        log.error("missing output directory argument")
        return
    if not options.dryrun:
        log.debug(f"Starting quadlet-generator, output to: {options.folders[0]}")
    version = _target(options)
    done = generate(unit_dirs(options.user, os.environ, log), user=options.user, version=version, log=log)
    if options.dryrun:
        _print(1, "".join(f"---{name}---\n{text}\n" for name, text in done.files.items()))
    elif done.files:
        write_units(done, options.folders[0], program, log)


def _target(options: Options) -> Callable[[], Version]:
    """What gives the version of Podman that the units are for. Errors: QuadletError."""
    told = options.podman_version or os.environ.get("PODPIPE_PODMAN_VERSION")
    if told:
        version = parse_version(told)
        return lambda: version
    return lambda: ask_version(podman_program()) or NEWEST


class KernelLog(Log):
    """Prints messages where the machine's log finds them: a generator runs before there is any other."""

    def __init__(self, options: Options) -> None:
        super().__init__()
        self.verbose = options.v or options.dryrun
        self.kernel = -1 if options.no_kmsg_log or options.dryrun else _open("/dev/kmsg")

    def say(self, kind: str, text: str) -> None:
        """Print a message and keep it, unless it is for who debugs, and nobody does."""
        if kind == DEBUG and not self.verbose:
            return
        super().say(kind, text)
        for line in text.split("\n"):
            message = f"quadlet-generator[{os.getpid()}]: {printable(line[:LONGEST_MESSAGE])}"
            if not self._tell_kernel(message):
                _complain(message + "\n")

    def _tell_kernel(self, message: str) -> bool:
        try:
            return self.kernel >= 0 and os.write(self.kernel, _bytes(message)) > 0
        except OSError:  # it takes no long lines
            return False


def _open(device: str) -> int:
    try:
        return os.open(device, os.O_WRONLY | os.O_CLOEXEC)
    except OSError:
        return -1


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def _complain(text: str) -> None:
    with contextlib.suppress(OSError):  # nobody listens
        _print(2, text)


def _print(descriptor: int, text: str) -> None:
    """Write to standard output or error, whatever encoding Python believes them to have."""
    data = _bytes(text)
    while data:
        data = data[os.write(descriptor, data) :]
