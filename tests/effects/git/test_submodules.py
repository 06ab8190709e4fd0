"""Submodules come along at their recorded commits; what is wrong with one is named; none can do harm."""

from __future__ import annotations

from pathlib import Path

import pytest

from podpipe.effects.git import Mirror
from podpipe.effects.git import checkout as git_checkout
from podpipe.errors import CommandFailed, PodpipeError, RevisionMissing
from tests.effects.git.upstream import Upstream, contents, git


@pytest.fixture
def theme(tmp_path: Path) -> Upstream:
    theme = Upstream(tmp_path, "theme")
    theme.push(files={"style.css": "plain"})
    return theme


def record(upstream: Upstream, path: str, url: str, commit: str, *more: str) -> str:
    """Record a submodule and push that; `more` are lines of .gitmodules."""
    git(upstream.tree, "update-index", "--add", "--cacheinfo", f"160000,{commit},{path}")
    with (upstream.tree / ".gitmodules").open("a") as file:
        file.write("\n".join([f'[submodule "{path}"]', f"path = {path}", f"url = {url}", *more, ""]))
    git(upstream.tree, "add", ".gitmodules")
    git(upstream.tree, "commit", "--quiet", "-m", "work")
    return upstream.push()


def read(mirror: Mirror) -> dict[str, str]:
    with mirror.worktree(mirror.fetch("main")) as tree:
        return contents(tree)


@pytest.mark.parametrize("relative", [True, False])
def test_they_come_along_and_theirs_too(upstream: Upstream, theme: Upstream, mirror: Mirror, relative: bool) -> None:
    fonts = Upstream(theme.bare.parent, "fonts")
    font = fonts.push(files={"sans": "f"})
    styled = record(theme, "deep/fonts", "../fonts.git" if relative else fonts.url, font)
    theme.push("main", {"style.css": "newer than recorded"})
    record(upstream, "themes/a b", "../theme.git" if relative else theme.url, styled)
    found = read(mirror)
    assert found.pop(".gitmodules")
    assert found.pop("themes/a b/.gitmodules")
    assert found == {"about.md": "one", "themes/a b/deep/fonts/sans": "f", "themes/a b/style.css": "plain"}


def test_one_that_is_here_is_not_asked_for_again(upstream: Upstream, theme: Upstream, mirror: Mirror) -> None:
    record(upstream, "theme", theme.url, theme.push())
    before = read(mirror)
    theme.bare.rename(theme.bare.with_name("away"))
    assert read(mirror) == before


def test_relative_ones_of_a_checkout_start_at_its_origin(upstream: Upstream, theme: Upstream, tmp_path: Path) -> None:
    record(upstream, "theme", "../theme.git", theme.push())
    theme.tree.rename(tmp_path / "elsewhere")
    assert read(Mirror(tmp_path / "git", str(upstream.tree)))["theme/style.css"] == "plain"


def test_one_that_was_never_pushed_is_named(upstream: Upstream, theme: Upstream, mirror: Mirror) -> None:
    commit = theme.commit({"style.css": "mine alone"})
    record(upstream, "themes/plain", theme.url, commit)
    with pytest.raises(RevisionMissing) as caught:
        read(mirror)
    assert caught.value.message == (
        f"the submodule themes/plain is recorded at {commit[:12]}, which {theme.url} does not have"
    )
    assert "git -C themes/plain push" in caught.value.hint
    assert caught.value.exit_status == 1
    theme.push()
    assert read(mirror)["themes/plain/style.css"] == "mine alone"


def test_a_commit_that_no_branch_has_any_more(upstream: Upstream, theme: Upstream, mirror: Mirror) -> None:
    record(upstream, "theme", theme.url, theme.push("main", {"style.css": "old"}))
    theme.push("main", {"style.css": "new"}, "--amend")
    assert read(mirror)["theme/style.css"] == "old"
    assert read(mirror)["theme/style.css"] == "old"


def test_one_that_does_not_answer_is_named(upstream: Upstream, mirror: Mirror, tmp_path: Path) -> None:
    record(upstream, "theme", f"file://{tmp_path}/nowhere", "1" * 40)
    with pytest.raises(CommandFailed, match=r"^the submodule theme: asking file:///"):
        read(mirror)


def test_one_without_an_address_is_named(upstream: Upstream, mirror: Mirror) -> None:
    git(upstream.tree, "update-index", "--add", "--cacheinfo", f"160000,{'1' * 40},theme")
    git(upstream.tree, "commit", "--quiet", "-m", "work")
    upstream.push()
    with pytest.raises(RevisionMissing, match=r"theme is a submodule, but .gitmodules has no address for it"):
        read(mirror)


# -- An attacker's ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "url",
    [
        *("ext::sh -c touch% OUTSIDE/ran", "-u./touch ran", "--upload-pack=touch OUTSIDE/ran", "fd::7", "ftp://x/y"),
        *("ssh://-oProxyCommand=touch${IFS}OUTSIDE/ran/x", "-oProxyCommand=x:y", "file://OUTSIDE/../nothing", ""),
        *("../../../../../../../../../../../../../etc", '"a\\nb"', "https://me:s3cret@127.0.0.1:9/x"),
    ],
)
def test_an_address_cannot_act(upstream: Upstream, mirror: Mirror, tmp_path: Path, url: str) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    record(upstream, "theme", url.replace("OUTSIDE", str(outside)), "1" * 40)
    with pytest.raises(PodpipeError) as caught:
        read(mirror)
    assert "theme" in str(caught.value)
    assert "s3cret" not in str(caught.value)
    assert list(outside.iterdir()) == []
    assert not list(tmp_path.rglob("ran"))


def test_an_update_command_does_not_run(upstream: Upstream, theme: Upstream, mirror: Mirror, tmp_path: Path) -> None:
    harm = (f"update = !touch {tmp_path}/ran", "branch = --help", "ignore = all", "fetchRecurseSubmodules = true")
    record(upstream, "theme", theme.url, theme.push(), *harm)
    assert read(mirror)["theme/style.css"] == "plain"
    assert not (tmp_path / "ran").exists()


def test_a_link_in_its_place_is_not_followed(
    upstream: Upstream, theme: Upstream, mirror: Mirror, tmp_path: Path
) -> None:
    outside = tmp_path / "outside"
    (outside / "theme").mkdir(parents=True)
    (upstream.tree / "a").symlink_to(outside)
    commit = record(upstream, "b/theme", theme.url, theme.push("main", {}))
    git(upstream.tree, "add", "a")
    git(upstream.tree, "commit", "--quiet", "-m", "work")
    # What `git mktree` makes of it: a link `a`, and a folder `a` that holds a submodule.
    link = git(upstream.tree, "rev-parse", "HEAD:a")
    inner = git(upstream.tree, "mktree", "--missing", text=f"160000 commit {theme.push()}\ttheme\n")
    modules = git(
        upstream.tree, "hash-object", "-w", "--stdin", text=f'[submodule "a"]\npath=a/theme\nurl={theme.url}\n'
    )
    commit = upstream.push_tree(
        f"100644 blob {modules}\t.gitmodules\n120000 blob {link}\ta\n040000 tree {inner}\ta\n", "evil"
    )
    assert mirror.fetch("evil") == commit
    try:
        with mirror.worktree(commit) as tree:
            assert not (tree / "a").is_symlink()
    except PodpipeError:
        pass
    assert list((outside / "theme").iterdir()) == []


@pytest.mark.parametrize("path", ["../outside", "theme/../../outside", "/etc", ".git", ".git/hooks"])
def test_the_path_in_gitmodules_decides_nothing(upstream: Upstream, theme: Upstream, mirror: Mirror, path: str) -> None:
    record(upstream, "theme", theme.url, theme.push())
    (upstream.tree / ".gitmodules").write_text(f'[submodule "../../x"]\npath = {path}\nurl = {theme.url}\n')
    git(upstream.tree, "commit", "--quiet", "-m", "work", ".gitmodules")
    upstream.push()
    with pytest.raises(RevisionMissing, match="has no address for it"):
        read(mirror)
    assert {each.name for each in mirror.folder.parent.iterdir()} == {"git"}


def test_a_stranger_names_nothing_of_this_machine(theme: Upstream, tmp_path: Path) -> None:
    from podpipe.effects.git.entries import Entry
    from podpipe.effects.git.submodules import list_submodules

    class Stranger(Mirror):
        def ask(self, *arguments: str, doing: str) -> str:
            return f"submodule.a.path\na\0submodule.a.url\n{theme.bare}\0"

    mirror = Stranger(tmp_path / "git", "https://example.org/x.git")
    with pytest.raises(RevisionMissing, match=r"the submodule a of .* is to come from this machine"):
        list(list_submodules(mirror, "1" * 40, [Entry("a", "160000", "1" * 40, 0)]))


def test_there_is_an_end_to_them(
    upstream: Upstream, theme: Upstream, mirror: Mirror, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(git_checkout, "MOST_SUBMODULES", 2)
    for number in range(3):
        record(upstream, f"theme{number}", theme.url, theme.push())
    with pytest.raises(RevisionMissing, match="more than 2 submodules"):
        read(mirror)
