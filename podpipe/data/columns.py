"""Which columns a source has and which type fits each: found in one pass, in memory that does not grow with the rows.

The types are those that `sqlite-utils insert --detect-types` would give, but for values that would not
come back as they were: "007", "1_000" and integers of more than 64 bits stay text.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Sequence
from typing import Union

from podpipe.data.rows import Cell, Row
from podpipe.errors import SourceError

Kind = Union[type[int], type[float], type[str]]
"""What a column holds."""

MOST_COLUMNS = 2000  # SQLITE_MAX_COLUMN

_WIDENING: tuple[Kind, ...] = (int, float, str)
_INTEGER = re.compile(r"-?(?:0|[1-9][0-9]*)")
_FLOAT = re.compile(r"-?(?:(?:0|[1-9][0-9]*)?\.[0-9]+(?:[eE][+-]?[0-9]+)?|(?:0|[1-9][0-9]*)[eE][+-]?[0-9]+)")


def kind_of_text(cell: Cell) -> Kind:
    """The narrowest type that gives a CSV cell back as it was."""
    text = str(cell)
    if _INTEGER.fullmatch(text):
        return int if len(text) < 19 or (len(text) <= 20 and fits_integer(int(text))) else str
    if _FLOAT.fullmatch(text) and math.isfinite(float(text)):
        return float
    return str


def kind_of_value(value: Cell) -> Kind:
    """The type of a JSON value, which says itself what it is."""
    if isinstance(value, int):
        return int
    return float if isinstance(value, float) else str


def fits_integer(number: int) -> bool:
    """Whether SQLite can hold the number as an integer: 64 bits, signed."""
    return -(2**63) <= number < 2**63


def scan_columns(header: Sequence[str], rows: Iterable[Row], kind_of: Callable[[Cell], Kind]) -> dict[str, Kind]:
    """The columns in the order of their first appearance, each with the type that fits all of its values.

    `header` names those that are known beforehand. Errors: SourceError for names that SQLite cannot have.
    """
    names: dict[bytes, str] = {}
    kinds: dict[str, Kind | None] = {}
    for name in header:
        kinds[_new_column(name, names, "line 1")] = None
    for row in rows:
        for name, value in row.values.items():
            if name not in kinds:
                kinds[_new_column(name, names, row.place)] = None
            known = kinds[name]
            if value is not None and known is not str:
                kinds[name] = max(known or int, kind_of(value), key=_WIDENING.index)
    return {name: kind or str for name, kind in kinds.items()}


def _new_column(name: str, names: dict[bytes, str], place: str) -> str:
    folded = name.encode().lower()  # SQLite takes names that differ only in the case of ASCII letters for the same
    if not name.strip():
        raise SourceError(f"{place}: column {len(names) + 1} has no name", hint="give it one in the source")
    if folded in names:
        raise SourceError(
            f"{place}: the columns {names[folded]!r} and {name!r} have the same name", hint="rename one in the source"
        )
    if len(names) == MOST_COLUMNS:
        raise SourceError(f"{place}: more than {MOST_COLUMNS} columns", hint="is it really a table, a row a line?")
    names[folded] = name
    return name
