"""What is written is read again, by people too."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from podpipe.errors import UsageError
from podpipe.ledger import RESULTS, Release, Step
from podpipe.ledger.rows import LOGS_KEPT, LONGEST_LOG, LONGEST_TEXT

from .conftest import Desk

STEPS = (Step("fetch", 0.25, "done"), Step("build", 31.0, "failed"))
ROOT = Path(__file__).parents[2]


def test_a_release_from_its_beginning_to_its_end(desk: Desk) -> None:
    assert desk.ledger.fresh
    number = desk.ledger.begin("nginx", "push", "feature/a")
    assert not desk.ledger.fresh
    begun = desk.ledger.release(number)
    assert (begun.image, begun.asked_by, begun.branch, begun.result) == ("nginx", "push", "feature/a", "running")
    assert begun.started.endswith("+00:00")
    ended = replace(begun, commit="c" * 40, digest="sha256:1", image_id="2", seconds=31.5, result="failed",
                    step="build", message="no\nnot at all", steps=STEPS)  # fmt: skip
    desk.ledger.end(ended, "one\ntwo\n")
    desk.ledger.end(ended, "one\ntwo\n")
    assert desk.ledger.releases() == [ended] == desk.ledger.releases("nginx")
    assert desk.ledger.log(number) == "one\ntwo\n"
    assert desk.said == []


def test_the_newest_come_first(desk: Desk) -> None:
    for image in ("a", "b", "a", "b", "a"):
        desk.ledger.begin(image, "command")
    assert [each.id for each in desk.ledger.releases(limit=3)] == [5, 4, 3]
    assert [each.id for each in desk.ledger.releases("a")] == [5, 3, 1]
    assert desk.ledger.releases("c") == []


@pytest.mark.parametrize("number", [0, 7, -7, 2**63, -(2**63)])
def test_a_release_that_is_not_there(desk: Desk, number: int) -> None:
    for ask in (desk.ledger.release, desk.ledger.log):
        with pytest.raises(UsageError, match=f"the ledger has no release {number}"):
            ask(number)


def test_people_read_the_view(desk: Desk) -> None:
    release = replace(desk.ledger.release(desk.ledger.begin("nginx", "command", "main")), commit="0123456789abcdef" * 3)
    desk.ledger.end(replace(release, result="failed", step="build", seconds=31.25, message="no", steps=STEPS))
    connection = sqlite3.connect(desk.file)
    connection.row_factory = sqlite3.Row
    (row,) = map(dict, connection.execute("SELECT * FROM deployments"))
    connection.close()
    assert row["commit"] == "0123456789ab"
    assert row["steps"] == "fetch 0.3 s, build 31.0 s"
    assert (row["image"], row["result"], row["failed_step"], row["seconds"]) == ("nginx", "failed", "build", 31.3)


def test_the_end_of_a_long_log_is_kept_and_logs_do_not_pile_up(desk: Desk) -> None:
    first = desk.ledger.release(desk.ledger.begin("a", "command"))
    desk.ledger.end(replace(first, result="live"), "é" * 10 + "\n" + "line\n" * LONGEST_LOG)
    log = desk.ledger.log(first.id)
    assert len(log.encode()) <= LONGEST_LOG + 80
    assert log.startswith("[the first ")
    assert log.endswith(" are left out]\n" + log.partition("\n")[2])
    assert set(log.splitlines()[1:]) == {"line"}
    desk.ledger.end(replace(first, id=first.id + LOGS_KEPT), "new")
    assert desk.ledger.log(first.id) == ""


TEXT = st.text(st.characters(blacklist_characters="\0", blacklist_categories=("Cs",)), max_size=30)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
@given(texts=st.lists(TEXT, min_size=8, max_size=8), result=st.sampled_from(RESULTS), seconds=st.floats(0, 1e9))
def test_any_text_comes_back(desk: Desk, texts: list[str], result: str, seconds: float) -> None:
    image, asked_by, branch, commit, digest, step, message, log = texts
    release = Release(1, image, asked_by, branch, commit, digest, "", "2026-01-01T00:00:00+00:00", seconds, result,
                      step, message, (Step(step, seconds, "done"),))  # fmt: skip
    desk.ledger.end(release, log)
    assert desk.ledger.release(1) == release
    assert desk.ledger.log(1) == log


def test_a_branch_that_is_no_utf8_stops_nothing(desk: Desk) -> None:
    number = desk.ledger.begin("a", "push", os.fsdecode(b"caf\xe9") + "x" * 2 * LONGEST_TEXT)
    assert desk.ledger.release(number).branch.startswith("caf?xxx")
    desk.ledger.end(desk.ledger.release(number), os.fsdecode(b"caf\xe9"))
    assert desk.ledger.log(number) == "caf?"
    assert len(desk.ledger.release(number).branch) == LONGEST_TEXT
    assert desk.ledger.releases(os.fsdecode(b"\xff")) == []
    assert desk.said == []


def test_restored_releases_stand_before_those_to_come(desk: Desk) -> None:
    found = [
        Release(0, "a", started="2026-01-01", result="built"),
        Release(0, "a", started="2026-01-02", result="live"),
    ]
    desk.ledger.restore([])
    assert desk.ledger.fresh
    desk.ledger.restore(found)
    assert not desk.ledger.fresh
    assert desk.said == ["the ledger knows 2 releases again, from the labels of their images"]
    assert desk.ledger.begin("a", "command") == 3
    desk.ledger.restore(found)
    assert [each.started for each in desk.ledger.releases()][1:] == ["2026-01-02", "2026-01-01"]


def test_nobody_else_can_read_it_whatever_the_umask(desk: Desk) -> None:
    before = os.umask(0)
    try:
        desk.ledger.begin("a", "command")
        desk.file.chmod(0)
        assert desk.ledger.begin("a", "command") == 2
    finally:
        os.umask(before)
    assert desk.file.parent.stat().st_mode & 0o777 == 0o700
    assert desk.file.stat().st_mode & 0o777 == 0o600
    with sqlite3.connect(desk.file) as connection:  # WAL could not be read from a read-only mount
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("delete",)


def test_an_opening_does_not_pay_for_sqlite_utils(desk: Desk) -> None:
    desk.ledger.begin("a", "command")
    code = (
        "import sys; from pathlib import Path; from podpipe.ledger import Ledger; ledger = Ledger(Path(sys.argv[1]));"
        "ledger.end(ledger.release(ledger.begin('b', 'c'))); assert 'sqlite_utils' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code, str(desk.file)], check=True, cwd=ROOT)
    assert len(desk.ledger.releases()) == 2
