"""The command line, read as Go's package flag reads it: argparse would take longer than all the rest."""

from __future__ import annotations

TYPE_CHECKING = False  # as typing's, whose import would cost more than this module
if TYPE_CHECKING:
    from collections.abc import Sequence

SWITCHES = {
    "dryrun": "Run in dryrun mode printing debug information",
    "no-kmsg-log": "Don't log to kmsg",
    "user": "Run as systemd user",
    "v": "Print debug information",
    "version": "Print version information and exit",
}
TEXTS = {"podman-version": "Make units for this version of Podman, not for the one on this machine"}
BOOLEANS = {
    **dict.fromkeys(("1", "t", "T", "true", "TRUE", "True"), True),
    **dict.fromkeys(("0", "f", "F", "false", "FALSE", "False"), False),
}


class UsageError(Exception):
    """The command line is wrong, or asks for help."""

    def __init__(self, problem: str, program: str) -> None:
        lines = [f"  -{name}\n    \t{text}\n" for name, text in sorted({**SWITCHES, **TEXTS}.items())]
        super().__init__("".join([f"{problem}\n" if problem else "", f"Usage of {program}:\n", *lines]))
        self.exit_status = 2 if problem else 0


class Options:
    """What the command line says."""

    def __init__(self, user: bool) -> None:
        self.user = user
        self.dryrun = self.no_kmsg_log = self.v = self.version = False
        self.podman_version = ""
        self.folders: list[str] = []


def parse_options(program: str, arguments: Sequence[str]) -> Options:
    """The options, which end at the first word that is none. A program with "user" in its name is for users.

    Errors: UsageError.
    """
    options = Options("user" in program.rpartition("/")[2])
    waiting = list(arguments)
    while waiting and len(waiting[0]) > 1 and waiting[0].startswith("-"):
        word = waiting.pop(0)
        if word == "--":
            break
        name, equals, value = word[1 + word.startswith("--") :].partition("=")
        if name in TEXTS and not equals and waiting:
            value = waiting.pop(0)
        elif name in TEXTS and not equals:
            raise UsageError(f"flag needs an argument: -{name}", program)
        setattr(options, name.replace("-", "_"), _value(name, value if equals or name in TEXTS else "true", program))
    options.folders = waiting
    return options


def _value(name: str, value: str, program: str) -> bool | str:
    if name in TEXTS:
        return value
    if name in ("h", "help"):
        raise UsageError("", program)
    if name not in SWITCHES:
        raise UsageError(f"flag provided but not defined: -{name}", program)
    if value not in BOOLEANS:
        raise UsageError(f'invalid boolean value "{value}" for -{name}: parse error', program)
    return BOOLEANS[value]
