"""The images that a Containerfile builds on: its FROM lines, and what it copies from other images."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from podpipe.definition.names import qualified_reference

_VARIABLE = r"\$(?:([A-Za-z_][A-Za-z0-9_]*)|\{([A-Za-z_][A-Za-z0-9_]*)(?::([-+])([^}]*))?\})"


class Base(NamedTuple):
    """An image that a Containerfile names, with its ARGs put in, and as it is `written`.

    `line` is where its instruction begins, from 1.
    """

    reference: str
    line: int
    written: str


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
            found.append(Base(reference, line, named))
        if instruction == "FROM" and len(words) == 3 and words[1].upper() == "AS":
            stages.add(words[2].lower())
    return found


def parse_stages(text: str) -> list[str]:
    """The names of the stages in lower case, in order; "" for one without a name."""
    froms = (_split_flags(rest)[1] for _, instruction, rest in _instructions(text) if instruction == "FROM")
    return [words[2].lower() if len(words) == 3 and words[1].upper() == "AS" else "" for words in froms]


def replace_bases(text: str, stand_ins: Mapping[str, str]) -> str:
    """The text with other images in the place of those it names, by their references with the tag; its lines stay."""
    lines = text.splitlines(keepends=True)
    for base in parse_bases(text):
        if other := stand_ins.get(qualified_reference(base.reference)):
            written = re.compile(rf"(?<![\w./$-]){re.escape(base.written)}(?![\w./:@-])")
            at = next(number for number in range(base.line - 1, len(lines)) if written.search(lines[number]))
            lines[at] = written.sub(other, lines[at], count=1)  # a reference holds no backslash
    return "".join(lines)


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
