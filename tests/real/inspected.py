"""What Podman says of a thing, as a flat table that another one can be compared with."""

from __future__ import annotations

import json
import re
import subprocess
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

PAGE = Path(__file__).parents[2] / "docs/supervisors.md"
HEADING = "### Where the two differ"
ROW = re.compile(r"^\| ((?:`[^`]+`(?:, )?)+) \| (\S.*) \|$")
# What tells the entries of a list from each other, where the order means nothing.
KEYS = ("Destination", "Name", "name", "HostPort")


def inspect(kind: str, name: str) -> dict[str, Any]:
    """The flat table of one pod, container or volume."""
    words = ["podman", "inspect", name] if kind == "container" else ["podman", kind, "inspect", name]
    answer = json.loads(subprocess.run(words, check=True, capture_output=True, text=True).stdout)
    return flatten(answer[0] if isinstance(answer, list) else answer)


def flatten(value: Any, path: str = "") -> dict[str, Any]:
    """Path -> scalar. Entries of lists go by name or text instead of their position; what is empty is not told."""
    if isinstance(value, dict):
        pairs = [(f"{path}.{key}" if path else key, each) for key, each in value.items()]
    elif isinstance(value, list) and all(isinstance(each, dict) for each in value):
        pairs = [(f"{path}[{_key(each, at)}]", each) for at, each in enumerate(value)]
    elif isinstance(value, list):
        return {path: sorted(map(str, value))} if value else {}
    else:
        return {path: value} if value not in ("", None, 0, False) else {}
    return {name: scalar for each_path, each in pairs for name, scalar in flatten(each, each_path).items()}


def _key(entry: dict[str, Any], at: int) -> str:
    return next((str(entry[key]) for key in KEYS if key in entry), str(at))


def exceptions() -> tuple[str, ...]:
    """The fields that may differ: the first column of the table in docs/supervisors.md, patterns as of a shell."""
    section = PAGE.read_text().split(HEADING, 1)[1].split("\n#", 1)[0]
    rows = [found[1] for found in map(ROW.match, section.splitlines()) if found]
    return tuple(pattern for row in rows for pattern in re.findall(r"`([^`]+)`", row))


def differing(one: dict[str, Any], other: dict[str, Any]) -> set[str]:
    """The fields that are not the same."""
    return {field for field in {*one, *other} if one.get(field) != other.get(field)}


def differences(
    kind: str, one: dict[str, Any], other: dict[str, Any], excused: tuple[str, ...], chance: set[str]
) -> list[str]:
    """A line for each field that differs, neither by chance nor excused."""
    return [
        f"{kind} {field}: {one.get(field)!r} against {other.get(field)!r}"
        for field in sorted(differing(one, other) - chance)
        if not any(fnmatchcase(f"{kind}.{field}", pattern.replace("[", "[[]")) for pattern in excused)
    ]
