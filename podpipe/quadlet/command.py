"""How keys become words of a podman command.

An option is the keys that it reads and the function that gives its words. Most are rows of a table, such as
`last(HostName="--hostname {}")`: the function says which values of the key are taken, the shape what each of them
gives. A command's options come in the order of its table, and a unit may have the keys that are in its tables.
"""

from __future__ import annotations

import os

from podpipe.quadlet.conversion import Conversion

TYPE_CHECKING = False  # as typing's, whose import would cost more than this module
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Callable

    Read = Callable[[Conversion, str], Iterable[str]]
    Write = Callable[[Conversion], Iterable[str]]


class Option:
    """The keys of an option, each with how its words begin, and what gives the words."""

    def __init__(self, keys: Mapping[str, str], words: Write) -> None:
        self.keys = keys
        self.words = words


def option(**keys: str) -> Callable[[Write], Option]:
    """Make a function that gives words an option, where no row of a table can say it."""
    return lambda words: Option(keys, words)


def rows(read: Read, **shapes: str) -> list[Option]:
    """Options of one key each: `read` gives the values that go into the shape."""

    def row(key: str, shape: str) -> Option:
        parts = shape.split()
        begin = shape.partition("{")[0]
        return Option({key: begin}, lambda unit: [part.format(value) for value in read(unit, key) for part in parts])

    return [row(key, shape) for key, shape in shapes.items()]


def last(**shapes: str) -> list[Option]:
    """The last value, unless it is empty."""
    return rows(lambda unit, key: filter(None, [unit.value(key)]), **shapes)


def present(**shapes: str) -> list[Option]:
    """The last value, even if it is empty."""
    return rows(lambda unit, key: [value for value in [unit.value(key)] if value is not None], **shapes)


def values(**shapes: str) -> list[Option]:
    """Each value."""
    return rows(Conversion.values, **shapes)


def words(**shapes: str) -> list[Option]:
    """Each word of each value."""
    return rows(Conversion.words, **shapes)


def arguments(**shapes: str) -> list[Option]:
    """Each word of each value, unquoted and unescaped."""
    return rows(Conversion.arguments, **shapes)


def pairs(**shapes: str) -> list[Option]:
    """Each NAME=VALUE."""
    return rows(Conversion.pairs, **shapes)


def switches(**shapes: str) -> list[Option]:
    """The shape as it is, if the value is true."""
    return rows(lambda unit, key: [""] if unit.boolean(key) else [], **shapes)


def booleans(**flags: str) -> list[Option]:
    """FLAG if the last value is true, FLAG=false if not."""
    shapes = {key: flag + "{}" for key, flag in flags.items()}
    return rows(lambda unit, key: [] if unit.value(key) is None else ["" if unit.boolean(key) else "=false"], **shapes)


GLOBAL = (*values(ContainersConfModule="--module={}"), *arguments(GlobalArgs="{}"))


def podman(unit: Conversion, *words: str, options: Iterable[Option] = ()) -> list[str]:
    """Podman with its global options, the words of a command and that command's options."""
    return [podman_program(), *fill(unit, GLOBAL), *words, *fill(unit, options)]


def podman_program() -> str:
    """Where podman is."""
    return os.environ.get("PODMAN") or "/usr/bin/podman"


def fill(unit: Conversion, options: Iterable[Option]) -> list[str]:
    """The words that a unit gives a table of options; some write dependencies into its service, too."""
    return [word for each in options for word in each.words(unit)]
