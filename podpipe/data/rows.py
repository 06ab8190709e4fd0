"""Rows, one at a time: a source may be larger than the machine's memory."""

from __future__ import annotations

import codecs
import itertools
from collections.abc import Iterator, Mapping
from typing import BinaryIO, NamedTuple, Union

from podpipe.data.sources import Source
from podpipe.errors import SourceError

LONGEST_ROW = 16 * 1024 * 1024
"""Bytes of the longest line or JSON object that is read: the most that one row may cost in memory."""

NOT_UTF8 = "name its `encoding` in podpipe.yaml: windows-1252 is what Western Windows programs write"


Cell = Union[int, float, str, None]


class Row(NamedTuple):
    """A row as its source has it; a missing value is None. `number` counts from 1 in `unit`s, "line" or "item"."""

    unit: str
    number: int
    values: Mapping[str, Cell]

    @property
    def place(self) -> str:
        """Where the row stands, for people."""
        return f"{self.unit} {self.number}"


class Reading(NamedTuple):
    """A table being read: the columns known beforehand (JSON has no header) and the rows, which come once."""

    header: tuple[str, ...]
    rows: Iterator[Row]


def read_rows(file: BinaryIO, source: Source) -> Reading:
    """Read a source's file from its beginning.

    Errors: SourceError, now or while the rows come, naming the line or the item.
    """
    from podpipe.data.csv_rows import read_csv
    from podpipe.data.json_rows import read_json

    file.seek(0)
    return read_csv(file, source) if source.format == "csv" else Reading((), read_json(file, source.rows))


def text_lines(file: BinaryIO) -> Iterator[str]:
    """The lines of a UTF-8 file, each with its end, without the byte order mark. Errors: SourceError."""
    for number in itertools.count(1):
        line = file.readline(LONGEST_ROW + 1)
        if number == 1 and line.startswith(codecs.BOM_UTF8):
            line = line[len(codecs.BOM_UTF8) :]
        if not line:
            return
        if len(line) > LONGEST_ROW:
            raise SourceError(f"line {number}: longer than {LONGEST_ROW} bytes", hint="is it a text file?")
        if b"\0" in line:
            raise SourceError(f"line {number}: a NUL byte; is it no text at all?", hint=NOT_UTF8)
        try:
            yield line.decode()
        except UnicodeDecodeError as error:
            raise SourceError(f"line {number}: not UTF-8 ({error.reason})", hint=NOT_UTF8) from error
