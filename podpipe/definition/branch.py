"""Which names a branch may have: git's own rules (gitcheckrefformat), and a few that keep them harmless elsewhere."""

from __future__ import annotations

import re

from podpipe.errors import UsageError

LONGEST = 200  # bytes of UTF-8: a part of a name becomes a file's name, with `.lock` behind it
_REFUSED = re.compile(r"\.\.|@\{|//|[ ~^:?*\[\\]")


def check_branch(name: str) -> str:
    """The name itself. Errors: UsageError for what git refuses, `-` in front, unprintable or very long names."""
    if problem := _problem(name):
        raise UsageError(f"`{name[:80]}` is not a name of a branch: {problem}", hint="`git branch` lists their names")
    return name


def _problem(name: str) -> str:
    """What is wrong with it, or ""."""
    if not name:
        return "it is empty"
    if not name.isprintable():
        return "it holds a character that cannot be seen"
    if len(name.encode()) > LONGEST:
        return f"it is longer than {LONGEST} bytes"
    if name.startswith("-"):
        return "it begins with `-`"
    if found := _REFUSED.search(name):
        return f"it holds `{found[0]}`"
    if name in ("@", "HEAD") or name.endswith("."):
        return "it is git's own, or ends with `.`"
    if any(not part or part.startswith(".") or part.endswith(".lock") for part in name.split("/")):
        return "it has a part that is empty, begins with `.` or ends with `.lock`"
    return ""
