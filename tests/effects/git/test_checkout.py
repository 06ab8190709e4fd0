"""A worktree holds exactly a commit's files, goes away again, and nothing in it can act or lead out."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from podpipe.effects.git import Mirror
from podpipe.errors import CommandFailed, RevisionMissing
from tests.effects.git.upstream import Upstream, contents, git


def leftovers(mirror: Mirror) -> list[str]:
    return [path.name for path in mirror.folder.iterdir() if path.name.startswith("work-")]


def test_it_holds_the_commits_files_and_nothing_else(upstream: Upstream, mirror: Mirror) -> None:
    (upstream.tree / "run").write_text("#!/bin/sh\n")
    (upstream.tree / "run").chmod(0o755)
    (upstream.tree / "link").symlink_to("about.md")
    old = mirror.fetch("main")
    new = upstream.push("main", {"a folder/ü\n\t": "two", ".gitignore": "about.md"})
    mirror.fetch("main")
    with mirror.worktree(new) as tree, mirror.worktree(old) as before:
        expected = {".gitignore": "about.md", "a folder/ü\n\t": "two", "about.md": "one", "link": "-> about.md"}
        assert contents(tree) == {**expected, "run": "#!/bin/sh\n"}
        assert os.access(tree / "run", os.X_OK)
        assert contents(before) == {"about.md": "one"}
    assert leftovers(mirror) == []
    assert not tree.exists()


def test_it_goes_when_what_used_it_fails(mirror: Mirror) -> None:
    commit = mirror.fetch("main")
    with pytest.raises(KeyError), mirror.worktree(commit) as tree:
        (tree / "left").mkdir()
        raise KeyError
    assert leftovers(mirror) == []


def test_what_a_kill_left_goes_next_time(upstream: Upstream, mirror: Mirror) -> None:
    commit = mirror.fetch("main")
    script = (
        "import sys, time; from pathlib import Path; from podpipe.effects.git import Mirror\n"
        "with Mirror(Path(sys.argv[1]), sys.argv[2]).worktree(sys.argv[3]): print(flush=True); time.sleep(60)"
    )
    argv = [sys.executable, "-c", script, str(mirror.folder), mirror.url, commit]
    with subprocess.Popen(argv, stdout=subprocess.PIPE) as other:
        assert other.stdout
        assert other.stdout.readline()
        with mirror.worktree(commit):
            assert len(leftovers(mirror)) == 2  # the other's too: it lives
        other.send_signal(signal.SIGKILL)
    assert len(leftovers(mirror)) == 1
    with mirror.worktree(commit):
        assert len(leftovers(mirror)) == 1
    assert leftovers(mirror) == []


def test_a_commit_that_was_not_fetched(mirror: Mirror) -> None:
    mirror.fetch("main")
    with pytest.raises((CommandFailed, RevisionMissing)), mirror.worktree("1" * 40):
        pass
    assert leftovers(mirror) == []


def test_a_mirror_is_tidied_now_and_then(
    upstream: Upstream, mirror: Mirror, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".gitconfig").write_text("[gc]\nautoPackLimit = 2\n[fetch]\nunpackLimit = 1\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    for number in range(5):
        upstream.push("main", {"about.md": str(number)})
        with mirror.worktree(mirror.fetch("main")):
            assert len(list(mirror.repository.glob("objects/pack/*.pack"))) <= 2


def test_filters_do_not_run(
    upstream: Upstream, mirror: Mirror, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    upstream.push("main", {".gitattributes": "* filter=mine ident text eol=lf\n"})
    command = f"touch {tmp_path}/ran; cat"
    (tmp_path / ".gitconfig").write_text(
        f'[filter "mine"]\nsmudge={command}\nprocess={command}\n[core]\nfsmonitor={command}\nautocrlf=true\n'
    )
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / ".gitconfig"))
    with mirror.worktree(mirror.fetch("main")) as tree:
        assert (tree / "about.md").read_text() == "one"
    assert not (tmp_path / "ran").exists()


def test_links_out_of_it_stay_links(upstream: Upstream, mirror: Mirror, tmp_path: Path) -> None:
    (upstream.tree / "passwd").symlink_to("/etc/passwd")
    (upstream.tree / "up").symlink_to("../../../..")
    with mirror.worktree(upstream.push("main", {}) and mirror.fetch("main")) as tree:
        assert contents(tree)["passwd"] == "-> /etc/passwd"
        assert contents(tree)["up"] == "-> ../../../.."
    assert (tmp_path / "state").exists()


@pytest.mark.parametrize("name", [".git", ".GIT", "..", "."])
def test_names_that_lead_elsewhere_are_not_written(upstream: Upstream, mirror: Mirror, name: str) -> None:
    """git refuses them all; a tree that holds one cannot even be pushed to a careful server."""
    blob = git(upstream.tree, "rev-parse", "HEAD:about.md")
    inner = raw_tree(upstream, [("100644", "hooks", blob)])
    commit = push_raw(upstream, [("40000", name, inner), ("100644", "z", blob)])
    assert mirror.fetch("main") == commit
    with pytest.raises(CommandFailed, match="checking out"), mirror.worktree(commit):
        pass
    assert not list(mirror.folder.rglob("z"))
    assert leftovers(mirror) == []


def test_a_link_and_a_folder_of_one_name(upstream: Upstream, mirror: Mirror, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    link = git(upstream.tree, "hash-object", "-w", "--stdin", text=str(outside))
    blob = git(upstream.tree, "rev-parse", "HEAD:about.md")
    inner = raw_tree(upstream, [("100644", "evil", blob)])
    for entries in ([("120000", "a", link), ("40000", "a", inner)], [("40000", "a", inner), ("120000", "a", link)]):
        mirror.fetch(branch="main", commit=push_raw(upstream, entries))
        try:
            with mirror.worktree(mirror.fetch("main")) as tree:
                assert tree.exists()
        except CommandFailed:
            pass
        assert list(outside.iterdir()) == []


def raw_tree(upstream: Upstream, entries: list[tuple[str, str, str]]) -> str:
    """A tree object, unchecked."""
    data = b"".join(f"{mode} {name}".encode() + b"\0" + bytes.fromhex(blob) for mode, name, blob in entries)
    argv = ["git", "hash-object", "-t", "tree", "-w", "--stdin", "--literally"]
    return subprocess.run(argv, cwd=upstream.tree, input=data, capture_output=True, check=True).stdout.decode().strip()


def push_raw(upstream: Upstream, entries: list[tuple[str, str, str]]) -> str:
    commit = git(upstream.tree, "commit-tree", "-m", "evil", raw_tree(upstream, entries))
    git(upstream.tree, "push", "--quiet", "--force", "origin", f"{commit}:refs/heads/main")
    return commit
