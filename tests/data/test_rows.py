from __future__ import annotations

import codecs
import csv
import io
import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from podpipe.data import rows
from podpipe.data.rows import Row, read_rows
from podpipe.data.sources import Source
from podpipe.errors import SourceError

text = st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\0"))
values = st.one_of(st.none(), st.integers(-(2**63), 2**63 - 1), st.floats(allow_nan=False, allow_infinity=False), text)


def like(form: str, **options: Any) -> Source:
    return Source("t", form, f"t.{form}", "t", **options)


def read(content: bytes | str, form: str) -> list[Row]:
    return list(read_rows(io.BytesIO(content.encode() if isinstance(content, str) else content), like(form)).rows)


def values_of(content: bytes | str, form: str) -> list[dict[str, object]]:
    return [dict(row.values) for row in read(content, form)]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("a,b\n1,2\n", [{"a": "1", "b": "2"}]),
        ("a,b\r\n1,2\r\n", [{"a": "1", "b": "2"}]),
        (codecs.BOM_UTF8 + b"a\n1\n", [{"a": "1"}]),
        ("a,b\n,\n", [{"a": None, "b": None}]),
        ("a\n1\n\n2", [{"a": "1"}, {"a": "2"}]),
        ('a,b\n"x, ""y""","two\nlines"\n', [{"a": 'x, "y"', "b": "two\nlines"}]),
        ('select,"""; drop table",😀\n1,2,3\n', [{"select": "1", '"; drop table': "2", "😀": "3"}]),
        ("a,b\n", []),
    ],
)
def test_csv(content: bytes | str, expected: list[dict[str, object]]) -> None:
    assert values_of(content, "csv") == expected


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("", "no header"),
        ("a,b\n1,2\n\n3\n", "line 4: the header names 2 columns, but here are 1 cells"),
        ('a,b\n"1\n2",2\n1,2,3\n', "line 4: the header names 2 columns, but here are 3 cells"),
        ('a\n1\n"never\nclosed\n', "line 3: "),
        ("a\n1\n\0\n", "line 3: a NUL byte"),
        ("Straße\n".encode("latin-1"), "line 1: not UTF-8"),
        ("a\n1\n".encode("utf-16"), "line 1: "),
    ],
)
def test_csv_refused(content: bytes | str, complaint: str) -> None:
    with pytest.raises(SourceError) as caught:
        read(content, "csv")
    assert caught.value.message.startswith(complaint)
    assert caught.value.hint


@given(st.lists(st.lists(text, min_size=2, max_size=2), max_size=5))
def test_what_csv_writes_is_read_back(table: list[list[str]]) -> None:
    file = io.StringIO(newline="")
    csv.writer(file).writerows([["a", "b"], *table])
    assert values_of(file.getvalue(), "csv") == [{"a": a or None, "b": b or None} for a, b in table]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ('{"a": [1, 2],\n "b": {"c": []}}', [{"a": "[1, 2]", "b": '{"c": []}'}]),
        (
            '{"type": "FeatureCollection", "n": [1], "features": [{"type": "Feature", "id": 7, "properties": {"a": 1}, '
            '"geometry": {"type": "Point", "coordinates": [1, 2]}}, {"type": "Feature", "properties": null, '
            '"geometry": null}]}',
            [{"a": 1, "id": 7, "geometry": '{"type": "Point", "coordinates": [1, 2]}'}, {"geometry": None}],
        ),
        ('[{"a": 1, "b": "x"}, {"b": null}]', [{"a": 1, "b": "x"}, {"b": None}]),
        (" [ ] ", []),
        (codecs.BOM_UTF8 + b'\n[{"a": 1}]\n', [{"a": 1}]),
        ('{"a": 1}\n\n{"a": 2}', [{"a": 1}, {"a": 2}]),
        ('[{"a": true, "b": [1, {"c": "ö"}]}]', [{"a": 1, "b": '[1, {"c": "ö"}]'}]),
        ('[{"a": 9223372036854775808}]', [{"a": "9223372036854775808"}]),
        ('[{"a": "\\ud83d\\ude00"}]', [{"a": "😀"}]),
    ],
)
def test_json(content: bytes | str, expected: list[dict[str, object]]) -> None:
    assert values_of(content, "json") == expected


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("", "item 1: the file ends in the middle of the array"),
        ("<p>", "item 1: [ was expected, not <"),
        ('[{"a": 1}, 2]', "item 2: not an object"),
        ('[{"a": 1}, {"a": ]', "item 2: "),
        ('[{"a": 1} {"a": 2}]', "item 1: , or ] was expected, not {"),
        ('[{"a": 1},', "item 2: the file ends in the middle of the array"),
        ('[{"a": 1}', "item 1: the file ends in the middle of the array"),
        ('[{"a": 1}] x', "item 2: more text after the end of the array"),
        ('[{"a": NaN}]', "item 1: NaN is no JSON"),
        ('[{"a": 1e999}]', "item 1: a number too large"),
        ('[{"a": "\\u0000"}]', "item 1: a NUL character"),
        ('[{"a": "\\ud83d"}]', "item 1: "),
        (b'[{"a": "\xe4"}]', "item 1: not UTF-8"),
        ('[{"a": ' + "[" * 100_000 + "]" * 100_000 + "}]", "item 1: nested too deeply"),
        ('{"data": [\n{"a": 1}]}', "one object; the rows seem to stand in it at data"),
        ('{"a": {"b": [{"c": 1}], "d": [{}]}}', "one object; the rows seem to stand in it at a.b or a.d"),
        ('{"a": 1\n', "line 1: "),
        ('{"a": 1}\n[]\n', "line 2: not an object"),
    ],
)
def test_json_refused(content: bytes | str, complaint: str) -> None:
    with pytest.raises(SourceError) as caught:
        read(content, "json")
    assert caught.value.message.startswith(complaint)
    assert caught.value.hint


@given(st.lists(st.dictionaries(text, values, min_size=1), max_size=5), st.sampled_from([None, 1]))
def test_what_json_writes_is_read_back(objects: list[dict[str, object]], indent: int | None) -> None:
    lines = "\n".join(json.dumps(item) for item in objects)
    array = json.dumps(objects, indent=indent, ensure_ascii=False)
    assert values_of(array, "json") == objects
    assert not objects or values_of(lines, "json") == objects


class Slowly(io.BytesIO):
    """A file that gives a few bytes at a time: every way in which a chunk can end comes up."""

    def read(self, size: int | None = -1, /) -> bytes:
        return super().read(min(size or 0, 3))


def test_a_chunk_may_end_anywhere() -> None:
    objects = [{"ä": "😀", "b": [1, {"c": '"]}'}]}, {"ä": -1.5e-7}, {}]
    content = json.dumps(objects, ensure_ascii=False).encode()
    found = [dict(row.values) for row in read_rows(Slowly(content), like("json")).rows]
    assert found == [{"ä": "😀", "b": '[1, {"c": "\\"]}"}]'}, {"ä": -1.5e-7}, {}]


@pytest.mark.parametrize(("form", "start"), [("csv", b"a\n"), ("csv", b'a\n"'), ("json", b'[{"a": "'), ("json", b"{")])
def test_a_row_without_an_end_is_refused_before_it_fills_the_memory(
    form: str, start: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Endless(io.BytesIO):
        given = 0

        def read(self, size: int | None = -1, /) -> bytes:
            self.given += size or 0
            return super().read(size) or b"x" * (size or 0)

        def readline(self, size: int | None = -1, /) -> bytes:
            self.given += size or 0
            return super().readline(size) or b"x" * (size or 0)

    for module in (rows, *_readers()):
        monkeypatch.setattr(module, "LONGEST_ROW", 100_000)
    file = Endless(start)
    with pytest.raises(SourceError):
        list(read_rows(file, like(form)).rows)
    assert file.given < 1_000_000


def _readers() -> Iterator[object]:
    from podpipe.data import csv_rows, json_rows

    return iter((csv_rows, json_rows))


@pytest.mark.parametrize(
    ("content", "options", "expected"),
    [
        ("a;b\n1;2,5\n", {}, [{"a": "1", "b": "2,5"}]),
        ("a\tb\n1\t\n", {}, [{"a": "1", "b": None}]),
        ("a;b, c;d\n1;2, 3;4\n", {}, [{"a": "1", "b, c": "2, 3", "d": "4"}]),
        ("a;b\n1\n", {}, [{"a;b": "1"}]),
        ("sep=|\na|b\n1|2\n", {}, [{"a": "1", "b": "2"}]),
        ("a,b;c\n1,2;3\n", {"separator": ";"}, [{"a,b": "1,2", "c": "3"}]),
        ("About\nthis, that\na,b\n1,2\n", {"header": 3}, [{"a": "1", "b": "2"}]),
        ("1,2\n3,4\n", {"header": ("a", "b")}, [{"a": "1", "b": "2"}, {"a": "3", "b": "4"}]),
        (",a,A\n1,2,3\n", {"rename": True}, [{"column_1": "1", "a": "2", "A_2": "3"}]),
    ],
)
def test_csv_of_others(content: str, options: dict[str, Any], expected: list[dict[str, object]]) -> None:
    reading = read_rows(io.BytesIO(content.encode()), like("csv", **options))
    assert [dict(row.values) for row in reading.rows] == expected


def test_a_line_below_a_preamble_has_its_own_number() -> None:
    with pytest.raises(SourceError, match="line 5: the header names 2 columns, but here are 1 cells"):
        list(read_rows(io.BytesIO(b"x\nx\na,b\n1,2\n3\n"), like("csv", header=3)).rows)


ENVELOPE = '{"n": 12, "s": "]}", "data": {"skip": [[1], {"items": 2}], "items": [{"a": 1}, {"a": 2}], "z": 3}, "q": 1}'


def test_rows_inside_an_object_are_found_wherever_a_chunk_ends() -> None:
    found = read_rows(Slowly(ENVELOPE.encode()), like("json", rows="data.items")).rows
    assert [dict(row.values) for row in found] == [{"a": 1}, {"a": 2}]


@pytest.mark.parametrize(
    ("content", "path", "complaint"),
    [
        (ENVELOPE, "data.rows", "there is no `rows`, which `rows` in podpipe.yaml names"),
        (ENVELOPE, "s", 'item 1: [ was expected, not "'),
        (ENVELOPE[:60], "data.items", "item 1: "),
        ("[]", "data", "item 1: { was expected, not ["),
        ("{}", "data", "there is no `data`"),
    ],
)
def test_rows_that_are_not_where_they_should_be(content: str, path: str, complaint: str) -> None:
    with pytest.raises(SourceError) as caught:
        list(read_rows(io.BytesIO(content.encode()), like("json", rows=path)).rows)
    assert caught.value.message.startswith(complaint)
    assert caught.value.hint


def test_one_object_is_a_row_if_the_source_says_so() -> None:
    (row,) = read_rows(io.BytesIO(b'{"a": [{"b": 1}]}'), like("json", rows=".")).rows
    assert dict(row.values) == {"a": '[{"b": 1}]'}
