"""A mirror follows its upstream, says what the upstream lacks, and gets over damage."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from podpipe.effects.git import Mirror
from podpipe.effects.git import command as git_command
from podpipe.errors import CommandFailed, RevisionMissing, UsageError
from tests.effects.git.upstream import Upstream, git, mirror_of

NOWHERE = "0" * 40
Damage = Callable[[Path], object]


def test_a_branch_is_followed(upstream: Upstream, mirror: Mirror) -> None:
    for text in ("two", "three"):
        commit = upstream.push("main", {"about.md": text})
        assert mirror.fetch("main") == mirror.fetch("main") == commit
    assert mirror.fetch() == commit


def test_a_rewritten_branch_is_followed_too(upstream: Upstream, mirror: Mirror) -> None:
    mirror.fetch("main")
    assert upstream.push("main", {"about.md": "other"}, "--amend") == mirror.fetch("main")


def test_a_packed_reference_is_read(mirror: Mirror) -> None:
    commit = mirror.fetch("main")
    git(mirror.repository, "pack-refs", "--all")
    assert mirror.fetch("main") == commit


@pytest.mark.parametrize("name", ["$(touch${IFS}ran)", "a;touch${IFS}ran", "refs/heads/main", "x" * 200, "é'\"`|&"])
def test_odd_names_are_names(upstream: Upstream, mirror: Mirror, name: str) -> None:
    assert upstream.push(name, {"a": name}) == mirror.fetch(name)
    assert not list(mirror.folder.rglob("ran"))


@pytest.mark.parametrize("name", ["--upload-pack=x", "../../x", "a b", "main:refs/heads/evil", "*", "+main", "a\nb"])
def test_what_is_no_name_never_reaches_git(mirror: Mirror, name: str) -> None:
    with pytest.raises(UsageError):
        mirror.fetch(name)


def test_a_missing_branch_is_named_with_near_ones(upstream: Upstream, mirror: Mirror) -> None:
    upstream.push("feature/search")
    for _ in range(2):  # with and without a mirror
        with pytest.raises(RevisionMissing, match="has no branch feature/serch") as caught:
            mirror.fetch("feature/serch")
        assert caught.value.hint == "did you mean feature/search?"
        assert caught.value.exit_status == 1
        mirror.fetch("main")


def test_a_branch_that_was_deleted_is_missing(upstream: Upstream, mirror: Mirror) -> None:
    upstream.push("gone")
    mirror.fetch("gone")
    git(upstream.bare, "branch", "-D", "gone")
    with pytest.raises(RevisionMissing, match="has no branch gone"):
        mirror.fetch("gone")


def test_an_empty_repository_has_no_branch(tmp_path: Path) -> None:
    mirror = mirror_of(Upstream(tmp_path, "empty"), tmp_path)
    with pytest.raises(RevisionMissing, match="no branch main"):
        mirror.fetch("main")
    with pytest.raises(RevisionMissing, match="no default branch"):
        mirror.fetch()
    with pytest.raises(RevisionMissing, match="has no commit"):
        mirror.fetch(commit="1234567")


def test_a_branch_in_the_place_of_a_folder_of_branches(upstream: Upstream, mirror: Mirror) -> None:
    upstream.push("fix")
    mirror.fetch("fix")
    git(upstream.bare, "branch", "-D", "fix")
    assert mirror.fetch("main") == upstream.push("fix/one") == mirror.fetch("fix/one")


def test_a_commit_is_found_by_a_part_of_its_id(upstream: Upstream, mirror: Mirror) -> None:
    old = mirror.fetch("main")
    upstream.push("main", {"about.md": "two"})
    for asked in (old, old[:7], old[:12].upper()):
        assert mirror.fetch("main", asked) == mirror.fetch("", asked) == old


def test_a_commit_must_be_in_the_branch(upstream: Upstream, mirror: Mirror) -> None:
    upstream.push("main")
    other = upstream.push("other", {"about.md": "two"})
    assert mirror.fetch(commit=other) == other
    for branch, commit in (("main", other), ("main", "12345678"), ("", NOWHERE[:-1] + "1")):
        with pytest.raises(RevisionMissing, match="has no commit"):
            mirror.fetch(branch, commit)


def test_a_commit_that_a_forced_push_took_away_is_missing(upstream: Upstream, mirror: Mirror) -> None:
    old = mirror.fetch("main")
    upstream.push("main", {"about.md": "two"}, "--amend")
    for branch in ("main", ""):
        with pytest.raises(RevisionMissing):
            mirror.fetch(branch, old)


@pytest.mark.parametrize("commit", ["123456", "main", "HEAD~1", "--all", "g" * 40, "a" * 41, "1234567\n"])
def test_what_is_no_commit_never_reaches_git(mirror: Mirror, commit: str) -> None:
    with pytest.raises(UsageError, match="is not a commit's id"):
        mirror.fetch("main", commit)


def test_an_upstream_that_does_not_answer(upstream: Upstream, mirror: Mirror) -> None:
    commit = mirror.fetch("main")
    upstream.bare.rename(upstream.bare.with_name("away"))
    with pytest.raises(CommandFailed, match=r"asking file:///.* failed"):
        mirror.fetch("main")
    upstream.bare.with_name("away").rename(upstream.bare)
    assert mirror.fetch("main") == commit


def test_an_upstream_that_hangs_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_SSH_COMMAND", "sleep 100;")
    monkeypatch.setattr("podpipe.effects.git.mirror.ANSWER", 0.3)
    with pytest.raises(CommandFailed, match="did not end within"):
        Mirror(tmp_path, "pi@host:x").fetch("main")


# -- Damage ---------------------------------------------------------------------------------------------------


def empty_objects(repository: Path) -> None:
    for item in (repository / "objects").rglob("*"):
        if item.is_file():
            item.chmod(0o600)
            item.write_bytes(b"")


def halve(repository: Path) -> None:
    shutil.rmtree(repository / "refs")
    shutil.rmtree(repository / "objects")


def leave(name: str) -> Damage:
    return lambda repository: (repository / name).touch()


def overwrite(name: str, text: str) -> Damage:
    def damage(repository: Path) -> None:
        (repository / name).write_text(text)

    return damage


DAMAGES: dict[str, Damage] = {
    "objects": empty_objects,
    "reference": overwrite("refs/podpipe/heads/main", ""),
    "head": overwrite("HEAD", "\0\0"),
    "config": overwrite("config", "[core"),
    "nothing": shutil.rmtree,
    "half": halve,
    "lock": leave("refs/podpipe/heads/main.lock"),
    "packed": leave("packed-refs.lock"),
    "shallow": leave("shallow.lock"),
    "beside": lambda repository: (repository.with_suffix(".new") / "objects").mkdir(parents=True),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_damage_is_got_over(upstream: Upstream, mirror: Mirror, damage: str) -> None:
    mirror.fetch("main")
    DAMAGES[damage](mirror.repository)
    commit = upstream.push("main", {"about.md": "two"})
    assert mirror.fetch("main") == commit
    with mirror.worktree(commit) as tree:
        assert (tree / "about.md").read_text() == "two"
    assert [path.name for path in mirror.folder.glob("*.new")] == []


def test_a_lock_left_behind_does_not_cost_a_new_mirror(upstream: Upstream, mirror: Mirror) -> None:
    mirror.fetch("main")
    before = mirror.repository.stat().st_ino
    DAMAGES["lock"](mirror.repository)
    upstream.push("main", {"about.md": "two"})
    mirror.fetch("main")
    assert mirror.repository.stat().st_ino == before


def test_damage_that_a_fetch_does_not_see_is_mended_by_the_checkout(mirror: Mirror) -> None:
    commit = mirror.fetch("main")
    blob = git(mirror.repository, "rev-parse", f"{commit}:about.md")
    loose = mirror.repository / "objects" / blob[:2] / blob[2:]
    loose.chmod(0o600)
    loose.write_bytes(b"")
    with mirror.worktree(mirror.fetch("main")) as tree:
        assert (tree / "about.md").read_text() == "one"


# -- Surroundings ---------------------------------------------------------------------------------------------


def test_what_a_hook_has_around_it_does_not_count(
    upstream: Upstream, mirror: Mirror, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_QUARANTINE_PATH"):
        monkeypatch.setenv(name, "/nonexistent")
    commit = mirror.fetch("main")
    with mirror.worktree(commit) as tree:
        assert (tree / "about.md").read_text() == "one"


def test_no_hook_runs(upstream: Upstream, mirror: Mirror, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hooks = tmp_path / "template" / "hooks"
    hooks.mkdir(parents=True)
    for name in ("reference-transaction", "post-checkout", "post-index-change"):
        (hooks / name).write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\n")
        (hooks / name).chmod(0o755)
    (tmp_path / ".gitconfig").write_text(f"[init]\ntemplateDir={tmp_path}/template\n[core]\nhooksPath={hooks}\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    with mirror.worktree(mirror.fetch("main")):
        assert not (tmp_path / "ran").exists()
    assert not (mirror.repository / "hooks").exists()


def test_a_password_is_neither_shown_nor_kept(tmp_path: Path) -> None:
    mirror = Mirror(tmp_path / "git", "https://me:s3cret@127.0.0.1:9/x.git")
    with pytest.raises(CommandFailed) as caught:
        mirror.fetch("main")
    assert "s3cret" not in str(caught.value)
    assert "https://127.0.0.1:9/x.git" in str(caught.value)
    assert mirror.repository == Mirror(tmp_path / "git", "https://127.0.0.1:9/x.git").repository
    kept = [path for path in (tmp_path / "git").rglob("*") if path.is_file() and b"s3cret" in path.read_bytes()]
    assert kept == []


def test_ssh_asks_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script = tmp_path / "ssh"
    script.write_text(f'#!/bin/sh\necho "$@" > {tmp_path}/asked\n[ -t 0 ] && touch {tmp_path}/terminal\nexit 255\n')
    script.chmod(0o755)
    monkeypatch.setenv("GIT_SSH_COMMAND", f"{script} -i key")
    with pytest.raises(CommandFailed):
        Mirror(tmp_path / "git", "pi@host:x.git").fetch("main")
    assert (tmp_path / "asked").read_text().startswith("-i key -oBatchMode=yes")
    assert not (tmp_path / "terminal").exists()


@pytest.mark.parametrize("setting", ["GIT_SSH_COMMAND", "core.sshCommand", ""])
def test_the_users_own_ssh_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, setting: str) -> None:
    monkeypatch.delenv("GIT_SSH", raising=False)
    monkeypatch.delenv("GIT_SSH_COMMAND", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    if setting == "core.sshCommand":
        (tmp_path / ".gitconfig").write_text("[core]\nsshCommand = mine\n")
    elif setting:
        monkeypatch.setenv(setting, "mine")
    words = (git_command.reaching("pi@host:x")["GIT_SSH_COMMAND"] or "").split()
    assert words[:2] == ["mine" if setting else "ssh", "-oBatchMode=yes"]


def test_a_shallow_upstream_is_good_enough(upstream: Upstream, tmp_path: Path) -> None:
    commit = upstream.push("main", {"about.md": "two"})
    git(tmp_path, "clone", "--quiet", "--depth=1", upstream.url, "shallow")
    mirror = Mirror(tmp_path / "state" / "git", str(tmp_path / "shallow"))
    with mirror.worktree(mirror.fetch("main")) as tree:
        assert mirror.fetch("main") == commit
        assert (tree / "about.md").read_text() == "two"


# -- What a push touched --------------------------------------------------------------------------------------


def test_the_files_between_two_commits(upstream: Upstream, mirror: Mirror) -> None:
    old = upstream.push("main", {"gone": "1", "a": "same for long enough to look renamed\n" * 9, "kept": "1"})
    (upstream.tree / "gone").unlink()
    (upstream.tree / "a").rename(upstream.tree / "b")
    new = upstream.push("main", {'new "ü"\n\t': "1", "about.md": "2", "\udcff": "not UTF-8"})
    mirror.fetch("main")
    assert mirror.changed_files(old, new) == ["a", "about.md", "b", "gone", 'new "ü"\n\t', "\udcff"]
    assert mirror.changed_files(new, new) == []


def test_a_new_branch_touched_what_its_default_had_not(upstream: Upstream, mirror: Mirror) -> None:
    upstream.push("main", {"kept": "1"})
    new = upstream.push("fix", {"fixed": "1"})
    git(upstream.tree, "reset", "--quiet", "--hard", "HEAD~1")
    upstream.push("main", {"meanwhile": "1"})
    mirror.fetch(commit=new)
    for old in ("", NOWHERE, "1" * 40):
        assert mirror.changed_files(old, new, "main") == ["fixed"]
        assert mirror.changed_files(old, new) == mirror.changed_files(old, new, "none") == ["about.md", "fixed", "kept"]


def test_a_branch_without_a_common_past_touched_every_file(upstream: Upstream, mirror: Mirror) -> None:
    git(upstream.tree, "checkout", "--quiet", "--orphan", "alone")
    new = upstream.push("alone", {"own": "1"})
    mirror.fetch(commit=new)
    assert mirror.changed_files("", new, "main") == ["about.md", "own"]


def test_only_ids_are_compared(mirror: Mirror) -> None:
    commit = mirror.fetch("main")
    for old, new in (("--output=/tmp/x", commit), (commit, "main"), (commit, "--stdin")):
        with pytest.raises(UsageError):
            mirror.changed_files(old, new)
