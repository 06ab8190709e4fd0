"""Which columns a source has and which type fits each: found in one pass, in memory that does not grow with the rows.

The types are those that `sqlite-utils insert --detect-types` would give, but for values that would not come back as
they were written: with "007", "3.10", "1E5", "-0" or a number of more than 64 bits among them a column is text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from typing import Union

from podpipe.data.rows import Cell, Row
from podpipe.errors import SourceError

Kind = Union[type[int], type[float], type[str]]
"""What a column holds."""

MOST_COLUMNS = 2000  # SQLITE_MAX_COLUMN
_RENAME = "let podpipe rename it: `rename: true` beside the source's address in podpipe.yaml"

EXACT = 2**53
"""Beyond this a number with a point or an exponent does not tell each whole number from the next."""

_WIDENING: tuple[Kind, ...] = (int, float, str)
_INTEGER = re.compile(r"0|-?[1-9][0-9]*")
_FLOAT = re.compile(r"-?(?:(?:0|[1-9][0-9]*)?\.[0-9]+|[1-9](?:\.[0-9]+)?e[+-][0-9]{2,3})")


def kind_of_text(cell: Cell) -> Kind:
    """The narrowest type that gives a CSV cell back as it was written."""
    text = str(cell)
    if _INTEGER.fullmatch(text):
        return int if len(text) < 19 or (len(text) <= 20 and fits_integer(int(text))) else str
    return float if _FLOAT.fullmatch(text) and _survives(text) else str


def _survives(text: str) -> bool:
    """Whether the number that becomes of a text is written like it: 3.10 and 1E5 are not, nor is -0.0 in SQLite."""
    number = float(text)
    if repr(number) == text:
        return bool(number) or text == "0.0"
    plain = f"0{text}" if text.startswith(".") else text.replace("-.", "-0.", 1)
    return bool(number) and "e" not in text and format(Decimal(repr(number)), "f") == plain


def kind_of_value(value: Cell) -> Kind:
    """The type of a JSON value, which says itself what it is."""
    if isinstance(value, int):
        return int
    return float if isinstance(value, float) else str


def renamed(names: Sequence[str]) -> list[str]:
    """The names of columns, so that each has one and no two are the same for SQLite: `column_2`, `name_2`."""
    if len(names) > MOST_COLUMNS:
        return list(names)  # which is refused
    written = {_folded(name) for name in names}
    found: dict[bytes, str] = {}
    for place, name in enumerate(names, 1):
        base = new = name if name.strip() else f"column_{place}"
        number = 2
        while _folded(new) in found or (new != name and _folded(new) in written):
            new, number = f"{base}_{number}", number + 1
        found[_folded(new)] = new
    return list(found.values())


def fits_integer(number: int) -> bool:
    """Whether SQLite can hold the number as an integer: 64 bits, signed."""
    return -(2**63) <= number < 2**63


def scan_columns(header: Sequence[str], rows: Iterable[Row], kind_of: Callable[[Cell], Kind]) -> dict[str, Kind]:
    """The columns in the order of their first appearance, each with the type that fits all of its values.

    `header` names those that are known beforehand. Errors: SourceError for names that SQLite cannot have.
    """
    names: dict[bytes, str] = {}
    kinds: dict[str, Kind | None] = {}
    inexact: set[str] = set()  # columns with whole numbers that beside a half would lose digits
    row = None
    for name in header:
        kinds[_new_column(name, names, "line 1")] = None
    for row in rows:
        for name, value in row.values.items():
            if name not in kinds:
                kinds[_new_column(name, names, row.place)] = None
            known = kinds[name]
            if value is not None and known is not str:
                kind = kind_of(value)
                kinds[name] = max(known or int, kind, key=_WIDENING.index)
                if kind is int and not -EXACT <= int(value) <= EXACT:
                    inexact.add(name)
    if row is None:
        raise SourceError("no rows", hint="is it the right file? The table stays as it was")
    return {name: str if kind is float and name in inexact else kind or str for name, kind in kinds.items()}


def _new_column(name: str, names: dict[bytes, str], place: str) -> str:
    folded = _folded(name)
    if not name.strip():
        hint = f"give it one in the source, or {_RENAME}"
        raise SourceError(f"{place}: column {len(names) + 1} has no name", hint=hint)
    if folded in names:
        raise SourceError(
            f"{place}: the columns {names[folded]!r} and {name!r} have the same name",
            hint=f"rename one in the source, or {_RENAME}",
        )
    if len(names) == MOST_COLUMNS:
        raise SourceError(f"{place}: more than {MOST_COLUMNS} columns", hint="is it really a table, a row a line?")
    names[folded] = name
    return name


def _folded(name: str) -> bytes:
    """SQLite takes names that differ only in the case of ASCII letters for the same."""
    return name.encode().lower()
