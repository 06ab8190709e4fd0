"""The law of the cache: whatever was edited in whatever order, the site is the one a first build would make."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from podpipe.web import scan
from podpipe.web.build import build

from .conftest import NOW, Desk, files_of

PLACES = ("posts/one.md", "posts/two.md", "posts/deep/three.md", "notes/four.md", "five.md", "trips/six/index.md")
place = st.sampled_from(PLACES)
word = st.sampled_from(["sea", "hill", "rain & <wind>", "é"])
date = st.sampled_from(["2026-01-01", "2026-02-02", "2026-11-24", ""])
tags = st.sets(st.sampled_from(["red", "Red", "blue", "é t"])).map(sorted)


def body_of(first: str, second: str) -> str:
    return f"{first} first.\n\n## {second}\n\n- {second}\n"


class Edits(RuleBasedStateMachine):
    """A writer at work; some edits are mistakes, as with real ones."""

    @initialize()
    def sit_down(self) -> None:
        memory = "/dev/shm" if Path("/dev/shm").is_dir() else None
        self.home = Path(tempfile.mkdtemp(prefix="podpipe-edits-", dir=memory))
        self.desk = Desk(self.home / "content", self.home / "site")
        self.desk.write("site.yaml", "title: Mine\n")
        self.now = NOW

    def teardown(self) -> None:
        shutil.rmtree(self.home)

    @rule(place=place, title=word, date=date, tags=tags, draft=st.booleans(), first=word, second=word)
    def write_page(
        self, place: str, title: str, date: str, tags: list[str], draft: bool, first: str, second: str
    ) -> None:
        self.desk.post(
            place, body_of(first, second), title=f"'{title}'", date=date, tags=str(tags), draft=str(draft).lower()
        )

    @rule(place=place, first=word)
    def change_the_text_only(self, place: str, first: str) -> None:
        file = self.desk.content / place
        if file.exists():
            head, front, _ = file.read_text().split("---\n", 2)
            file.write_text(f"{head}---\n{front}---\n{body_of(first, first)}")

    @rule(place=place)
    def delete(self, place: str) -> None:
        (self.desk.content / place).unlink(missing_ok=True)

    @rule(old=place, new=place)
    def rename(self, old: str, new: str) -> None:
        if (self.desk.content / old).exists():
            (self.desk.content / new).parent.mkdir(parents=True, exist_ok=True)
            (self.desk.content / old).rename(self.desk.content / new)

    @rule(section=st.sampled_from(["posts", "notes", "posts/deep"]), title=word, draft=st.booleans())
    def write_section(self, section: str, title: str, draft: bool) -> None:
        self.desk.post(f"{section}/_index.md", title=f"'{title}'", draft=str(draft).lower())

    @rule(
        text=st.sampled_from(["a", "b"]),
        place=st.sampled_from(["static/a.txt", "trips/six/a.txt", "static/style.css"]),
    )
    def write_file(self, text: str, place: str) -> None:
        self.desk.write(place, text)

    @rule(text=st.sampled_from(["{{ page.title }}", "{{ page.summary }}!", "{{ broken", None]))
    def change_template(self, text: str | None) -> None:
        file = self.desk.content / "templates" / "page.html"
        if text is None:
            file.unlink(missing_ok=True)
        else:
            self.desk.write("templates/page.html", text)

    @rule(title=word, url=st.sampled_from(["http://a", "http://b"]))
    def change_settings(self, title: str, url: str) -> None:
        self.desk.write("site.yaml", f"title: '{title}'\nurl: {url}\n")

    @rule()
    def let_a_day_pass(self) -> None:
        self.now += timedelta(days=1)

    @rule()
    def let_time_stamps_settle(self) -> None:
        for file in self.desk.content.rglob("*"):
            os.utime(file)
        time.sleep(2 * scan.SETTLED)

    @invariant()
    def the_site_is_that_of_a_first_build(self) -> None:
        if not hasattr(self, "home"):
            return
        before = files_of(self.desk.output)
        first = self.home / "first"
        shutil.rmtree(first, ignore_errors=True)
        problems = build(self.desk.content, first, now=self.now).problems
        assert self.desk.build(self.now).problems == problems
        live, wanted = files_of(self.desk.output), files_of(first)
        if problems:  # then what has one stays as it was
            wanted = {path: wanted[path] if live.get(path) == wanted.get(path) else before[path] for path in live}
        assert live == wanted


@pytest.fixture(autouse=True)
def quick_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Time stamps count as settled after 20 ms instead of 2 s, so that both kinds come up."""
    monkeypatch.setattr(scan, "SETTLED", 0.02)


TestEdits: Callable[[], None] = Edits.TestCase
TestEdits.settings = settings(
    max_examples=10, stateful_step_count=12, deadline=None, suppress_health_check=list(HealthCheck)
)
