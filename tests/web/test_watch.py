"""When the builder builds again."""

from __future__ import annotations

import errno
import math
import subprocess
import sys
import threading
import time
from datetime import datetime, timezone
from pathlib import Path

import pytest

from podpipe.errors import CommandFailed
from podpipe.web import gitsource, watch, watchfolder, watchgit
from podpipe.web.gitsource import Repository
from podpipe.web.watchfolder import FolderContent
from podpipe.web.watchgit import GitContent


class Clock:
    """Two clocks, of which one can be set, and content that lets time pass and changes once."""

    folder = Path("content")

    def __init__(
        self, monkeypatch: pytest.MonkeyPatch, *, changes_at: float = math.inf, is_set_at: float = math.inf
    ) -> None:
        self.passed, self.ahead = 0.0, 1_800_000_000.0
        self.changes_at, self.is_set_at = changes_at, is_set_at
        self.waits: list[float] = []
        monkeypatch.setattr(watch, "monotonic", lambda: self.passed)
        monkeypatch.setattr(watch, "time", lambda: self.passed + self.ahead)

    def wait(self, timeout: float) -> bool:
        self.waits.append(timeout)
        self.passed += timeout
        if self.passed >= self.is_set_at:
            self.ahead += 3600
        return self.passed >= self.changes_at

    def until_due(self, **report: str) -> float:
        watch.wait_until_due(self, report, self.ahead)
        assert max(self.waits, default=0) <= watch.LOOK_AGAIN
        return self.passed


def in_seconds(count: float, clock: Clock) -> str:
    return datetime.fromtimestamp(clock.ahead + clock.passed + count, timezone.utc).isoformat()


def test_a_build_is_worth_it_when_something_changed_or_is_due(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock(monkeypatch)
    assert clock.until_due(due=in_seconds(150, clock)) == pytest.approx(150, abs=0.01)
    assert Clock(monkeypatch).until_due(due="2020-01-01T00:00:00+00:00") == 0
    assert Clock(monkeypatch).until_due(error="DiskFull") == watch.RETRY
    assert Clock(monkeypatch, changes_at=500).until_due(error="ContentError") == 540
    assert Clock(monkeypatch, changes_at=500).until_due(due="") == 540


def test_no_wait_is_too_long_for_a_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    assert Clock(monkeypatch, changes_at=500).until_due(due="9999-12-31T23:59:59+00:00") == 540


@pytest.mark.parametrize("due", ["", "9999-12-31T00:00:00+00:00"])
def test_a_clock_that_is_set_is_noticed(monkeypatch: pytest.MonkeyPatch, due: str) -> None:
    assert Clock(monkeypatch, is_set_at=100).until_due(due=due) == 120


def test_a_build_that_is_killed_is_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for status, said in ((-9, "was killed (SIGKILL"), (-11, "was ended by signal 11"), (3, "ended with status 3")):
        done: subprocess.CompletedProcess[str] = subprocess.CompletedProcess([], status, "")
        monkeypatch.setattr(subprocess, "run", lambda *_, done=done, **__: done)
        assert watch._patience(watch._run_build(tmp_path, tmp_path), 1) == watch.RETRY - 1
        assert f"the build of {tmp_path} {said}" in capsys.readouterr().err


def test_a_build_without_end_is_killed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    sleeper = tmp_path / "python"
    sleeper.write_text("#!/bin/sh\nexec sleep 60\n")
    sleeper.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(sleeper))
    monkeypatch.setattr(watch, "DEADLINE", 0.3)
    began = time.monotonic()
    assert watch._patience(watch._run_build(tmp_path, tmp_path), 1) == watch.RETRY_LONG - 1
    assert time.monotonic() - began < 30
    assert f"the build of {tmp_path} took longer than 0.3 s and was killed" in capsys.readouterr().err


def waits_for(content: FolderContent, change: threading.Timer) -> float:
    change.start()
    began = time.monotonic()
    content.wait(20)
    return time.monotonic() - began


def test_a_burst_of_changes_is_one_change(tmp_path: Path) -> None:
    content = FolderContent(tmp_path)

    def save_ten_times() -> None:
        for number in range(10):
            (tmp_path / "a.md").write_text(str(number))
            time.sleep(0.02)

    assert 0.2 < waits_for(content, threading.Timer(0.1, save_ten_times)) < 10
    began = time.monotonic()
    content.wait(0.5)
    assert time.monotonic() - began >= 0.5


def test_endless_changes_do_not_put_a_build_off_for_ever(tmp_path: Path) -> None:
    content = FolderContent(tmp_path)
    stop = threading.Event()

    def save_for_ever() -> None:
        while not stop.wait(0.01):
            (tmp_path / "a.md").write_text("x")

    try:
        assert waits_for(content, threading.Timer(0, save_for_ever)) < 10
    finally:
        stop.set()


def test_reading_is_no_change(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("x")
    content = FolderContent(tmp_path)
    time.sleep(0.2)
    content.wait(0.2)
    threading.Timer(0.05, (tmp_path / "a.md").read_text).start()
    began = time.monotonic()
    content.wait(0.5)
    assert time.monotonic() - began >= 0.5


def test_a_folder_moved_here_is_watched_too(tmp_path: Path) -> None:
    here, elsewhere = tmp_path / "here", tmp_path / "elsewhere"
    here.mkdir()
    (elsewhere / "deep").mkdir(parents=True)
    content = FolderContent(here)
    assert waits_for(content, threading.Timer(0.1, elsewhere.rename, [here / "moved"])) < 10
    write = threading.Timer(0.1, (here / "moved" / "deep" / "a.md").write_text, ["x"])
    assert waits_for(content, write) < 10


def test_without_inotify_the_folder_is_looked_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse() -> None:
        raise OSError(errno.ENOSPC, "inotify watch limit reached")

    monkeypatch.setattr(watchfolder, "Observer", refuse)
    monkeypatch.setattr(watchfolder, "POLL", 0.1)
    content = FolderContent(tmp_path)
    assert "looking for changes every" in capsys.readouterr().err
    assert waits_for(content, threading.Timer(0.1, (tmp_path / "a.md").write_text, ["x"])) < 10


class Remote:
    """Answers of a repository, one after the other, and the pauses between them."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *answers: str) -> None:
        self.answers = list(answers)
        self.pauses: list[float] = []
        monkeypatch.setattr(gitsource, "update", self.update)
        monkeypatch.setattr(watchgit, "sleep", self.pauses.append)
        monkeypatch.setattr(watchgit, "monotonic", lambda: sum(self.pauses))

    def update(self, _: Repository) -> str:
        answer = self.answers.pop(0)
        if not answer:
            raise CommandFailed("git fetch failed")
        return answer


def test_a_repository_is_asked_more_rarely_while_it_fails(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    remote = Remote(monkeypatch, "a", "a", "", "", "", "a", "b")
    content = GitContent(Repository("x", "main", Path("x")), 60)
    assert content.wait(math.inf)
    assert remote.pauses == [60, 60, 120, 240, 480, 60]
    assert "the site stays at its last commit" in capsys.readouterr().err


def test_short_waits_do_not_ask_a_repository_more_often(monkeypatch: pytest.MonkeyPatch) -> None:
    remote = Remote(monkeypatch, "a", "a", "b")
    content = GitContent(Repository("x", "main", Path("x")), 300)
    assert [content.wait(60) for _ in range(10)] == [False] * 9 + [True]
    assert remote.answers == []


def test_the_pause_has_an_upper_end(monkeypatch: pytest.MonkeyPatch) -> None:
    remote = Remote(monkeypatch, *[""] * 30, "a")
    GitContent(Repository("x", "main", Path("x")), 60).wait(math.inf)
    assert remote.pauses[-1] == watchgit.MAX_PAUSE
