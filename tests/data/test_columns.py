from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from podpipe.data.columns import MOST_COLUMNS, kind_of_text, kind_of_value, renamed, scan_columns
from podpipe.data.rows import Cell, Row
from podpipe.errors import SourceError


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (["1", "-20", "0", None], int),
        (["9223372036854775807", "-9223372036854775808"], int),
        (["9223372036854775808"], str),
        (["123456789012345678901234567890"], str),
        (["1", "2.5", None], float),
        (["-.5", ".25", "1e-07", "1.5e+16", "0.00001", "12.0", "0.0"], float),
        (["1.5E+10"], str),
        (["1E5"], str),
        (["12e3"], str),
        (["3.9", "3.10"], str),
        (["2.50"], str),
        (["-0"], str),
        (["-0.0"], str),
        (["0.1000000000000000055"], str),
        (["1" * 400 + ".5"], str),
        (["9007199254740992", "0.5"], float),
        (["9007199254740993", "0.5"], str),
        (["1", "2.5", "x"], str),
        ([None, None], str),
        (["00123", "1"], str),
        (["1_000"], str),
        (["+5"], str),
        ([" 1"], str),
        (["١٢"], str),
        (["1e999"], str),
        (["nan"], str),
        (["inf"], str),
        (["2024-01-01"], str),
    ],
)
def test_type_of_a_csv_column(cells: list[Cell], expected: type) -> None:
    rows = (Row("line", number, {"a": cell}) for number, cell in enumerate(cells, 2))
    assert scan_columns(["a"], rows, kind_of_text) == {"a": expected}


@pytest.mark.parametrize(
    ("cells", "expected"),
    [([1, None], int), ([1, 2.0], float), ([2**53 + 1, 2.5], str), ([1, "2"], str), (["00123"], str), (["12"], str)],
)
def test_type_of_a_json_column(cells: list[Cell], expected: type) -> None:
    rows = (Row("item", number, {"a": cell}) for number, cell in enumerate(cells, 1))
    assert scan_columns([], rows, kind_of_value) == {"a": expected}


@given(st.one_of(st.integers().map(str), st.floats().map(repr), st.from_regex(r"-?[0-9_.eE+]{1,25}", fullmatch=True)))
def test_a_number_comes_back_as_it_was(text: str) -> None:
    kind = kind_of_text(text)
    with contextlib.closing(sqlite3.connect(":memory:")) as connection:
        (kept,) = connection.execute("SELECT ?", [kind(text)]).fetchone()
    plain = format(Decimal(repr(kept)), "f") if kind is float else str(kept)
    assert text in (str(kept), plain, plain.replace("0.", ".", 1) if plain.lstrip("-").startswith("0.") else plain)


def test_columns_come_in_the_order_of_their_first_appearance() -> None:
    rows = [Row("item", 1, {"b": 1}), Row("item", 2, {"a": 1, "b": 2}), Row("item", 3, {"c": "x"})]
    assert scan_columns([], rows, kind_of_value) == {"b": int, "a": int, "c": str}


@pytest.mark.parametrize(
    ("header", "complaint"),
    [
        (["a", "b", "a"], "line 1: the columns 'a' and 'a' have the same name"),
        (["Name", "nAME"], "line 1: the columns 'Name' and 'nAME' have the same name"),
        (["a", " "], "line 1: column 2 has no name"),
        ([str(number) for number in range(MOST_COLUMNS + 1)], "line 1: more than 2000 columns"),
    ],
)
def test_names_that_sqlite_cannot_have(header: list[str], complaint: str) -> None:
    with pytest.raises(SourceError) as caught:
        scan_columns(header, [], kind_of_text)
    assert caught.value.message == complaint
    assert caught.value.hint


def test_names_that_differ_for_sqlite_too() -> None:
    rows = [Row("line", 2, {"Ä": "1", "ä": "2"})]
    assert list(scan_columns(["Ä", "ä"], rows, kind_of_text)) == ["Ä", "ä"]


@pytest.mark.parametrize(
    ("names", "new"),
    [
        (["", "a", " "], ["column_1", "a", "column_3"]),
        (["a", "A", "a_2", "a"], ["a", "A_3", "a_2", "a_4"]),
        (["", "column_1"], ["column_1_2", "column_1"]),
        (["a", "b"], ["a", "b"]),
    ],
)
def test_columns_are_renamed_where_they_have_to_be(names: list[str], new: list[str]) -> None:
    assert renamed(names) == new


@given(st.lists(st.sampled_from(["", " ", "a", "A", "a_2", "column_1", "é"])))
def test_renamed_columns_are_all_different(names: list[str]) -> None:
    new = renamed(names)
    assert len({name.encode().lower() for name in new}) == len(names)
    assert all(name.strip() for name in new)


def test_a_later_row_may_bring_the_mistake() -> None:
    def rows() -> Iterator[Row]:
        yield Row("item", 1, {"a": 1})
        yield Row("item", 2, {"A": 1})

    with pytest.raises(SourceError, match="item 2: the columns 'a' and 'A'"):
        scan_columns([], rows(), kind_of_value)
