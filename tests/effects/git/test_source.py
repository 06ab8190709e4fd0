"""Which repository, branch and folder a project's source is, and what is said where there is none."""

from __future__ import annotations

from pathlib import Path

import pytest

from podpipe.effects.git import Source, choose_repository, fetch_source
from podpipe.errors import CommandFailed, RevisionMissing, UsageError
from tests.effects.git.upstream import Upstream, contents, git


@pytest.fixture
def upstream(tmp_path: Path) -> Upstream:
    upstream = Upstream(tmp_path)
    upstream.push(files={"podpipe.yaml": "one", "home/podpipe.yaml": "two"})
    return upstream


@pytest.fixture
def state(tmp_path: Path) -> Path:
    return tmp_path / "state"


def test_origin_comes_first_then_the_checkout(upstream: Upstream) -> None:
    assert choose_repository(upstream.tree, "") == ([str(upstream.bare), str(upstream.tree)], "")
    assert choose_repository(upstream.tree / "home", "") == ([str(upstream.bare), str(upstream.tree)], "home")
    git(upstream.tree, "remote", "remove", "origin")
    assert choose_repository(upstream.tree, "") == ([str(upstream.tree)], "")


def test_a_relative_origin_starts_at_the_checkout(upstream: Upstream) -> None:
    git(upstream.tree, "remote", "set-url", "origin", "../site.git")
    assert choose_repository(upstream.tree / "home", "")[0][0] == str(upstream.bare)


@pytest.mark.parametrize(
    ("repository", "expected"),
    [
        ("https://host/x.git", ("https://host/x.git", "home")),
        ("git@host:x", ("git@host:x", "home")),
        (".", ("TREE", "home")),
        ("..", ("TREE", "home")),
        ("../../site.git", ("BARE", "home")),
    ],
)
def test_one_that_is_named_is_the_only_one(upstream: Upstream, repository: str, expected: tuple[str, str]) -> None:
    candidates, prefix = choose_repository(upstream.tree / "home", repository)
    named = expected[0].replace("TREE", str(upstream.tree)).replace("BARE", str(upstream.bare))
    assert (candidates, prefix) == ([named], expected[1])


def test_a_folder_in_no_repository(tmp_path: Path, state: Path) -> None:
    (tmp_path / "plain").mkdir()
    for repository in ("", ".", "nowhere"):
        with pytest.raises(UsageError) as caught:
            fetch_source(tmp_path / "plain", state, repository=repository, branch="main")
        assert caught.value.hint
        assert caught.value.exit_status == 2


def test_a_branch_comes_from_origin(upstream: Upstream, state: Path) -> None:
    pushed = upstream.push()
    upstream.commit({"podpipe.yaml": "not pushed"})
    mirror, source = fetch_source(upstream.tree, state, branch="main")
    assert source == Source(str(upstream.bare), "main", pushed, "")
    assert mirror.folder == state / "git"


def test_a_branch_that_origin_lacks_may_be_the_checkouts(upstream: Upstream, state: Path) -> None:
    git(upstream.tree, "checkout", "--quiet", "-b", "mine")
    commit = upstream.commit({"podpipe.yaml": "mine"})
    (upstream.tree / "podpipe.yaml").write_text("not committed")
    before = git(upstream.tree, "status", "--porcelain", "--branch")
    for asked in ({"branch": "mine"}, {"branch": "mine", "commit": commit[:8]}, {"commit": commit}):
        mirror, source = fetch_source(upstream.tree, state, **asked)
        assert source == Source(str(upstream.tree), asked.get("branch", ""), commit, "")
    with mirror.worktree(commit) as tree:
        assert contents(tree)["podpipe.yaml"] == "mine"
    assert git(upstream.tree, "status", "--porcelain", "--branch") == before
    assert git(upstream.tree, "for-each-ref", "--format=%(refname)").split() == [
        *("refs/heads/main", "refs/heads/mine", "refs/remotes/origin/main")
    ]


def test_a_branch_that_nobody_has(upstream: Upstream, state: Path) -> None:
    with pytest.raises(RevisionMissing) as caught:
        fetch_source(upstream.tree, state, branch="mian")
    assert str(upstream.bare) in caught.value.message
    assert f"{upstream.tree} has no branch mian" in caught.value.message
    assert caught.value.hint == "did you mean main?"


def test_without_a_wish_it_is_the_default_branch(upstream: Upstream, state: Path) -> None:
    assert fetch_source(upstream.tree, state)[1].branch == "main"


def test_an_origin_that_does_not_answer(upstream: Upstream, state: Path) -> None:
    upstream.bare.rename(upstream.bare.with_name("away"))
    with pytest.raises(CommandFailed) as caught:
        fetch_source(upstream.tree, state, branch="main")
    assert caught.value.hint.endswith("--repository .")
    assert fetch_source(upstream.tree, state, repository=".", branch="main")[1].url == str(upstream.tree)


def test_the_projects_folder_must_be_there(upstream: Upstream, state: Path) -> None:
    assert fetch_source(upstream.tree / "home", state)[1].prefix == "home"
    (upstream.tree / "new" / "project").mkdir(parents=True)
    with pytest.raises(RevisionMissing, match="has no folder new/project"):
        fetch_source(upstream.tree / "new" / "project", state)
    assert fetch_source(upstream.tree / "new" / "project", state, repository=upstream.url)[1].prefix == ""


def test_a_link_is_not_the_projects_folder(upstream: Upstream, state: Path, tmp_path: Path) -> None:
    (upstream.tree / "home" / "podpipe.yaml").unlink()
    (upstream.tree / "home").rmdir()
    (upstream.tree / "home").symlink_to(tmp_path)
    upstream.push("evil", {})
    (upstream.tree / "home").unlink()
    (upstream.tree / "home").mkdir()
    with pytest.raises(RevisionMissing, match="has no folder home"):
        fetch_source(upstream.tree / "home", state, branch="evil")


def test_no_password_is_stored(upstream: Upstream, state: Path) -> None:
    git(upstream.tree, "remote", "set-url", "origin", "https://me:s3cret@127.0.0.1:9/x")
    with pytest.raises(CommandFailed) as caught:
        fetch_source(upstream.tree, state, branch="main")
    assert "s3cret" not in str(caught.value)


def test_a_checkout_of_someone_else_is_explained(upstream: Upstream, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
    with pytest.raises(CommandFailed, match="it belongs to another user") as caught:
        choose_repository(upstream.tree, "")
    assert caught.value.hint.endswith(f"git config --global --add safe.directory '{upstream.tree}'")
