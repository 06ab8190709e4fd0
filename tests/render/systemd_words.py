"""A command of a unit as the program gets it: systemd's quoting, specifiers and variables (systemd.service(5))."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

SPECIFIERS = {"%%": "%", "%h": "/home/pi", "%t": "/run/user/1000", "%n": "unit", "%N": "unit", "%i": "instance"}
LETTERS = {"n": "\n", "r": "\r", "t": "\t", "a": "\a", "b": "\b", "f": "\f", "v": "\v", "s": " "}
CODES = {"x": 2, "u": 4, "U": 8}


def read_command(value: str, environment: Mapping[str, str]) -> list[str]:
    """The words of an ExecStart=."""
    bare = re.sub(r'"(?:\\.|[^"\\])*"', "", value)
    assert " ; " not in f"{bare} ", "systemd would begin another command"
    return [_expand(word, environment) for word in _split(value)]


def _split(value: str) -> Iterator[str]:
    word, quote = None, ""
    characters = iter(value)
    for each in characters:
        if each == "\\":
            word = (word or "") + _escape(characters)
        elif each == quote:
            quote = ""
        elif not quote and each in "\"'":
            word, quote = word or "", each
        elif quote or each not in " \t":
            word = (word or "") + each
        elif word is not None:
            yield word
            word = None
    assert not quote
    if word is not None:
        yield word


def _escape(characters: Iterator[str]) -> str:
    kind = next(characters)
    if kind in CODES:
        return chr(int("".join(next(characters) for _ in range(CODES[kind])), 16))
    return LETTERS[kind] if kind in LETTERS else {"\\": "\\", '"': '"', "'": "'"}[kind]


def _expand(word: str, environment: Mapping[str, str]) -> str:
    word = re.sub("%.", lambda match: SPECIFIERS[match[0]], word, flags=re.DOTALL)
    assert not re.match(r"\$[A-Za-z_]", word), "systemd would take the variable's value apart"
    return re.sub(r"\$(\$|\{(\w+)\})", lambda match: "$" if match[1] == "$" else environment[match[2]], word)
