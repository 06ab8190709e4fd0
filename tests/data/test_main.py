from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from podpipe.data.__main__ import main

Write = Callable[[str, "bytes | str"], Path]


@pytest.fixture
def arguments(tmp_path: Path, write: Write) -> list[str]:
    deaths = write("deaths.csv", "id\n" + "\n".join(map(str, range(1234))))
    names = ("deaths", "births")
    sources = [
        {"name": name, "format": "csv", "location": str(deaths.with_name(f"{name}.csv")), "table": name}
        for name in names
    ]
    settings = write("sources.json", json.dumps(sources))
    return ["--settings", str(settings), "--database", str(tmp_path / "data.db")]


def test_a_line_for_each_source(arguments: list[str], write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    write("births.csv", "id\n1\n")
    assert main(arguments) == 0
    assert re.fullmatch(
        r"deaths: 1,234 rows \(csv, \d\.\d s\)\nbirths: 1 rows \(csv, \d\.\d s\)\n", capsys.readouterr().out
    )
    assert main(arguments) == 0
    assert capsys.readouterr().out == "deaths: unchanged\nbirths: unchanged\n"


def test_a_failure_is_named_and_the_rest_is_loaded(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 1
    printed = capsys.readouterr()
    assert printed.out.startswith("deaths: 1,234 rows")
    assert re.fullmatch(r"births: .*/births\.csv cannot be read: No such file or directory\n  hint: .*\n", printed.err)


def test_nothing_that_a_source_says_reaches_the_terminal(
    arguments: list[str], write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    file = write("births.csv", 'a,"\x1b[31m\nb"\n1,2\n')
    key = {"name": "births", "format": "csv", "location": str(file), "table": "b"}
    write("sources.json", json.dumps([{**key, "key": "\x9b1m"}]))
    assert main(arguments) == 1
    assert capsys.readouterr().err == (
        "births: no column '\\x9b1m', which podpipe.yaml calls the key\n  hint: there are a, \\x1b[31m\\nb\n"
    )


def test_nothing_to_load(write: Write, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    settings = write("sources.json", "[]")
    assert main(["--settings", str(settings), "--database", str(tmp_path / "data.db")]) == 0
    assert capsys.readouterr().out == ""


def test_no_settings(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--settings", str(tmp_path / "x.json")]) == 1
    assert "podpipe up" in capsys.readouterr().err


def test_no_folder_for_the_database(arguments: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*arguments[:2], "--database", str(tmp_path / "x" / "data.db")]) == 1
    assert "is its folder there" in capsys.readouterr().err
