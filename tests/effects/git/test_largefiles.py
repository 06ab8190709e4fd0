"""Files in Git LFS arrive whole, or are named."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
from pathlib import Path

import pytest

from podpipe.effects.git import Mirror
from podpipe.errors import CommandFailed
from tests.effects.git.upstream import Upstream, contents, git, mirror_of

RULE = "*.bin filter=lfs diff=lfs merge=lfs -text\n"
installed = pytest.mark.skipif(not shutil.which("git-lfs"), reason="git-lfs is not installed")


def pointer(text: str) -> str:
    digest = hashlib.sha256(text.encode()).hexdigest()
    return f"version https://git-lfs.github.com/spec/v1\noid sha256:{digest}\nsize {len(text)}\n"


def without_lfs(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    """A PATH on which git finds itself, but no git-lfs."""
    folder.mkdir()
    for program in ("git", "setpriv", "sh", "cat"):
        (folder / program).symlink_to(shutil.which(program) or program)
    monkeypatch.setenv("PATH", str(folder))


@pytest.fixture
def upstream(tmp_path: Path) -> Upstream:
    return Upstream(tmp_path)


@pytest.fixture
def mirror(tmp_path: Path, upstream: Upstream) -> Mirror:
    return mirror_of(upstream, tmp_path)


def read(mirror: Mirror) -> dict[str, str]:
    with mirror.worktree(mirror.fetch("main")) as tree:
        return contents(tree)


def test_without_git_lfs_the_files_are_named(
    upstream: Upstream, mirror: Mirror, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    files = {f"{name}.bin": pointer(name) for name in "abcde"}
    upstream.push("main", {".gitattributes": RULE, **files})
    without_lfs(monkeypatch, tmp_path / "bin")
    with pytest.raises(CommandFailed) as caught:
        read(mirror)
    assert "a.bin, b.bin, c.bin and 2 more files in Git LFS" in caught.value.message
    assert "apt-get install git-lfs" in caught.value.hint


def test_a_text_about_lfs_is_a_text(upstream: Upstream, mirror: Mirror) -> None:
    upstream.push("main", {"example.txt": pointer("x"), ".gitattributes": "*.txt text\n"})
    assert read(mirror)["example.txt"] == pointer("x")


@installed
def test_they_arrive_and_are_asked_for_once(upstream: Upstream, mirror: Mirror) -> None:
    text = "large\n" * 1000
    push_large(upstream, {"a.bin": text, "deep/b.bin": "other", "plain.txt": "plain"})
    (upstream.tree / "deep" / "b.bin").chmod(0o755)
    upstream.push("main", {})
    expected = {".gitattributes": RULE, "a.bin": text, "deep/b.bin": "other", "plain.txt": "plain"}
    assert read(mirror) == expected
    shutil.rmtree(upstream.bare / "lfs")
    assert read(mirror) == expected
    assert not (mirror.repository / "hooks").exists()


@installed
def test_one_that_was_never_pushed_is_named(upstream: Upstream, mirror: Mirror) -> None:
    upstream.push("main", {".gitattributes": RULE, "a.bin": pointer("never pushed")})
    with pytest.raises(CommandFailed, match=r"a\.bin"):
        read(mirror)


@installed
def test_settings_in_the_repository_lead_nowhere(upstream: Upstream, mirror: Mirror, tmp_path: Path) -> None:
    transfer = f'[lfs "customtransfer.x"]\npath = touch {tmp_path}/ran\n'
    harm = f"[lfs]\nurl = file://{tmp_path}/elsewhere\nstandalonetransferagent = x\nfetchexclude = *\n{transfer}"
    push_large(upstream, {"a.bin": "large", ".lfsconfig": harm})
    assert read(mirror)["a.bin"] == "large"
    assert not (tmp_path / "ran").exists()


def push_large(upstream: Upstream, files: dict[str, str]) -> None:
    """Push files by way of Git LFS, as one who has it installed does."""
    for name, value in (("clean", "clean -- %f"), ("smudge", "smudge -- %f"), ("process", "filter-process")):
        git(upstream.tree, "config", f"filter.lfs.{name}", f"git-lfs {value}")
    harm = files.pop(".lfsconfig", "")
    upstream.push("main", {".gitattributes": RULE, **files})
    git(upstream.tree, "remote", "set-url", "origin", upstream.url)
    subprocess.run(["git", "lfs", "push", "--all", "origin"], cwd=upstream.tree, check=True, capture_output=True)
    if harm:
        upstream.push("main", {".lfsconfig": harm})
