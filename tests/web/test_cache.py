"""What a build remembers, and when it forgets."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from podpipe.errors import DiskFull
from podpipe.web.cache import Known, Made, open_cache
from podpipe.web.problems import Problem

PAGE = Known("a.md", "stamp", "digest", "{}", "body")
MADE = Made(
    {"index.html": "x", "a/index.html": "old", "gone.html": "y"},
    {"index.html": "x", "a/index.html": "new", "none.html": "z"},
    (Problem("a.md", 1, "wrong", ("b.md",)),),
    {"index.html": "a.md"},
)


def remember(path: Path, generator: str = "one") -> None:
    with open_cache(path, generator) as cache:
        cache.remember(PAGE, "<p>")
        cache.keep_template("key", b"compiled")
        cache.note_release("1", MADE)


def test_it_remembers(tmp_path: Path) -> None:
    remember(tmp_path / "db")
    with open_cache(tmp_path / "db", "one") as cache:
        assert cache.sources == {"a.md": PAGE}
        assert cache.html("a.md") == "<p>"
        assert cache.template("key") == b"compiled"
        assert cache.made("1") == MADE


def test_for_other_code_that_renders_nothing_is_unchanged(tmp_path: Path) -> None:
    remember(tmp_path / "db")
    with open_cache(tmp_path / "db", "two") as cache:
        assert cache.sources == {"a.md": PAGE._replace(stamp="", digest="")}
        assert cache.html("a.md") == "<p>"
        assert cache.template("key") is None
        assert cache.made("1") == Made({}, {})


def test_a_new_stamp_leaves_the_html(tmp_path: Path) -> None:
    remember(tmp_path / "db")
    with open_cache(tmp_path / "db", "one") as cache:
        cache.remember(PAGE._replace(stamp="later"))
        assert cache.html("a.md") == "<p>"


def test_what_is_gone_is_forgotten(tmp_path: Path) -> None:
    remember(tmp_path / "db")
    with open_cache(tmp_path / "db", "one") as cache:
        cache.forget_sources_but(set())
        cache.forget_releases_but([])
        cache.commit()
    with open_cache(tmp_path / "db", "one") as cache:
        assert cache.sources == {}
        assert cache.made("1") == Made({}, {})


def test_a_file_that_is_no_database_is_begun_anew(tmp_path: Path) -> None:
    (tmp_path / "db").write_bytes(b"\x00rubbish" * 999)
    remember(tmp_path / "db")
    with open_cache(tmp_path / "db", "one") as cache:
        assert cache.sources == {"a.md": PAGE}


def test_a_full_disk_is_named(tmp_path: Path) -> None:
    with pytest.raises(DiskFull, match="no space left while writing"), open_cache(tmp_path / "db", "one"):
        raise sqlite3.OperationalError("database or disk is full")
