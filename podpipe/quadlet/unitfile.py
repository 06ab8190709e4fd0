"""A unit file in memory: groups, keys and comments in their order, read and written as Podman's Quadlet does it.

Several groups of one name become one. Continued lines are joined when they are read, so no value holds a line's
end; and none can be put in, because what would end a line for systemd is refused wherever a line comes from.
"""

from __future__ import annotations

from podpipe.quadlet.errors import QuadletError
from podpipe.quadlet.lines import Group, Line, one_line, whole_line
from podpipe.quadlet.names import extension, template_parts
from podpipe.quadlet.parser import parse_into
from podpipe.quadlet.words import SPACE, join_words, quote_word, split_exec, split_strv

TYPE_CHECKING = False  # as typing's, whose import would cost more than this module
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

TRUE = ("1", "yes", "true", "on")
DIGITS = frozenset("0123456789abcdefABCDEF")
MOST_DIGITS = 21  # of 64 bits in octal
UINT32_MAX = 0xFFFFFFFF


class UnitFile:
    """A Quadlet file, a drop-in or a systemd unit. Methods are those of Podman's parser.UnitFile.

    `filename` is the unit's name, `path` where it was read from (or is to go). Values are text with
    surrogate escapes for what is no UTF-8.
    """

    def __init__(self, path: str = "") -> None:
        self.path = path
        self.filename = path.rpartition("/")[2]
        self._groups: dict[str, Group] = {}

    # -- reading and writing

    @classmethod
    def parse(cls, text: str, path: str = "") -> UnitFile:
        """The unit that a text is. Errors: QuadletError with the line that is none."""
        unit = cls(path)
        parse_into(unit, text)
        return unit

    def __str__(self) -> str:
        return "\n".join(map(str, self._groups.values()))

    def dup(self) -> UnitFile:
        """A copy that keeps the file name, but not the path."""
        copy = UnitFile()
        copy.merge(self)
        copy.filename = self.filename
        return copy

    def merge(self, other: UnitFile) -> None:
        """Add the other's lines and comments behind these."""
        for group in other._groups.values():
            self._ensure(group.name).merge(group)

    # -- groups and keys

    def groups(self) -> list[str]:
        """The names of the groups, in order."""
        return list(self._groups)

    def has_group(self, group: str) -> bool:
        return group in self._groups

    def remove_group(self, group: str) -> None:
        self._groups.pop(group, None)

    def rename_group(self, group: str, name: str) -> None:
        """Rename a group where it stands; if the name is taken, move its lines to the end of that group."""
        if group == name or group not in self._groups:
            return
        if name in self._groups:
            self._groups[name].merge(self._groups.pop(group))
            return
        self._groups[group].name = name
        self._groups = {each.name: each for each in self._groups.values()}

    def keys(self, group: str) -> list[str]:
        """The keys of a group, each once, in order."""
        lines = self._groups[group].lines if group in self._groups else []
        return list(dict.fromkeys(line.key for line in lines if line.key is not None))

    def has_key(self, group: str, key: str) -> bool:
        return bool(self._lines(group, key))

    # -- looking up one value: None where there is none

    def lookup_last_raw(self, group: str, key: str) -> str | None:
        """The last value as it stands."""
        lines = self._lines(group, key)
        return lines[-1].value if lines else None

    lookup_last = lookup_last_raw  # continued lines were joined when the file was read

    def lookup(self, group: str, key: str) -> str | None:
        """The last value without blanks at its end and without double quotes around it."""
        value = self.lookup_last(group, key)
        if value is None:
            return None
        value = value.rstrip(SPACE)
        return value[1:-1] if len(value) > 1 and value[0] == value[-1] == '"' else value

    def lookup_boolean(self, group: str, key: str) -> bool | None:
        """Whether the last value says yes; whatever is not known says no."""
        value = self.lookup(group, key)
        return None if value is None else value.lower() in TRUE

    def lookup_boolean_with_default(self, group: str, key: str, default: bool) -> bool:
        value = self.lookup_boolean(group, key)
        return default if value is None else value

    def lookup_int(self, group: str, key: str, default: int) -> int:
        """The last value as a decimal, octal (0...) or hexadecimal (0x...) number; the default if it is none."""
        number = _number(self.lookup(group, key) or "")
        return default if number is None else number

    def lookup_uint32(self, group: str, key: str, default: int) -> int:
        number = self.lookup_int(group, key, default)
        return number if 0 <= number <= UINT32_MAX else default

    def lookup_last_args(self, group: str, key: str) -> list[str] | None:
        """The words of the last value, as of a command line. Errors: QuadletError."""
        value = self.lookup_last(group, key)
        return None if value is None else split_exec(value)

    # -- looking up all values: an empty one clears those before it

    def lookup_all_raw(self, group: str, key: str) -> list[str]:
        """All values as they stand, in order."""
        values: list[str] = []
        for line in self._lines(group, key):
            if line.value:
                values.append(line.value)
            else:
                values.clear()
        return values

    lookup_all = lookup_all_raw

    def lookup_all_strv(self, group: str, key: str) -> list[str]:
        """The words of all values, as of lists of names; a value with an open quote has none."""
        return self._all_words(group, key, split_strv)

    def lookup_all_args(self, group: str, key: str) -> list[str]:
        """The words of all values, as of command lines; a value that cannot be split has none."""
        return self._all_words(group, key, split_exec)

    def lookup_all_key_val(self, group: str, key: str) -> tuple[dict[str, str | None], list[str]]:
        """All KEY=VALUE words (None: no equals sign), the last of a key counts; and what is wrong with some values."""
        found: dict[str, str | None] = {}
        warnings: list[str] = []
        for value in self.lookup_all(group, key):
            try:
                words = split_exec(value)
            except QuadletError as error:
                warnings.append(str(error))
                continue
            for word in words:
                name, equals, text = word.partition("=")
                found[name] = text if equals else None
        return found, warnings

    # -- changing. Errors of all: QuadletError for a value that would not stay on its line

    def set(self, group: str, key: str, value: str) -> None:
        """Replace the last value of a key, or add it."""
        lines = self._lines(group, key)
        if lines:
            lines[-1].value = whole_line(value)
        else:
            self.add(group, key, value)

    def add(self, group: str, key: str, value: str) -> None:
        self._ensure(group).append(one_line(key), whole_line(value))

    def add_escaped(self, group: str, key: str, value: str) -> None:
        """Add a value that is one word."""
        self.add(group, key, quote_word(value))

    def add_cmdline(self, group: str, key: str, args: Iterable[str]) -> None:
        """Add a value that is a command line."""
        self.add(group, key, join_words(args))

    def prepend_line(self, group: str, key: str, value: str) -> None:
        """Add a value before all lines of the group (Podman's PrependUnitLine)."""
        self._ensure(group).insert(0, one_line(key), whole_line(value))

    def unset(self, group: str, key: str) -> None:
        if group in self._groups:
            self._groups[group].unset(key)

    def prepend_comments(self, *comments: str) -> None:
        """Put comments at the head of the file."""
        first = next(iter(self._groups.values()), None) or self._ensure("")
        first.comments[:0] = [Line(None, one_line(f"# {comment}")) for comment in comments]

    # -- names

    def template_parts(self) -> tuple[str, str, bool]:
        """`web@blue.container` -> ("web", "blue", True); without an at sign ("web", "", False)."""
        return template_parts(self.filename)

    @property
    def extension(self) -> str:
        """The kind of the file, with its dot: ".container"."""
        return extension(self.filename)

    # -- for this class and the parser

    def append(self, group: str, key: str | None, value: str) -> None:
        """Add a line as it was read; a comment has no key."""
        self._ensure(group).append(key, value)

    def append_comments(self, group: str, comments: Iterable[str]) -> None:
        """Add comments as they were read above the group's header, and the group."""
        self._ensure(group).comments += [Line(None, comment) for comment in comments]

    def _ensure(self, name: str) -> Group:
        group = self._groups.get(name)
        if group is None:
            group = self._groups[name] = Group(one_line(name))
        return group

    def _lines(self, group: str, key: str) -> list[Line]:
        found = self._groups.get(group)
        return found.by_key.get(key, []) if found else []

    def _all_words(self, group: str, key: str, split: Callable[[str], list[str]]) -> list[str]:
        words: list[str] = []
        for value in self.lookup_all(group, key):
            try:
                words += split(value)
            except QuadletError:
                continue  # as Podman does
        return words


def _number(text: str) -> int | None:
    sign = -1 if text[:1] == "-" else 1
    digits = text[1:] if text.startswith(("+", "-")) else text
    base = 16 if digits[:2] in ("0x", "0X") else 8 if digits[:1] == "0" else 10
    digits = digits[2:] if base == 16 else digits
    if not DIGITS.issuperset(digits) or len(digits.lstrip("0")) > MOST_DIGITS:
        return None
    try:
        return sign * int(digits, base)
    except ValueError:
        return None
