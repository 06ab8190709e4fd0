"""CSV: a header, then rows as long as it; by commas as RFC 4180 has it, or by what others separate with."""

from __future__ import annotations

import contextlib
import csv
import itertools
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import BinaryIO

from podpipe.data.columns import renamed
from podpipe.data.rows import LONGEST_ROW, Reading, Row, text_lines
from podpipe.data.sources import Source
from podpipe.errors import SourceError

SEPARATORS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "vertical bar"}
_LOOK_AHEAD = 64 * 1024  # characters
_DECLARED = re.compile(r"sep=(.)\s*", re.IGNORECASE)  # Excel's own first line


def read_csv(file: BinaryIO, source: Source) -> Reading:
    """Rows of text; an empty cell is None. Errors: SourceError, naming the line on which the row starts."""
    csv.field_size_limit(LONGEST_ROW)
    lines = text_lines(file)
    first = source.header if isinstance(source.header, int) else 1
    for _ in itertools.islice(lines, first - 1):
        pass
    separator, head = source.separator, _head(lines)
    if head and first == 1 and (declared := _DECLARED.fullmatch(head[0])):
        separator, head, first = separator or declared[1], head[1:], 2
    separator = separator or _separator(head)
    records = _records(itertools.chain(head, lines), separator, first)
    _, header = next(records, (1, [])) if isinstance(source.header, int) else (1, list(source.header))
    if not header:
        raise SourceError("no header", hint="the first line of a CSV source names its columns")
    header = renamed(header) if source.rename else header
    return Reading(tuple(header), _rows(header, records, separator))


def _head(lines: Iterator[str]) -> list[str]:
    """The first lines, to be looked at before they are read."""
    head: list[str] = []
    while sum(map(len, head)) < _LOOK_AHEAD and (line := next(lines, None)) is not None:
        head.append(line)
        if len(head) == 20:
            break
    return head


def _separator(head: Sequence[str]) -> str:
    """What splits the first two records into the same number of cells, and that into the most; else a comma."""
    best, most = ",", 1
    for separator in SEPARATORS:
        widths: set[int] = set()
        with contextlib.suppress(csv.Error):  # which is told of where the rows are read, if it is the right one
            records = (cells for cells in csv.reader(head, delimiter=separator) if cells)
            widths = {len(cells) for cells in itertools.islice(records, 2)}
        if len(widths) == 1 and max(widths) > most:
            best, most = separator, max(widths)
    return best


def _records(lines: Iterable[str], separator: str, first: int) -> Iterator[tuple[int, list[str]]]:
    """The cells of each record and the line it starts on; a quoted cell may span lines."""
    reader = csv.reader(lines, delimiter=separator, strict=True)
    while True:
        start = reader.line_num + first
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


def _rows(header: list[str], records: Iterator[tuple[int, list[str]]], separator: str) -> Iterator[Row]:
    for line, cells in records:
        if len(cells) != len(header):
            name = SEPARATORS.get(separator, separator)
            raise SourceError(
                f"line {line}: the header names {len(header)} columns, but here are {len(cells)} cells",
                hint=f"a cell with a {name} in it needs quotation marks around it; is it not a {name} that separates, "
                "or do lines stand above the header? Then `separator` or `header` in podpipe.yaml says so",
            )
        yield Row("line", line, {name: cell or None for name, cell in zip(header, cells)})
