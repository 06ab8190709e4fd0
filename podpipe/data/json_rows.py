"""JSON rows: an array of objects, alone or inside an object, or an object a line (NDJSON), decoded a row at a time."""

from __future__ import annotations

import codecs
import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import BinaryIO

from podpipe.data.columns import fits_integer
from podpipe.data.rows import LONGEST_ROW, NOT_UTF8, Cell, Row, text_lines
from podpipe.errors import SourceError

_CHUNK = 64 * 1024
_SPACE = (" ", "\t", "\r", "\n")
_CUT_OFF = "the file ends in the middle of the array"
_SHAPE = "a JSON source is an array of objects, [{...}, {...}], or an object a line"
_COLLECTION = re.compile(rb'"type"\s*:\s*"FeatureCollection"')
_DEEPEST = 3  # objects in which rows are looked for


def read_json(file: BinaryIO, rows: str = "") -> Iterator[Row]:
    """Rows of None, numbers and text: true is 1, an object or array inside a row is its JSON, a GeoJSON feature its
    properties and its geometry. `rows` is the path to the array inside an object, "." an object that is a row.

    Errors: SourceError, naming the item (from 1) of an array, or the line.
    """
    unit, objects = _objects(file, rows)
    for number, value in objects:
        if not isinstance(value, dict):
            raise SourceError(f"{unit} {number}: not an object", hint=_SHAPE)
        try:
            yield Row(unit, number, {_text(name): _cell(cell) for name, cell in _flat(value).items()})
        except ValueError as error:
            raise SourceError(f"{unit} {number}: {error}", hint="SQLite cannot hold it: correct the source") from error


def _objects(file: BinaryIO, rows: str) -> tuple[str, Iterator[tuple[int, object]]]:
    """What counts the objects of a file, and these."""
    head = file.read(_CHUNK).removeprefix(codecs.BOM_UTF8).lstrip()
    file.seek(0)
    if rows not in ("", "."):
        return "item", _ArrayText(file).items(rows.split("."))
    if not head.startswith(b"{"):
        return "item", _ArrayText(file).items()
    if _COLLECTION.search(head):
        return "item", _ArrayText(file).items(["features"])
    alone = _object_alone(file)
    if alone is None:
        return "line", _lines(file)
    if not rows and (places := list(_places(alone))):
        hint = f"say `rows: {places[0]}` in podpipe.yaml; if the object is the one row, `rows: .`"
        raise SourceError(f"one object; the rows seem to stand in it at {' or '.join(places)}", hint=hint)
    return "line", iter([(1, alone)])


def _object_alone(file: BinaryIO) -> dict[str, object] | None:
    """The object that a file is, if it is no more than one, on one line or on many."""
    try:
        line = file.readline(LONGEST_ROW)
        try:
            value = _DECODER.decode(line.decode("utf-8-sig"))
            if any(more.strip() for more in iter(lambda: file.readline(LONGEST_ROW), b"")):
                return None
        except ValueError:
            value = _DECODER.decode((line + file.read(LONGEST_ROW - len(line))).decode("utf-8-sig"))
        return value if isinstance(value, dict) else None
    except (ValueError, RecursionError):  # which is told where its rows are read
        return None
    finally:
        file.seek(0)


def _places(value: Mapping[str, object], path: str = "") -> Iterator[str]:
    """The paths to the arrays of objects inside an object."""
    for name, inner in value.items():
        if isinstance(inner, list) and any(isinstance(each, dict) for each in inner):
            yield f"{path}{name}"
        elif isinstance(inner, dict) and path.count(".") < _DEEPEST:
            yield from _places(inner, f"{path}{name}.")


def _flat(value: dict[str, object]) -> Mapping[str, object]:
    """A GeoJSON feature (RFC 7946, 3.2) as the row that it stands for; any other object as it is."""
    if value.get("type") != "Feature" or "geometry" not in value:
        return value
    properties = value.get("properties")
    around = {name: inner for name, inner in value.items() if name not in ("type", "properties")}
    return {**around, **(properties if isinstance(properties, dict) else {})}


def _lines(file: BinaryIO) -> Iterator[tuple[int, object]]:
    for number, line in enumerate(text_lines(file), 1):
        if line.strip():
            try:
                yield number, _DECODER.decode(line)
            except (ValueError, RecursionError) as error:
                raise SourceError(f"line {number}: {_reason(error)}", hint=_SHAPE) from error


class _ArrayText:
    """The text of an array, of which only what is not decoded yet is in memory."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._decoder = codecs.getincrementaldecoder("utf-8-sig")()
        self._text = ""
        self._at = 0
        self._item = 1

    def items(self, path: Sequence[str] = ()) -> Iterator[tuple[int, object]]:
        """The objects of the array, which stands at that path inside an object; what follows it is not looked at."""
        for name in path:
            self._enter(name)
        self._take("[")
        if self._next_character() == "]":
            self._take("]")
        else:
            yield from self._members()
        if not path and self._next_character():
            raise self._error("more text after the end of the array")

    def _enter(self, name: str) -> None:
        """Go to the value that an object has under a name."""
        names = []
        self._take("{")
        while self._next_character() == '"':
            found = self._value()
            names.append(str(found))
            self._take(":")
            if found == name:
                return
            self._value()
            if self._take(",}") == "}":
                break
        hint = f"there are {', '.join(names[:20])}" if names else "the object is empty"
        raise SourceError(f"there is no `{name}`, which `rows` in podpipe.yaml names", hint=hint)

    def _members(self) -> Iterator[tuple[int, object]]:
        mark = ","
        while mark == ",":
            found = self._next_character()
            if found != "{":
                raise self._error("not an object" if found else _CUT_OFF)
            yield self._item, self._value()
            mark = self._take(",]")
            self._item += 1

    def _take(self, expected: str) -> str:
        found = self._next_character()
        if not found:
            raise self._error(_CUT_OFF)
        if found not in expected:
            raise self._error(f"{' or '.join(expected)} was expected, not {found}")
        self._at += 1
        return found

    def _next_character(self) -> str:
        """The next character that is no white space; "" at the end of the file."""
        while True:
            while self._text.startswith(_SPACE, self._at):
                self._at += 1
            if self._at < len(self._text) or not self._read_more():
                return self._text[self._at : self._at + 1]

    def _value(self) -> object:
        """The value that comes next; a number where the text ends may go on."""
        self._next_character()
        while True:
            try:
                value, end = _DECODER.raw_decode(self._text, self._at)
                if end < len(self._text) or self._text[end - 1] in '}]"' or not self._read_more():
                    self._at = end
                    return value
            except json.JSONDecodeError as error:
                if len(self._text) - self._at > LONGEST_ROW or not self._read_more():
                    raise self._error(_reason(error)) from error
            except (ValueError, RecursionError) as error:
                raise self._error(_reason(error)) from error

    def _read_more(self) -> bool:
        """Double what is left of the text, so that a long object costs no more than a few attempts at it."""
        rest = self._text[self._at :]
        data = self._file.read(max(_CHUNK, len(rest)))
        try:
            self._text, self._at = rest + self._decoder.decode(data, final=not data), 0
        except UnicodeDecodeError as error:
            raise SourceError(f"item {self._item}: not UTF-8 ({error.reason})", hint=NOT_UTF8) from error
        return bool(data)

    def _error(self, what: str) -> SourceError:
        return SourceError(f"item {self._item}: {what}", hint=_SHAPE)


def _cell(value: object) -> Cell:
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, int):
        return value if fits_integer(value) else str(value)
    if isinstance(value, float):
        return _finite(value)
    if isinstance(value, str):
        return _text(value)
    return None if value is None else _text(json.dumps(value, ensure_ascii=False, allow_nan=False))


def _finite(number: float) -> float:
    if not math.isfinite(number):
        raise ValueError("a number too large")
    return number


def _text(text: str) -> str:
    if "\0" in text:
        raise ValueError("a NUL character")
    text.encode()  # half a surrogate pair, "\\ud83d" alone, is no character
    return text


def _reason(error: Exception) -> str:
    if isinstance(error, RecursionError):
        return "nested too deeply"
    return error.msg if isinstance(error, json.JSONDecodeError) else str(error)


def _refuse_constant(name: str) -> object:
    raise ValueError(f"{name} is no JSON")


_DECODER = json.JSONDecoder(parse_constant=_refuse_constant)
