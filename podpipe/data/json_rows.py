"""JSON rows: an array of objects, or an object a line (NDJSON), decoded a row at a time."""

from __future__ import annotations

import codecs
import json
import math
from collections.abc import Iterator
from typing import BinaryIO

from podpipe.data.columns import fits_integer
from podpipe.data.rows import LONGEST_ROW, NOT_UTF8, Cell, Row, text_lines
from podpipe.errors import SourceError

_CHUNK = 64 * 1024
_SPACE = (" ", "\t", "\r", "\n")
_CUT_OFF = "the file ends in the middle of the array"
_SHAPE = "a JSON source is an array of objects, [{...}, {...}], or an object a line"


def read_json(file: BinaryIO) -> Iterator[Row]:
    """Rows of None, numbers and text: true is 1, an object or array inside a row is its JSON.

    Errors: SourceError, naming the item (from 1) of an array, or the line.
    """
    start = file.read(_CHUNK).removeprefix(codecs.BOM_UTF8).lstrip()[:1]
    file.seek(0)
    unit, objects = ("line", _lines(file)) if start == b"{" else ("item", _ArrayText(file).items())
    for number, value in objects:
        if not isinstance(value, dict):
            raise SourceError(f"{unit} {number}: not an object", hint=_SHAPE)
        try:
            yield Row(unit, number, {_text(name): _cell(cell) for name, cell in value.items()})
        except ValueError as error:
            raise SourceError(f"{unit} {number}: {error}", hint="SQLite cannot hold it: correct the source") from error


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

    def items(self) -> Iterator[tuple[int, object]]:
        self._take("[")
        if self._next_character() == "]":
            self._take("]")
        else:
            yield from self._members()
        if self._next_character():
            raise self._error("more text after the end of the array")

    def _members(self) -> Iterator[tuple[int, object]]:
        mark = ","
        while mark == ",":
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
        found = self._next_character()
        if found != "{":  # only what ends in a bracket cannot be cut off unnoticed
            raise self._error("not an object" if found else _CUT_OFF)
        while True:
            try:
                value, self._at = _DECODER.raw_decode(self._text, self._at)
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
