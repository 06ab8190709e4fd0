"""SetWorkingDirectory=: the folder of the unit or of a file that it names; for a build also the context itself."""

from __future__ import annotations

import os

from podpipe.quadlet.conversion import Conversion
from podpipe.quadlet.errors import QuadletError

FILES_IN = {"yaml": "Kube", "file": "Build"}  # the group that has such a file


def set_working_directory(unit: Conversion) -> str:
    """Let the service run in the folder, unless it says where itself. Gives a build's context, or nothing.

    Errors: QuadletError for a value that the kind of unit does not know, or without the file.
    """
    given = unit.value("SetWorkingDirectory")
    if not given:
        return ""
    context, file = "", unit.file.path
    if given.lower() in FILES_IN:
        file = _file(unit, given)
    elif given.lower() != "unit":
        context = given
        if unit.group != "Build":
            raise QuadletError(f"unsupported value for WorkingDirectory: {given} ")
    if not file or context.startswith("/") or is_url(context):
        return context
    if unit.file.lookup("Service", "WorkingDirectory"):
        return ""
    unit.add("WorkingDirectory", os.path.normpath(os.path.dirname(unit.path(file))))
    return context


def _file(unit: Conversion, given: str) -> str:
    if FILES_IN[given.lower()] != unit.group:
        raise QuadletError(f"SetWorkingDirectory={given} is only supported in .{FILES_IN[given.lower()].lower()} files")
    if unit.group == "Build":
        file = unit.value("File")
        if file is None:
            raise QuadletError("no File key specified")
        return file
    paths = unit.words("Yaml")
    if len(paths) != 1:
        raise QuadletError("SetWorkingDirectory=yaml is only supported when a single Yaml key is provided")
    return paths[0]


def is_url(text: str) -> bool:
    """Whether a build takes a text for an address."""
    return text.startswith(("http", "git://")) or text.partition("github.com/")[2] != ""
