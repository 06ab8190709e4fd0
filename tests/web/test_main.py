"""The builder's command: once, and as a service that watches."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from podpipe.errors import UsageError
from podpipe.web import __main__
from podpipe.web.__main__ import load_repository, main

from .conftest import Desk
from .test_gitsource import Upstream


def until(condition: Callable[[], bool], seconds: float = 20.0) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.02)
    return False


@pytest.fixture
def start(desk: Desk) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Starts builders that end with the test."""
    started: list[subprocess.Popen[str]] = []

    def start(*options: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "podpipe.web", "--output", str(desk.output), *options]
        environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
        builder = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment)
        started.append(builder)
        return builder

    yield start
    for builder in started:
        builder.kill()
        builder.communicate()


def shows(desk: Desk, path: str, text: str) -> Callable[[], bool]:
    def look() -> bool:
        try:
            return text in desk.page(path)
        except FileNotFoundError:
            return False

    return look


def test_once_builds_and_reports(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    desk.post("about.md", title="About")
    assert main(["--once", "--json", "--content", str(desk.content), "--output", str(desk.output)]) == 0
    told = capsys.readouterr()
    report = json.loads(told.out)
    assert (report["release"], report["kept"], report["due"]) == ("1", 0, "")
    assert told.err.startswith(f"release 1: {report['made']} files made, 0 kept, in ")


def test_once_names_what_is_wrong_and_fails(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    desk.post("about.md", date="soon")
    desk.post("good.md", title="Good")
    assert main(["--once", "--json", "--content", str(desk.content), "--output", str(desk.output)]) == 1
    told = capsys.readouterr()
    assert "about.md:2: `date` is no date" in told.err
    (problem,) = json.loads(told.out)["problems"]
    assert (problem["file"], problem["line"]) == ("about.md", 2)
    assert "Good" in desk.page("good/index.html")


def test_once_changes_nothing_of_a_strict_site(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    desk.post("about.md", date="soon")
    desk.write("site.yaml", "strict: true\n")
    assert main(["--once", "--json", "--content", str(desk.content), "--output", str(desk.output)]) == 1
    assert json.loads(capsys.readouterr().out) == {"error": "ContentError"}
    assert not (desk.output / "current").exists()


def test_what_nobody_foresaw_is_one_line(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise KeyError("odd")

    monkeypatch.setattr(__main__, "build", fail)
    assert main(["--once", "--json", "--content", str(desk.content), "--output", str(desk.output)]) == os.EX_SOFTWARE
    told = capsys.readouterr()
    assert re.fullmatch(r"unexpected KeyError in test_main\.py:\d+: 'odd'\n", told.err)
    assert json.loads(told.out) == {"error": "unexpected"}


def test_content_json_names_a_repository_or_none(tmp_path: Path) -> None:
    settings = tmp_path / "content.json"
    assert load_repository(settings, tmp_path) is None
    settings.write_text("{}")
    assert load_repository(settings, tmp_path) is None
    settings.write_text('{"git": "https://example.org/x.git"}')
    found = load_repository(settings, tmp_path)
    assert found is not None
    assert (found.url, found.branch, found.folder) == ("https://example.org/x.git", "main", tmp_path)
    for wrong in ("[]", "{", "null", '{"git": 3}', '{"git": "x", "branch": []}'):
        settings.write_text(wrong)
        with pytest.raises(UsageError, match=r"content\.json (cannot be read|names no repository)"):
            load_repository(settings, tmp_path)


def test_a_saved_file_is_live_at_once_and_sigterm_ends_it(
    desk: Desk, start: Callable[..., subprocess.Popen[str]]
) -> None:
    desk.post("about.md", "Old.", title="About")
    builder = start("--content", str(desk.content))
    assert until(shows(desk, "about/index.html", "Old."))
    time.sleep(0.2)
    desk.post("about.md", "New.", title="About")
    assert until(shows(desk, "about/index.html", "New."))
    desk.post("far/away/new.md", "Folder.", title="New")
    assert until(shows(desk, "far/away/new/index.html", "Folder."))
    desk.post("far/away/new.md", "Again.", title="New")
    assert until(shows(desk, "far/away/new/index.html", "Again."))
    began = time.monotonic()
    builder.send_signal(signal.SIGTERM)
    assert builder.wait(10) == 0
    assert time.monotonic() - began < 2.0


def test_a_broken_page_is_logged_and_the_builder_goes_on(
    desk: Desk, start: Callable[..., subprocess.Popen[str]]
) -> None:
    desk.post("about.md", "Old.", title="About")
    builder = start("--content", str(desk.content))
    assert until(shows(desk, "about/index.html", "Old."))
    assert builder.stderr is not None
    assert builder.stderr.readline().startswith("release 1:")
    desk.post("about.md", "New.", draft="perhaps")
    assert builder.stderr.readline().startswith("release 1: 0 files made")
    assert "mistake" in builder.stderr.readline()
    assert "about.md:2: `draft` is true or false" in builder.stderr.readline()
    assert "Old." in desk.page("about/index.html")
    desk.post("about.md", "New.", title="About")
    assert until(shows(desk, "about/index.html", "New."))


def test_a_page_of_the_future_appears_when_its_time_comes(
    desk: Desk, start: Callable[..., subprocess.Popen[str]]
) -> None:
    soon = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 4))
    desk.post("about.md", title="About")
    desk.post("later.md", "Now.", title="Later", date=soon)
    start("--content", str(desk.content))
    assert until(shows(desk, "about/index.html", "About"))
    assert until(shows(desk, "later/index.html", "Now."))


def test_a_repository_is_followed(desk: Desk, tmp_path: Path, start: Callable[..., subprocess.Popen[str]]) -> None:
    upstream = Upstream(tmp_path)
    upstream.push("about.md", "One.")
    settings = desk.write("content.json", json.dumps({"git": f"file://{upstream.bare}"}))
    clone = desk.content / "clone"
    start("--settings", str(settings), "--clone", str(clone), "--interval", "0.2")
    assert until(shows(desk, "about/index.html", "One."))
    upstream.push("about.md", "Two.")
    assert until(shows(desk, "about/index.html", "Two."))


def test_a_folder_that_is_not_there_is_named(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--content", str(desk.content / "nowhere"), "--output", str(desk.output)]) == 2
    assert "is not a folder" in capsys.readouterr().err
