"""When the builder builds again."""

from __future__ import annotations

import errno
import subprocess
import sys
import threading
import time
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from podpipe.errors import CommandFailed
from podpipe.web import gitsource, watch, watchfolder, watchgit
from podpipe.web.gitsource import Repository
from podpipe.web.watchfolder import FolderContent
from podpipe.web.watchgit import GitContent


def test_patience_ends_when_a_page_is_due() -> None:
    due = datetime.now(timezone.utc) + timedelta(minutes=10)
    assert watch._patience({"due": ""}) is None
    assert watch._patience({"error": "ContentError"}) is None
    assert watch._patience({"error": "DiskFull"}) == watch.RETRY
    assert 590 < (watch._patience({"due": due.isoformat()}) or 0) <= 600
    assert watch._patience({"due": "2020-01-01T00:00:00+00:00"}) == 0


def test_a_build_that_is_killed_is_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for status, said in ((-9, "was killed (SIGKILL"), (-11, "was ended by signal 11"), (3, "ended with status 3")):
        done: subprocess.CompletedProcess[str] = subprocess.CompletedProcess([], status, "")
        monkeypatch.setattr(subprocess, "run", lambda *_, done=done, **__: done)
        assert watch._patience(watch._run_build(tmp_path, tmp_path)) == watch.RETRY
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
    assert watch._patience(watch._run_build(tmp_path, tmp_path)) == watch.RETRY
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
    content.wait(None)
    assert remote.pauses == [60, 60, 120, 240, 480, 60]
    assert "the site stays at its last commit" in capsys.readouterr().err


def test_the_pause_has_an_upper_end(monkeypatch: pytest.MonkeyPatch) -> None:
    remote = Remote(monkeypatch, *[""] * 30, "a")
    GitContent(Repository("x", "main", Path("x")), 60).wait(None)
    assert remote.pauses[-1] == watchgit.MAX_PAUSE
