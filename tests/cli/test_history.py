"""podpipe history: what the ledger says, for people and programs."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from pathlib import Path

import pytest

from podpipe.cli import main
from podpipe.cli.history import _local
from podpipe.ledger import Ledger, Release
from tests.definition.folder import CLAIM

LIVE = Release(
    1, "nginx", "push", "main", "0123456789abcdef", started="2026-11-23T10:00:00+00:00", seconds=31.44, result="live"
)
FAILED = replace(
    LIVE, id=2, image="builder", branch="try/\x1b[31mred", result="failed", step="build", message="no\x07\nmore"
)
RUNNING = Release(3, "nginx", "command", started="then")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "podpipe.yaml").write_text("name: home\n")
    (tmp_path / "pods").mkdir()
    (tmp_path / "pods/data.yaml").write_text(CLAIM)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setattr("podpipe.cli.history._local", lambda started: started[:16].replace("T", " "))
    return tmp_path


@pytest.fixture
def ledger(folder: Path) -> Ledger:
    ledger = Ledger(folder / "state/podpipe/home/ledger/podpipe.db")
    for release in (LIVE, FAILED, RUNNING):
        ledger.end(release, f"log of {release.id}\n\x1b[2J\n")
    return ledger


def history(folder: Path, *words: str) -> int:
    return main(["-C", str(folder), "history", *words])


@pytest.mark.usefixtures("ledger")
def test_a_line_a_release_and_why_it_failed(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert history(folder) == 0
    assert capsys.readouterr().out.splitlines() == [
        "ID  WHEN              IMAGE    COMMIT        BRANCH           ASKED BY  RESULT   SECONDS",
        "3   then              nginx    -             -                command   running  -",
        "2   2026-11-23 10:00  builder  0123456789ab  try/\\x1b[31mred  push      failed   31.4",
        "    build: no\\x07",
        "1   2026-11-23 10:00  nginx    0123456789ab  main             push      live     31.4",
    ]
    assert history(folder, "nginx", "--limit", "1") == 0
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == ["ID", "3"]


def test_when_is_in_local_time(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "EST5")
        time.tzset()
        assert _local("2026-11-23T03:00:00Z") == _local("2026-11-23T03:00:00+00:00") == "2026-11-22 22:00"
    time.tzset()
    assert _local("then") == "then"


@pytest.mark.usefixtures("ledger")
def test_for_programs(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert history(folder, "--json", "--limit", "2") == 0
    assert json.loads(capsys.readouterr().out) == [RUNNING.as_json(), FAILED.as_json()]
    assert history(folder, "--json", "--log", "2") == 0
    assert json.loads(capsys.readouterr().out) == ["log of 2", "\\x1b[2J"]


@pytest.mark.usefixtures("ledger")
def test_the_log_of_a_release(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert history(folder, "--log", "1") == 0
    assert capsys.readouterr().out == "log of 1\n\\x1b[2J\n"
    assert history(folder, "--log", "9") == 2
    assert "the ledger has no release 9" in capsys.readouterr().err


def test_without_a_release(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert history(folder) == history(folder, "a\x1bb") == 0
    assert capsys.readouterr().out == "no releases yet\nno releases of a\\x1bb yet\n"
    assert history(folder, "--json") == 0
    assert capsys.readouterr().out == "[]\n"


@pytest.mark.parametrize("limit", ["0", "-1", "many", "9" * 30])
def test_a_limit_that_is_none(folder: Path, limit: str) -> None:
    with pytest.raises(SystemExit) as exit_:
        history(folder, f"--limit={limit}")
    assert exit_.value.code == 2


@pytest.mark.usefixtures("ledger")
def test_on_a_terminal_in_colours(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "40")
    assert history(folder) == 0
    out = capsys.readouterr().out
    assert "\x1b[31mred" not in out
    assert len(out.splitlines()) == 5
