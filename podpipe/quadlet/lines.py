"""Lines and groups of a unit file; nothing that would end a line for systemd gets into one."""

from __future__ import annotations

from podpipe.quadlet.errors import QuadletError
from podpipe.quadlet.words import SPACE

LINE_ENDS = {"\n": "a line's end", "\r": "a carriage return", "\0": "a NUL"}  # systemd's, see its read_line()
LONGEST = 250_000  # characters; systemd reads no unit with a line of more than a MiB, and a character may be 4 bytes


def one_line(text: str) -> str:
    """The text, which holds nothing that ends a line for systemd. Errors: QuadletError."""
    for end, name in LINE_ENDS.items():
        if end in text:
            raise QuadletError(f"{text!r} holds {name}, which would end its line in the unit: leave it out")
    return text


def whole_line(value: str) -> str:
    """The value, which systemd will read as all that is on its line, and nothing of the next. Errors: QuadletError."""
    if value.rstrip(SPACE).endswith("\\"):
        raise QuadletError(f"{value!r} ends with a backslash, which would join the next line to it: leave it out")
    if len(value) > LONGEST:
        raise QuadletError(f"a value is longer than the {LONGEST} characters that a line may have")
    return one_line(value)


class Line:
    """A key with its value, or a comment (or empty line), whose key is None."""

    __slots__ = ("key", "value")

    def __init__(self, key: str | None, value: str) -> None:
        self.key = key
        self.value = value

    def __str__(self) -> str:
        return f"{self.value}\n" if self.key is None else f"{self.key}={self.value}\n"


class Group:
    """A group: the comments above its header, its lines, and these by their key."""

    __slots__ = ("by_key", "comments", "lines", "name")

    def __init__(self, name: str) -> None:
        self.name = name
        self.comments: list[Line] = []
        self.lines: list[Line] = []
        self.by_key: dict[str, list[Line]] = {}

    def insert(self, position: int, key: str | None, value: str) -> None:
        line = Line(key, value)
        self.lines.insert(position, line)
        if key is not None:
            same = self.by_key.setdefault(key, [])
            same.insert(0 if position == 0 else len(same), line)

    def append(self, key: str | None, value: str) -> None:
        self.insert(len(self.lines), key, value)

    def unset(self, key: str) -> None:
        if self.by_key.pop(key, None):
            self.lines = [line for line in self.lines if line.key != key]

    def merge(self, other: Group) -> None:
        self.comments += [Line(None, line.value) for line in other.comments]
        for line in other.lines:
            self.append(line.key, line.value)

    def __str__(self) -> str:
        # A group without a name holds the comments of a file without groups.
        body = [f"[{self.name}]\n", *map(str, self.lines)] if self.name else []
        return "".join([*map(str, self.comments), *body])
