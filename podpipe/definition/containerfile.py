"""The images that a Containerfile builds on: its FROM lines, and what it copies from other images."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

_VARIABLE = r"\$(?:([A-Za-z_][A-Za-z0-9_]*)|\{([A-Za-z_][A-Za-z0-9_]*)(?::([-+])([^}]*))?\})"


class Base(NamedTuple):
    """An image that a Containerfile names, with its ARGs put in; `line` is where its instruction begins, from 1."""

    reference: str
    line: int


def parse_bases(text: str) -> list[Base]:
    """The images that FROM, COPY --from and ADD --from name; stages of the file itself and `scratch` are left out.

    A variable that no ARG before the first FROM gives a value stays as it is written.
    """
    arguments: dict[str, str] = {}
    stages = {"scratch"}
    found = []
    for line, instruction, rest in _instructions(text):
        flags, words = _split_flags(rest)
        if instruction == "ARG":
            arguments.update(_defaults(words, arguments))
        named = words[0] if instruction == "FROM" and words else flags.get("from", "")
        reference = _substitute(named, arguments)
        if reference and not reference.isdigit() and reference.lower() not in stages:
            found.append(Base(reference, line))
        if instruction == "FROM" and len(words) == 3 and words[1].upper() == "AS":
            stages.add(words[2].lower())
    return found


def _instructions(text: str) -> Iterator[tuple[int, str, str]]:
    """Line, instruction and the rest of it, with continued lines put together."""
    begun, parts = 0, []
    for number, line in enumerate(text.splitlines(), 1):
        stripped = line.strip()
        if not stripped or stripped.startswith("#"):
            continue
        begun = begun or number
        parts.append(stripped.rstrip("\\"))
        if not stripped.endswith("\\"):
            instruction, _, rest = " ".join(parts).partition(" ")
            yield begun, instruction.upper(), rest.strip()
            begun, parts = 0, []


def _split_flags(rest: str) -> tuple[dict[str, str], list[str]]:
    """`--name=value` in front, and the words after them."""
    words = rest.split()
    flags = {}
    while words and words[0].startswith("--"):
        name, _, value = words.pop(0)[2:].partition("=")
        flags[name] = value
    return flags, words


def _defaults(words: list[str], known: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for word in words:
        name, equals, value = word.partition("=")
        if equals:
            yield name, _substitute(value.strip("\"'"), known)


def _substitute(text: str, arguments: Mapping[str, str]) -> str:
    def replace(match: re.Match[str]) -> str:
        name, operator, word = match[1] or match[2], match[3], match[4]
        value = arguments.get(name, "")
        if operator:
            return (value or word) if operator == "-" else (word if value else "")
        return value or match[0]

    return re.sub(_VARIABLE, replace, text)
