from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from podpipe.data.sources import Source, load_sources
from podpipe.errors import SourceError

DEATHS = {"name": "deaths", "format": "csv", "location": "/srv/sources/deaths.csv", "table": "deaths"}


def test_load(write: Callable[[str, str], Path]) -> None:
    settings = write(
        "sources.json",
        json.dumps([{**DEATHS, "key": "case_number", "title": "Deaths"}, {**DEATHS, "name": "b", "table": "b"}]),
    )
    assert load_sources(settings) == (
        Source("deaths", "csv", "/srv/sources/deaths.csv", "deaths", "case_number", "Deaths"),
        Source("b", "csv", "/srv/sources/deaths.csv", "b"),
    )


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("", "cannot be read as a list of sources"),
        ("{}x", "cannot be read as a list of sources"),
        ("[" * 100_000, "cannot be read as a list of sources"),
        ('["a"]', "cannot be read as a list of sources"),
        (json.dumps([{**DEATHS, "table": ["x"]}]), "cannot be read as a list of sources: table is not text"),
        (json.dumps([{**DEATHS, "table": "\ud83d"}]), "cannot be read as a list of sources"),
        ('[{"name": "a"}]', "missing 3 required positional arguments: 'format', 'location', and 'table'"),
        (json.dumps([{**DEATHS, "colour": "red"}]), "unexpected keyword argument 'colour'"),
        (json.dumps([{**DEATHS, "format": "xml"}]), "deaths: the format 'xml' is not one of csv, json"),
        (json.dumps([{**DEATHS, "table": "sqlite_x"}]), "deaths: a table cannot be named 'sqlite_x'"),
        (json.dumps([{**DEATHS, "table": "_podpipe_sources"}]), "deaths: a table cannot be named '_podpipe_sources'"),
        (json.dumps([{**DEATHS, "table": ""}]), "deaths: a table cannot be named ''"),
        (json.dumps([DEATHS, {**DEATHS, "name": "b", "table": "DEATHS"}]), "b and deaths both fill the table DEATHS"),
    ],
)
def test_settings_that_podpipe_did_not_write(content: str, complaint: str, write: Callable[[str, str], Path]) -> None:
    with pytest.raises(SourceError) as caught:
        load_sources(write("sources.json", content))
    assert complaint in caught.value.message
    assert "podpipe up" in caught.value.hint


def test_no_settings(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"sources\.json is not there"):
        load_sources(tmp_path / "sources.json")
