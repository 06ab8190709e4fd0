"""Subordinate ids, and who else there is."""

from __future__ import annotations

from collections.abc import Iterable

from podpipe.effects.machine.here import Here
from podpipe.plan.machine import SubIds

FIRST = 100000  # where useradd begins (SUB_UID_MIN of login.defs(5))
ORDINARY = range(1000, 60000)  # UID_MIN to UID_MAX
Range = tuple[str, int, int]  # owner, first, count


def look_at_ids(at: Here) -> tuple[SubIds, SubIds]:
    """What /etc/subuid and /etc/subgid give the user."""
    if any(
        line.split()[:1] == ["subid:"] and "files" not in line for line in at.read("/etc/nsswitch.conf").splitlines()
    ):
        return SubIds(None), SubIds(None)
    return _ids(at, "/etc/subuid"), _ids(at, "/etc/subgid")


def _ids(at: Here, path: str) -> SubIds:
    ranges = list(_ranges(at.read(path).splitlines()))
    ours = [each for each in ranges if each[0] in (at.name, str(at.uid))]
    others = [each for each in ranges if each not in ours]
    return SubIds(
        size=max((count for _, _, count in ours), default=0),
        shared_with=next((theirs[0] for theirs in others for each in ours if _overlap(theirs, each)), ""),
        free=max((first + count for _, first, count in ranges), default=FIRST),
    )


def _ranges(lines: Iterable[str]) -> Iterable[Range]:
    for line in lines:
        owner, *numbers = line.split(":")
        if len(numbers) == 2 and all(number.isdecimal() for number in numbers):
            yield owner, int(numbers[0]), int(numbers[1])


def _overlap(one: Range, other: Range) -> bool:
    return one[1] < other[1] + other[2] and other[1] < one[1] + one[2]


def look_at_other(at: Here) -> str:
    """The first ordinary user of the machine; "" where there is none."""
    entries = (line.split(":") for line in at.read("/etc/passwd").splitlines())
    names = (entry[0] for entry in entries if len(entry) > 2 and entry[2].isdecimal() and int(entry[2]) in ORDINARY)
    return next(names, "")
