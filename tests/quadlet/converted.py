"""Quadlet files in, services out: what the tests of the converters share."""

from __future__ import annotations

import os
from unittest import mock

import pytest

from podpipe.quadlet.convert import convert, prefill
from podpipe.quadlet.errors import QuadletError
from podpipe.quadlet.names import ORDER
from podpipe.quadlet.unitfile import UnitFile

FOLDER = "/q"


def convert_files(files: dict[str, str], user: bool = True) -> dict[str, UnitFile]:
    """The services of files by the files' names; the command `podman` has no path in them."""
    units = [UnitFile.parse(text, f"{FOLDER}/{name}") for name, text in files.items()]
    units.sort(key=lambda unit: ORDER[unit.extension])
    known = prefill(units)
    with mock.patch.dict(os.environ, PODMAN="podman"):
        return {unit.filename: convert(unit, known, user)[0] for unit in units}


def convert_file(name: str, text: str, others: dict[str, str] | None = None, user: bool = True) -> UnitFile:
    """The service of a file, with other files beside it."""
    return convert_files({name: text, **(others or {})}, user)[name]


def command(name: str, text: str, others: dict[str, str] | None = None, key: str = "ExecStart") -> str:
    """A command of the service of a file."""
    line = convert_file(name, text, others).lookup("Service", key)
    assert line is not None
    return line


def added(plain: str, line: str) -> str:
    """The words that a command has more than a plain one."""
    words = line.split(" ")
    for word in plain.split(" "):
        words.remove(word)
    return " ".join(words)


def problem(name: str, text: str, others: dict[str, str] | None = None) -> str:
    """What is said of a file that cannot be converted."""
    with pytest.raises(QuadletError) as caught:
        convert_file(name, text, others)
    return str(caught.value)
