"""What is found of a machine, and what mends it."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from typing import Any

PROBLEM, ADVICE, OK = "problem", "advice", "ok"
SHELL = ("sh", "-c")
INSTALL = ("apt-get", "install", "-y", "--no-install-recommends")


@dataclass(frozen=True)
class Mend:
    """A command; `as_root`: by root alone, or with `root_optional` by whom polkit lets.

    `by_hand`: nobody but a person should run it. `at_last`: it makes sense only when all else is done. `then` is what
    must follow before it counts; without a command it is what to do, in words.
    """

    argv: tuple[str, ...]
    as_root: bool = False
    root_optional: bool = False
    by_hand: bool = False
    at_last: bool = False
    then: str = ""

    @property
    def packages(self) -> tuple[str, ...]:
        """What it installs, where that is all it does."""
        return self.argv[len(INSTALL) :] if self.argv[: len(INSTALL)] == INSTALL else ()

    @property
    def command(self) -> str:
        """What to type."""
        if not self.as_root and self.argv[:2] == SHELL:
            return self.argv[2]
        return ("sudo " if self.as_root else "") + shlex.join(self.argv)

    def __str__(self) -> str:
        return "   # ".join(filter(None, (self.command, self.then)))


@dataclass(frozen=True)
class Finding:
    """`check` is a stable name, `level` ok, advice or problem; where it is not ok, `why` and `mends` say more."""

    check: str
    level: str
    what: str
    why: str = ""
    mends: tuple[Mend, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """The finding as `podpipe doctor --json` prints it."""
        commands = [str(mend) for mend in self.mends]
        return {"check": self.check, "level": self.level, "what": self.what, "why": self.why, "commands": commands}


def ok(check: str, what: str) -> Finding:
    """All is well."""
    return Finding(check, OK, what)


def advice(check: str, what: str, why: str, *mends: Mend) -> Finding:
    """It works, but could be better."""
    return Finding(check, ADVICE, what, why, mends)


def problem(check: str, what: str, why: str, *mends: Mend) -> Finding:
    """Something does not work, or will not."""
    return Finding(check, PROBLEM, what, why, mends)


def command(*argv: str) -> Mend:
    """What the user may do."""
    return Mend(argv)


def by_hand(line: str, *, as_root: bool = False) -> Mend:
    """What is to be read, weighed and typed."""
    return Mend(tuple(shlex.split(line)), as_root=as_root, by_hand=True)


def note(text: str) -> Mend:
    """What no command does."""
    return Mend((), by_hand=True, then=text)


def root(*argv: str, then: str = "") -> Mend:
    """What root may do."""
    return Mend(argv, as_root=True, then=then)


def shell(script: str) -> tuple[str, ...]:
    """The words that have a shell run a script."""
    return (*SHELL, script)


def writing(path: str, *lines: str) -> str:
    """A script that makes a file of lines."""
    text = "".join(f"{line}\\n" for line in lines).replace('"', r"\"")
    file, folder = shlex.quote(path), shlex.quote(path.rpartition("/")[0])
    return f'mkdir -p {folder} && printf "{text}" >{file}'


def install(*packages: str) -> Mend:
    """Debian packages, and nothing else along with them."""
    return root(*INSTALL, *packages)
