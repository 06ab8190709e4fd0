"""Which folders are read, and in which order."""

from __future__ import annotations

import inspect
import os
import sys
from pathlib import Path

import pytest

from podpipe.quadlet.log import Log
from podpipe.quadlet.search import unit_dirs


def make(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).mkdir(parents=True)


def found(folder: Path, *, user: bool = False, log: Log | None = None, **environ: str) -> list[str]:
    """The folders below `folder`, relative to it; /etc/containers/systemd is `folder`/etc."""
    folders = unit_dirs(user, environ, log or Log(), admin=str(folder / "etc"))
    return [os.path.relpath(each, folder) for each in folders if each.startswith(str(folder))]


def test_the_environment_replaces_all_others(tmp_path: Path) -> None:
    make(tmp_path, "b/z", "b/y/x", "b/web.container.d", "a", "etc")
    (tmp_path / "b/file").touch()
    given = f"{tmp_path}/b:{tmp_path}/a:{tmp_path}/missing"
    assert found(tmp_path, QUADLET_UNIT_DIRS=given) == ["b", "b/y", "b/y/x", "b/z", "a", "missing"]
    assert found(tmp_path, user=True, QUADLET_UNIT_DIRS=given)[:2] == ["b", "b/y"]


def test_a_relative_path_ends_the_list(tmp_path: Path) -> None:
    make(tmp_path, "a", "b")
    log = Log()
    assert found(tmp_path, log=log, QUADLET_UNIT_DIRS=f"{tmp_path}/a:b:{tmp_path}/b") == ["a"]
    assert log.messages == [("warning", "b not a valid file path")]


def test_links_are_followed_once(tmp_path: Path) -> None:
    make(tmp_path, "units/a/b", "other/c")
    (tmp_path / "units/link").symlink_to(tmp_path / "other")
    (tmp_path / "other/back").symlink_to(tmp_path / "units")
    (tmp_path / "units/again").symlink_to(tmp_path / "units/a")
    (tmp_path / "units/nowhere").symlink_to(tmp_path / "nothing")
    (tmp_path / "units/loop").symlink_to(tmp_path / "units/loop")
    (tmp_path / "start").symlink_to(tmp_path / "units")
    given = f"{tmp_path}/start"
    assert found(tmp_path, QUADLET_UNIT_DIRS=given) == ["units", "units/a", "units/a/b", "other", "other/c"]


def test_a_start_that_loops_is_named(tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    log = Log()
    assert found(tmp_path, log=log, QUADLET_UNIT_DIRS=f"{tmp_path}/loop") == ["loop"]
    assert "loop" in log.of("debug")[0]


def test_folders_may_be_nested_deeper_than_calls(tmp_path: Path) -> None:
    (tmp_path / "units" / "/".join("d" * 200)).mkdir(parents=True)
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(len(inspect.stack()) + 100)
    try:
        folders = found(tmp_path, QUADLET_UNIT_DIRS=f"{tmp_path}/units")
    finally:
        sys.setrecursionlimit(limit)
    assert len(folders) == 201


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_what_may_not_be_read_is_named(tmp_path: Path) -> None:
    make(tmp_path, "units/closed")
    (tmp_path / "units/closed").chmod(0)
    log = Log()
    assert found(tmp_path, log=log, QUADLET_UNIT_DIRS=f"{tmp_path}/units") == ["units", "units/closed"]
    assert "Permission denied" in log.of("debug")[0]


def test_the_system_reads_no_folders_of_users(tmp_path: Path) -> None:
    make(tmp_path, "etc/web", "etc/users/1000", "etc/users/all")
    folders = unit_dirs(False, {}, Log(), admin=str(tmp_path / "etc"))
    assert folders[0] == "/run/containers/systemd"
    assert folders[-1] == "/usr/share/containers/systemd"
    assert found(tmp_path) == ["etc", "etc/web"]


def test_a_user_reads_its_own_and_those_of_all_users(tmp_path: Path) -> None:
    me = os.getuid()
    make(tmp_path, "run/containers/systemd/x", ".config/containers/systemd", f"etc/users/{me}/y")
    make(tmp_path, f"etc/users/{me + 1}", "etc/users/all", "etc/web")
    everyone = ["etc/users", "etc/users/all", f"etc/users/{me}", f"etc/users/{me}/y"]
    runtime = ["run/containers/systemd", "run/containers/systemd/x"]
    environ = {"HOME": str(tmp_path), "XDG_RUNTIME_DIR": f"{tmp_path}/run"}
    assert found(tmp_path, user=True, **environ) == [*runtime, ".config/containers/systemd", *everyone]
    config = {"XDG_CONFIG_HOME": f"{tmp_path}/config"}
    assert found(tmp_path, user=True, **config) == ["config/containers/systemd", *everyone]


@pytest.mark.parametrize(
    ("environ", "problem"),
    [
        ({}, "neither $XDG_CONFIG_HOME nor $HOME are defined"),
        ({"XDG_CONFIG_HOME": "config", "HOME": "/root"}, "path in $XDG_CONFIG_HOME is relative"),
    ],
)
def test_a_user_without_a_home_is_told(tmp_path: Path, environ: dict[str, str], problem: str) -> None:
    log = Log()
    assert found(tmp_path, user=True, log=log, **environ) == []
    assert log.messages == [("warning", f"Warning: {problem}")]


def test_links_in_the_place_of_the_folder_of_users_are_seen_through(tmp_path: Path) -> None:
    make(tmp_path, "etc", "elsewhere/1")
    (tmp_path / "etc/users").symlink_to(tmp_path / "elsewhere")
    assert found(tmp_path) == ["etc"]
    assert "elsewhere" in found(tmp_path, user=True, HOME=str(tmp_path))


def test_a_link_that_may_not_be_followed_hides_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As /proc/1/cwd is for an ordinary user, which Python 3.9 does not resolve."""

    def refuse(path: str) -> str:
        raise PermissionError(13, "Permission denied", path)

    (tmp_path / "link").symlink_to(tmp_path / "folder")
    (tmp_path / "folder").mkdir()
    monkeypatch.setattr("os.path.realpath", refuse)
    assert "folder" in found(tmp_path, QUADLET_UNIT_DIRS=f"{tmp_path}")
