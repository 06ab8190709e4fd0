"""What sync is told to load: `sources.json`, which podpipe writes from podpipe.yaml's `data`."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from podpipe.errors import SourceError

FORMATS = ("csv", "json")


@dataclass(frozen=True)
class Source:
    """A table and where its rows come from.

    `location` is an http(s) URL or a path; `format` is csv or json; `key` names the primary key
    ("" : the table has only SQLite's own rowid); `title` is for people.
    """

    name: str
    format: str
    location: str
    table: str
    key: str = ""
    title: str = ""


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


def _source(entry: dict[str, str]) -> Source:
    source = Source(**entry)
    for name, value in vars(source).items():
        if not isinstance(value, str):
            raise TypeError(f"{name} is not text")
        value.encode()  # half a surrogate pair, "\ud83d" alone, is no character
    return source


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
