"""podpipe.yaml's `data`: the tables of the data pod."""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Iterator
from pathlib import Path

from podpipe.definition.content import is_url_with_credentials
from podpipe.definition.nodes import Sequence
from podpipe.definition.paths import read_project_path
from podpipe.definition.reader import Fields, Value
from podpipe.definition.specs import DataSource
from podpipe.definition.subset.project import DATA_SOURCE

_TABLE = "[A-Za-z][A-Za-z0-9_-]{0,62}"
_URL = r"https?://[A-Za-z0-9\[][^\s\\\"<>]*"
_FORMATS = ("csv", "json")
_DEEPEST_HEADER = 1000  # lines


def read_sources(value: Value | None, root: Path) -> tuple[DataSource, ...]:
    """All data sources; two that would fill one table are a problem."""
    tables: dict[str, DataSource] = {}
    for key, entry in value.entries() if value else []:
        name = _read_table_name(key)
        fields = entry.fields(DATA_SOURCE)
        source = _read_source(name, fields, root) if fields else None
        if source is None:
            continue
        if source.table.lower() in tables:
            entry.refuse(f"the table `{source.table}` is filled by `{tables[source.table.lower()].name}` already")
        tables[source.table.lower()] = source
    return tuple(tables.values())


def _read_source(name: str, fields: Fields, root: Path) -> DataSource | None:
    formats = [each for each in _FORMATS if each in fields]
    if len(formats) != 1:
        if fields.complete:
            fields.value.refuse("a data source has either `csv` or `json`", "write one of them")
        return None
    value = fields.get(formats[0])
    table = fields.get("table")
    location = _read_location(value, root) if value else ""
    return DataSource(
        name=name,
        format=formats[0],
        location=location,
        table=_read_table_name(table) if table else name,
        place=value.place if value else fields.place,
        key=_read_words(fields.get("key")),
        title=_read_words(fields.get("title")),
        options=tuple(_read_options(fields, formats[0])),
    )


def _read_options(fields: Fields, form: str) -> Iterator[tuple[str, object]]:
    """What is said of the file, of which each format has its own."""
    for key, (formats, read) in _OPTIONS.items():
        value = fields.get(key)
        if value and form not in formats:
            value.refuse(f"`{key}` is for `{formats[0]}`, and this is `{form}`", "leave it out")
        elif value:
            found = read(value)
            if found is not None:
                yield key, found


def _read_encoding(value: Value) -> str | None:
    text = value.string() or ""
    try:
        "".encode(text)  # of Python's codecs some are for bytes
        codecs.getincrementaldecoder(text)
    except (LookupError, ValueError):
        value.refuse(f"no encoding is called `{text[:80]}`", "write one of Python's, as windows-1252")
        return None
    return text


def _read_separator(value: Value) -> str | None:
    text = value.string() or ""
    if len(text) == 1 and text not in '"\r\n\0':
        return text
    value.refuse("a separator is one character", 'write ";", "\\t" or "|"')
    return None


def _read_header(value: Value) -> int | tuple[str, ...] | None:
    if not isinstance(value.node, Sequence):
        return value.integer(1, _DEEPEST_HEADER)
    return tuple(map(_read_words, value.items(required=True)))


def _read_rows(value: Value) -> str | None:
    text = _read_words(value)
    if text == "." or all(text.split(".")):
        return text
    value.refuse(f"`{text[:80]}` is no path", "write the names on the way to the array: data.items")
    return None


def _read_location(value: Value, root: Path) -> str:
    text = value.string() or ""
    if "://" not in text:
        path = read_project_path(value, root, "file")
        return str(path) if path else ""
    if len(text) > 2048 or not re.fullmatch(_URL, text):
        value.refuse(f"`{text[:200]}` is not a web address", "write https://..., or a file of the project")
    elif is_url_with_credentials(text):
        value.refuse("the address carries credentials", "remove them: this file is meant to be shown")
    return text


def _read_table_name(value: Value) -> str:
    text = value.string()
    if text is None:
        return ""
    if not re.fullmatch(_TABLE, text) or text.lower().startswith("sqlite_"):
        value.refuse(f"`{text[:80]}` is not a table's name", "use letters, digits, `_` and `-`, a letter in front")
    return text


def _read_words(value: Value | None) -> str:
    text = (value.string() if value else None) or ""
    if value and (len(text) > 500 or not text.isprintable()):
        value.refuse("one line of at most 500 characters is wanted")
    return text


_OPTIONS: dict[str, tuple[tuple[str, ...], Callable[[Value], object]]] = {
    "encoding": (_FORMATS, _read_encoding),
    "separator": (("csv",), _read_separator),
    "header": (("csv",), _read_header),
    "rename": (("csv",), Value.boolean),
    "rows": (("json",), _read_rows),
    "numbers": (_FORMATS, lambda value: tuple(map(_read_words, value.items()))),
}
