"""Content from a repository, with a real git and a repository on this disk."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from podpipe.errors import CommandFailed
from podpipe.web import gitsource
from podpipe.web.gitsource import Repository, update
from tests.small_disk import run_on_small_disk


class Upstream:
    """A bare repository and a work tree that pushes to it."""

    def __init__(self, folder: Path) -> None:
        self.bare = folder / "site.git"
        self.tree = folder / "tree"
        self.git(folder, "init", "--quiet", "--bare", str(self.bare))
        self.git(folder, "init", "--quiet", str(self.tree))

    def git(self, folder: Path, *arguments: str) -> None:
        identity = ("-c", "user.name=W", "-c", "user.email=w@example.org", "-c", "commit.gpgsign=false")
        subprocess.run(["git", *identity, *arguments], cwd=folder, check=True, capture_output=True)

    def push(self, name: str, text: str, *options: str) -> None:
        (self.tree / name).write_text(text)
        self.git(self.tree, "add", "--all")
        self.git(self.tree, "commit", "--quiet", "-m", text, *options)
        self.git(self.tree, "push", "--quiet", "--force", str(self.bare), "HEAD:refs/heads/main")


@pytest.fixture
def upstream(tmp_path: Path) -> Upstream:
    upstream = Upstream(tmp_path)
    upstream.push("about.md", "one")
    return upstream


@pytest.fixture
def repository(upstream: Upstream, tmp_path: Path) -> Repository:
    return Repository(f"file://{upstream.bare}", "main", tmp_path / "content" / "repository")


def test_the_clone_follows_the_branch(upstream: Upstream, repository: Repository) -> None:
    first = update(repository)
    assert (repository.folder / "about.md").read_text() == "one"
    assert update(repository) == first
    upstream.push("new.md", "two")
    assert update(repository) != first
    assert (repository.folder / "new.md").read_text() == "two"


def test_a_rewritten_branch_is_followed_too(upstream: Upstream, repository: Repository) -> None:
    update(repository)
    upstream.push("about.md", "three", "--amend")
    update(repository)
    assert (repository.folder / "about.md").read_text() == "three"


def test_only_the_newest_commit_is_fetched(upstream: Upstream, repository: Repository) -> None:
    upstream.push("about.md", "two")
    update(repository)
    assert (repository.folder / ".git" / "shallow").exists()


def test_unchanged_files_keep_their_time_stamps(upstream: Upstream, repository: Repository) -> None:
    update(repository)
    before = (repository.folder / "about.md").stat()
    upstream.push("new.md", "two")
    update(repository)
    after = (repository.folder / "about.md").stat()
    assert (after.st_mtime_ns, after.st_ctime_ns) == (before.st_mtime_ns, before.st_ctime_ns)


def test_without_a_network_the_last_clone_stays(upstream: Upstream, repository: Repository) -> None:
    update(repository)
    upstream.bare.rename(upstream.bare.with_name("away"))
    with pytest.raises(CommandFailed, match="git ls-remote failed") as caught:
        update(repository)
    assert caught.value.lines
    assert (repository.folder / "about.md").read_text() == "one"


@pytest.mark.parametrize("damage", [".git/index.lock", ".git/shallow.lock"])
def test_what_a_killed_git_left_is_overcome(upstream: Upstream, repository: Repository, damage: str) -> None:
    update(repository)
    (repository.folder / damage).touch()
    (repository.folder / "stray.md").touch()
    upstream.push("about.md", "two")
    update(repository)
    assert {path.name for path in repository.folder.iterdir()} == {".git", "about.md"}
    assert (repository.folder / "about.md").read_text() == "two"


def test_a_damaged_clone_is_made_anew(repository: Repository) -> None:
    commit = update(repository)
    for item in (repository.folder / ".git" / "objects").rglob("*"):
        if item.is_file():
            item.chmod(0o600)
            item.write_bytes(b"")
    (repository.folder / "about.md").write_text("damaged")
    assert update(repository) == commit
    assert (repository.folder / "about.md").read_text() == "one"


def test_a_missing_branch_is_named(upstream: Upstream, tmp_path: Path) -> None:
    with pytest.raises(CommandFailed, match="git fetch failed") as caught:
        update(Repository(f"file://{upstream.bare}", "release", tmp_path / "clone"))
    assert "release" in str(caught.value)
    assert not (tmp_path / "clone").exists()


@pytest.mark.parametrize("url", ["ext::sh -c 'touch ran'", "--upload-pack=touch ran", "fd::3"])
def test_an_address_cannot_run_a_command(url: str, tmp_path: Path) -> None:
    with pytest.raises(CommandFailed):
        update(Repository(url, "main", tmp_path / "clone"))
    assert not list(tmp_path.rglob("ran"))


def test_a_password_in_the_address_is_not_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> subprocess.CompletedProcess[str]:
        return subprocess.CompletedProcess([], 128, "", "fatal: cannot reach https://me:secret@example.org/x.git?token=secret\n")

    monkeypatch.setattr(subprocess, "run", fail)
    with pytest.raises(CommandFailed) as caught:
        update(Repository("https://me:secret@example.org/x.git", "main", tmp_path / "clone"))
    assert "secret" not in str(caught.value)
    assert "https://example.org/x.git" in str(caught.value)


def test_a_git_that_hangs_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gitsource, "TIMEOUT", 0.0)
    with pytest.raises(CommandFailed, match="took longer"):
        update(Repository("file:///nowhere", "main", tmp_path / "clone"))


FULL = """
import os, subprocess, sys
from pathlib import Path
from podpipe.errors import DiskFull
from podpipe.web.gitsource import Repository, update

small = Path(sys.argv[1])
upstream = small.with_name("upstream")
git = ["git", "-C", str(upstream), "-c", "user.name=a", "-c", "user.email=a@b"]

def push(size):
    (upstream / "page.md").write_bytes(os.urandom(size))
    for arguments in (["add", "."], ["commit", "--quiet", "--message", "x"]):
        subprocess.run([*git, *arguments], check=True)

def used():
    status = os.statvfs(small)
    return (status.f_blocks - status.f_bfree) * status.f_frsize

def refused(repository):
    before = used()
    try:
        update(repository)
    except DiskFull as error:
        assert "no space left for git" in str(error)
    else:
        raise AssertionError("it fits")
    assert used() <= before + 65536, (before, used())

upstream.mkdir()
subprocess.run([*git, "init", "--quiet", "--initial-branch=main"], check=True)
push(1000)
kept = Repository(f"file://{upstream}", "main", small / "kept")
commit = update(kept)
page = (kept.folder / "page.md").read_bytes()
for size in (3_000_000, 6_000_000):  # the objects fit, and then not even they
    push(size)
    refused(kept)
    refused(Repository(f"file://{upstream}", "main", small / "new"))
    assert (kept.folder / "page.md").read_bytes() == page
push(2000)
assert update(kept) != commit
"""


def test_what_a_full_disk_stopped_gives_back_what_it_took(tmp_path: Path) -> None:
    run_on_small_disk(tmp_path / "small", "5m", FULL)
