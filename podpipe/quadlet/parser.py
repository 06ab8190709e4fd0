"""From text to lines: comments, groups, keys and continued lines, as Podman's Quadlet reads them."""

from __future__ import annotations

from podpipe.quadlet.errors import QuadletError
from podpipe.quadlet.lines import one_line, whole_line
from podpipe.quadlet.words import ASCII_SPACE, SPACE

TYPE_CHECKING = False  # as typing's, whose import would cost more than this module
if TYPE_CHECKING:
    from collections.abc import Iterator

    from podpipe.quadlet.unitfile import UnitFile

CONTROL = frozenset(map(chr, [*range(0x20), *range(0x7F, 0xA0)]))


def parse_into(unit: UnitFile, text: str) -> None:
    """Add what the text says to the unit. Errors: QuadletError with the number of the line that is wrong."""
    parser = _Parser(unit)
    for number, line in _joined_lines(text):
        try:
            parser.take(one_line(line))
        except QuadletError as error:
            raise QuadletError(f"line {number}: {error}") from None
    parser.flush()


def _joined_lines(text: str) -> Iterator[tuple[int, str]]:
    """Each line with the number of its last part: blanks around it gone, continued lines joined.

    Comments and empty lines between continued lines are skipped. What waits for a continuation that never
    comes is lost, unless it is the file's last line.
    """
    lines = text[:-1].split("\n") if text.endswith("\n") else text.split("\n")
    waiting: list[str] = []
    for number, line in enumerate(lines, 1):
        line = line.strip(SPACE)
        if _is_comment(line):
            if any(waiting):
                continue
        else:
            if line.endswith("\\"):
                line = line[:-1]
                if number != len(lines):
                    waiting.append(line)
                    continue
            line = "".join([*waiting, line])
            waiting = []
        yield number, line


def _is_comment(line: str) -> bool:
    return not line or line[0] in "#;"


def _is_group(line: str) -> bool:
    return line[0] == "[" and line.partition("]")[2].strip(" \t") == "" and "]" in line


class _Parser:
    """Keeps comments back until it is known to which group or line they belong."""

    def __init__(self, unit: UnitFile) -> None:
        self.unit = unit
        self.group: str | None = None
        self.comments: list[str] = []

    def take(self, line: str) -> None:
        if _is_comment(line):
            self.comments.append(line)
        elif _is_group(line):
            self._start_group(line[1:].partition("]")[0])
        elif "=" in line[1:] and line[0] != "=":
            self._add_value(line)
        else:
            raise QuadletError(f"“{line}” which is not a key-value pair, group, or comment")

    def flush(self) -> None:
        """Give the comments that wait to the group they are in, or to none."""
        if self.group is None:
            self.group = ""
            self.unit.append_comments("", [])
        for comment in self.comments:
            self.unit.append(self.group, None, comment)
        self.comments = []

    def _start_group(self, name: str) -> None:
        if not name or "[" in name or not CONTROL.isdisjoint(name):
            raise QuadletError(f"invalid group name: {name}")
        self.group = name
        # One empty line between groups is left out here, and written again.
        spaced = self.comments and not self.comments[0]
        self.unit.append_comments(name, self.comments[1:] if spaced else self.comments)
        self.comments = []

    def _add_value(self, line: str) -> None:
        if self.group is None:
            raise QuadletError("key file does not start with a group")
        key, _, value = line.partition("=")
        key = key.rstrip(ASCII_SPACE)
        if not key or key.startswith("["):  # which systemd would take for a group
            raise QuadletError(f"invalid key name: {key}")
        self.flush()
        self.unit.append(self.group, key, whole_line(value.lstrip(ASCII_SPACE)))
