"""Copies of folders that others write to meanwhile."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from podpipe.effects import copy_tree as program
from podpipe.effects.copy_tree import copy_tree, main


@pytest.fixture
def source(tmp_path: Path) -> Path:
    (tmp_path / "source").mkdir()
    return tmp_path / "source"


@pytest.fixture
def target(tmp_path: Path) -> Path:
    (tmp_path / "target").mkdir()
    return tmp_path / "target"


@contextmanager
def writing(database: Path) -> Iterator[None]:
    """Somebody moves money from one account to the other, in WAL mode, and never stops."""
    connection = sqlite3.connect(database, isolation_level=None, check_same_thread=False)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("CREATE TABLE accounts (balance INTEGER, ballast BLOB)")
    connection.execute("INSERT INTO accounts VALUES (0, zeroblob(500000)), (100, zeroblob(500000))")
    done = threading.Event()

    def move() -> None:
        while not done.is_set():
            connection.execute("BEGIN")
            connection.execute("UPDATE accounts SET balance = balance + 1, ballast = ballast WHERE rowid = 1")
            connection.execute("UPDATE accounts SET balance = balance - 1, ballast = ballast WHERE rowid = 2")
            connection.execute("COMMIT")

    thread = threading.Thread(target=move)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()
        connection.close()


def balances(database: Path) -> list[int]:
    with closing(sqlite3.connect(database)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        return [balance for (balance,) in connection.execute("SELECT balance FROM accounts ORDER BY rowid")]


def test_a_database_is_copied_as_of_one_moment_while_it_is_written(source: Path, target: Path) -> None:
    with writing(source / "data.db"):
        for _ in range(5):
            copy_tree(source, target)
            assert {path.name for path in target.iterdir()} == {"data.db"}
            one, other = balances(target / "data.db")
            assert one + other == 100


def test_production_s_files_are_left_as_they_are(source: Path, target: Path) -> None:
    """Nobody has it open: a log that was not written back stays one."""
    writer = "import sqlite3, os; c = sqlite3.connect('data.db', isolation_level=None);"
    writer += "c.execute('PRAGMA journal_mode = WAL'); c.execute('CREATE TABLE accounts AS SELECT 5 AS balance');"
    subprocess.run([sys.executable, "-c", f"{writer} os._exit(0)"], cwd=source, check=True)
    before = {path.name: path.read_bytes() for path in source.iterdir() if not path.name.endswith("-shm")}
    assert set(before) == {"data.db", "data.db-wal"}
    copy_tree(source, target)
    assert {path.name: path.read_bytes() for path in source.iterdir() if not path.name.endswith("-shm")} == before
    assert balances(target / "data.db") == [5]


def test_what_only_looks_like_a_database_is_copied_too(source: Path, target: Path) -> None:
    (source / "a.db").write_bytes(b"SQLite format 3\0 or is it?")
    (source / "a.db-wal").write_text("mine")
    (source / "alone-wal").write_text("mine too")
    before = {path.name: path.read_bytes() for path in source.iterdir()}
    copy_tree(source, target)
    assert {path.name: path.read_bytes() for path in target.iterdir()} == before


def test_a_locked_database_is_told_and_not_copied_otherwise(
    source: Path, target: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(program, "PATIENCE", 0.05)
    with closing(sqlite3.connect(source / "a.db", isolation_level=None)) as connection:
        connection.execute("CREATE TABLE t (x)")
        connection.execute("BEGIN EXCLUSIVE")
        assert main(str(source), str(target)) == 1
    assert capsys.readouterr().err == "database is locked\n"


def test_looks_and_links_are_kept(source: Path, target: Path) -> None:
    (source / "releases/1").mkdir(parents=True)
    (source / "releases/2").mkdir()
    page = source / "releases/1/page"
    page.write_text("page")
    page.chmod(0o640)
    os.utime(page, (1_000_000, 1_000_000))
    os.link(page, source / "releases/2/page")
    (source / "current").symlink_to("releases/2")
    (source / "lost").symlink_to("/nonexistent")
    (source / "releases").chmod(0o711)
    os.mkfifo(source / "pipe")
    (target / "old").mkdir()
    (target / "old/file").touch()
    copy_tree(source, target)
    assert sorted(path.name for path in target.iterdir()) == ["current", "lost", "releases"]
    assert (target / "current").readlink() == Path("releases/2")
    assert (target / "releases").stat().st_mode & 0o777 == 0o711
    copies = [(target / "current/page").stat(), (target / "releases/1/page").stat()]
    assert {(each.st_mode & 0o777, each.st_mtime, each.st_nlink) for each in copies} == {(0o640, 1_000_000, 2)}
    assert copies[0].st_ino == copies[1].st_ino


def test_what_vanishes_meanwhile_is_left_out(source: Path, target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("a", "b", "c"):
        (source / name).write_text(name)

    def vanish(path: Path) -> bool:
        (source / "b").unlink(missing_ok=True)
        return False

    monkeypatch.setattr(program, "_is_database", vanish)
    copy_tree(source, target)
    assert sorted(path.name for path in target.iterdir()) == ["a", "c"]


def test_it_is_a_program_that_needs_nothing_of_ours(source: Path, target: Path) -> None:
    (source / "a").write_text("a")
    command = [sys.executable, "-I", program.__file__, str(source), str(target)]
    subprocess.run(command, check=True, cwd="/", env={})
    assert (target / "a").read_text() == "a"
    failed = subprocess.run([*command[:-1], str(target / "none")], capture_output=True, text=True)
    assert (failed.returncode, failed.stderr.count("\n")) == (1, 1)
