"""CSV as RFC 4180 has it: commas, quotation marks, a header; every row as long as the header."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from typing import BinaryIO

from podpipe.data.rows import LONGEST_ROW, Reading, Row, text_lines
from podpipe.errors import SourceError


def read_csv(file: BinaryIO) -> Reading:
    """Rows of text; an empty cell is None. Errors: SourceError, naming the line on which the row starts."""
    csv.field_size_limit(LONGEST_ROW)
    records = _records(file)
    _, header = next(records, (1, []))
    if not header:
        raise SourceError("no header", hint="the first line of a CSV source names its columns")
    return Reading(tuple(header), _rows(header, records))


def _records(file: BinaryIO) -> Iterator[tuple[int, list[str]]]:
    """The cells of each record and the line it starts on; a quoted cell may span lines."""
    reader = csv.reader(text_lines(file), strict=True)
    while True:
        start = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise SourceError(
                f"line {start}: {error}", hint='is a quotation mark (") opened on this line and not closed?'
            ) from error
        if cells:
            yield start, cells


def _rows(header: list[str], records: Iterator[tuple[int, list[str]]]) -> Iterator[Row]:
    for line, cells in records:
        if len(cells) != len(header):
            raise SourceError(
                f"line {line}: the header names {len(header)} columns, but here are {len(cells)} cells",
                hint="a cell with a comma in it needs quotation marks around it",
            )
        yield Row("line", line, {name: cell or None for name, cell in zip(header, cells)})
