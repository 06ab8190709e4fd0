"""The fields of a front matter or of site.yaml, taken out one by one with their types checked."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timezone

from podpipe.web.problems import ContentError, Problem

_MOMENT = re.compile(
    r"(\d{4}-\d\d-\d\d)(?:[Tt ](\d\d:\d\d)(:\d\d)?(?:\.\d+)?\s*([Zz]|[+-]\d\d:?\d\d)?)?",
)
_FLAGS = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


class Fields:
    """Values by key; every mistake met is kept, and `check` raises them together.

    `text` is what they were parsed from and `first_line` where that begins in `file`, so that a
    mistake can name its line.
    """

    def __init__(self, file: str, values: Mapping[str, object], text: str, first_line: int = 1) -> None:
        self._file, self._text, self._first_line = file, text, first_line
        self._left = dict(values)
        self._known: list[str] = []
        self._problems: list[Problem] = []
        self.warnings: list[Problem] = []
        for key in [key for key, value in values.items() if _has_huge_number(value)]:
            self.reject(key, f"`{key}` holds a number of more than 64 bits: put it in quotes")
            del self._left[key]

    def text(self, key: str, default: str = "") -> str:
        """A line of text; a bare whole number counts as one (`title: 1984`)."""
        value = self._take(key)
        return default if value is None else self._as_text(key, value)

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of texts, in order, each once; a single text counts as a list of one."""
        value = self._take(key)
        values = [] if value is None else value if isinstance(value, list) else [value]
        texts = (self._as_text(key, entry) for entry in values)
        return tuple(dict.fromkeys(text for text in texts if text))

    def flag(self, key: str, default: bool = False) -> bool:
        """true or false, or what people write for these."""
        value = self._take(key)
        said = value if isinstance(value, bool) else _FLAGS.get(str(value).lower())
        if value is not None and said is None:
            self.reject(key, f"`{key}` is true or false, not {value!r}")
        return default if said is None else said

    def number(self, key: str) -> int:
        """A whole number; 0 where it is not given."""
        value = self._take(key)
        if value is None:
            return 0
        if isinstance(value, str) and re.fullmatch(r"[-+]?\d{1,9}", value):
            return int(value)  # 007
        if isinstance(value, bool) or not isinstance(value, int):
            self.reject(key, f"`{key}` is a whole number, not {value!r}")
            return 0
        return value

    def moment(self, key: str) -> datetime | None:
        """A date, or a date and time, with its zone if one is written."""
        value = self._take(key)
        try:
            return None if value is None else _parse_moment(value)
        except (ValueError, OverflowError):
            self.reject(key, f"`{key}` is no date: {str(value)!r} (write 2026-11-23 or 2026-11-23T18:30+01:00)")
            return None

    def mapping(self, key: str) -> dict[str, object]:
        """Values of the writer's own, under keys of the writer's own."""
        value = self._take(key)
        if value is not None and not isinstance(value, dict):
            self.reject(key, f"`{key}` holds lines of `key: value`")
        return {str(name): entry for name, entry in value.items()} if isinstance(value, dict) else {}

    def mappings(self, key: str) -> list[dict[str, object]]:
        """A list of mappings."""
        value = self._take(key)
        entries = value if isinstance(value, list) else []
        if (value is not None and not isinstance(value, list)) or not all(isinstance(entry, dict) for entry in entries):
            self.reject(key, f"`{key}` is a list of entries with keys")
            return []
        return entries

    def own(self) -> dict[str, object]:
        """What is left: the writer's own keys. Of a near miss of a long known one there is a warning."""
        for key in self._left:
            near = self._near(key, longer_than=4)
            if near:
                self.warn(key, f"`{key}` is a key of your own: did you mean `{near}`?")
        return self._left

    def first(self, *keys: str) -> str:
        """The first of these keys that is given, for one thing that has several names; else the first of all."""
        return next((key for key in keys if self._find(key) is not None), keys[0])

    def refuse_own(self, instead: str) -> None:
        """What is left is a mistake; `instead` says where it belongs."""
        for key in self._left:
            near = self._near(key)
            self.reject(key, f"unknown key `{key}`: " + (f"did you mean `{near}`?" if near else instead))

    def reject(self, key: str, message: str) -> None:
        """Note a mistake at the line of `key`."""
        self._problems.append(Problem(self._file, self._line(key), message))

    def warn(self, key: str, message: str) -> None:
        """Note what keeps nothing from being published."""
        self.warnings.append(Problem(self._file, self._line(key), message))

    def check(self) -> None:
        """Raise every mistake noted so far. Errors: ContentError."""
        if self._problems:
            raise ContentError(*self._problems)

    def _take(self, key: str) -> object:
        self._known.append(key)
        found = self._find(key)
        return None if found is None else self._left.pop(found)

    def _find(self, key: str) -> str | None:
        """The key as it is written, in whatever case."""
        if key in self._left:
            return key
        return next((each for each in self._left if each.casefold() == key.casefold()), None)

    def _near(self, key: str, longer_than: int = 0) -> str:
        import difflib

        known = [each for each in self._known if len(each) > longer_than]
        return next(iter(difflib.get_close_matches(key.casefold(), known, n=1, cutoff=0.8)), "")

    def _as_text(self, key: str, value: object) -> str:
        if isinstance(value, bool) or not isinstance(value, (str, int)):
            self.reject(key, f"`{key}` is text; put {value!r} in quotes")
            return ""
        if not is_xml_text(str(value)):
            self.reject(key, f"`{key}` holds a character that no page can carry")
        return " ".join(str(value).split())

    def _line(self, key: str) -> int:
        found = re.search(rf"""^["']?{re.escape(key)}["']?\s*[:=]""", self._text, re.MULTILINE)
        return self._first_line + (self._text.count("\n", 0, found.start()) if found else 0)


def is_xml_text(text: str) -> bool:
    """Whether HTML and Atom can carry the text: XML 1.0's characters, so no control characters."""
    return _NOT_XML.search(text) is None


def lines_not_xml(text: str) -> Iterable[int]:
    """The 0-based lines where a character stands that HTML and Atom cannot carry."""
    return (text.count("\n", 0, found.start()) for found in _NOT_XML.finditer(text))


def _has_huge_number(value: object) -> bool:
    """Beyond what JSON readers take, and from 4300 digits on Python refuses to print it."""
    if isinstance(value, Mapping):
        return any(map(_has_huge_number, value.values()))
    if isinstance(value, list):
        return any(map(_has_huge_number, value))
    return isinstance(value, int) and value.bit_length() > 63


def _parse_moment(value: object) -> datetime:
    """YAML gives text, TOML its own types."""
    if isinstance(value, datetime):
        moment = value
    elif isinstance(value, date):
        moment = datetime(value.year, value.month, value.day)
    else:
        moment = _parse_text_moment(str(value))
    moment.replace(tzinfo=moment.tzinfo or timezone.utc).astimezone(timezone.utc)  # there are none before the year 1
    return moment


def _parse_text_moment(text: str) -> datetime:
    found = _MOMENT.fullmatch(text.strip())
    if not found:
        raise ValueError(text)
    day, minute, second, zone = found.groups()
    if zone in ("Z", "z"):
        zone = "+00:00"
    elif zone and ":" not in zone:
        zone = f"{zone[:3]}:{zone[3:]}"
    return datetime.fromisoformat(f"{day}T{minute or '00:00'}{second or ':00'}{zone or ''}")
