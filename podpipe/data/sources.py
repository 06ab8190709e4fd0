"""What sync is told to load: `sources.json`, which podpipe writes from podpipe.yaml's `data`."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from podpipe.errors import SourceError

FORMATS = ("csv", "json")


@dataclass(frozen=True)
class Source:
    """A table and where its rows come from.

    `location` is an http(s) URL or a path; `format` is csv or json; `key` names the primary key
    ("" : the table has only SQLite's own rowid); `title` is for people.

    What a file of others is like: its `encoding` and `separator` ("": seen from the file), the line of its `header` or,
    if it has none, the columns' names, whether to `rename` columns without a name of their own, and where in a JSON
    object the `rows` are, as in `data.items`. `numbers` are columns of numbers, however these are written.
    """

    name: str
    format: str
    location: str
    table: str
    key: str = ""
    title: str = ""
    encoding: str = ""
    separator: str = ""
    header: int | tuple[str, ...] = 1
    rename: bool = False
    rows: str = ""
    numbers: tuple[str, ...] = ()


def load_sources(settings: Path) -> tuple[Source, ...]:
    """Read the sources from a settings file. Errors: SourceError, for a file that podpipe did not write."""
    hint = "run `podpipe up`: it writes this file from podpipe.yaml"
    try:
        sources = tuple(_source(entry) for entry in json.loads(settings.read_text(encoding="utf-8")))
    except FileNotFoundError:
        raise SourceError(f"{settings} is not there", hint=hint) from None
    except (OSError, ValueError, TypeError, RecursionError) as error:
        raise SourceError(f"{settings} cannot be read as a list of sources: {error}", hint=hint) from error
    for problem in validate_sources(sources):
        raise SourceError(f"{settings}: {problem}", hint="correct it in podpipe.yaml, then run `podpipe up`")
    return sources


def _source(entry: Mapping[str, Any]) -> Source:
    source = Source(**entry)
    names: Sequence[str] = () if isinstance(source.header, int) else source.header
    for name, value in vars(source).items():
        if name not in ("header", "rename", "numbers") and not isinstance(value, str):
            raise TypeError(f"{name} is not text")
    texts = (source.name, source.location, source.table, source.key, source.title, source.rows)
    for text in (*texts, *names, *source.numbers):
        text.encode()  # half a surrogate pair, "\ud83d" alone, is no character
    header = source.header if isinstance(source.header, int) else tuple(names)
    return replace(source, header=header, numbers=tuple(source.numbers))


def validate_sources(sources: tuple[Source, ...]) -> list[str]:
    """Say what is wrong with the sources taken together; empty: nothing."""
    problems = []
    taken: dict[bytes, str] = {}
    for source in sources:
        table = source.table.encode().lower()  # SQLite's names differ by more than the case of ASCII letters
        if source.format not in FORMATS:
            problems.append(f"{source.name}: the format {source.format!r} is not one of {', '.join(FORMATS)}")
        if table.startswith((b"sqlite_", b"_podpipe_")) or not table or b"\0" in table:
            problems.append(f"{source.name}: a table cannot be named {source.table!r}")
        if table in taken:
            problems.append(f"{source.name} and {taken[table]} both fill the table {source.table}")
        taken.setdefault(table, source.name)
    return problems
