"""The repository that pushes reach, by the command itself."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from podpipe.cli import main
from podpipe.definition.specs import BranchRule
from podpipe.delivery.remote import Remotes
from podpipe.delivery.requests import Requests
from podpipe.errors import NotOurs, UsageError
from tests.definition.folder import ProjectFolder
from tests.samples import definition


@pytest.fixture
def remotes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Remotes:
    monkeypatch.setenv("HOME", str(tmp_path))
    return Remotes(definition(branches=(BranchRule("main", "deploy"),)), tmp_path / "state")


def hook(repository: Path) -> Path:
    return repository / "hooks/post-receive"


def test_it_is_made_once(remotes: Remotes, tmp_path: Path) -> None:
    first = remotes.add(remotes.default())
    assert (first.repository, first.hook) == (tmp_path / "home.git", "ours")
    assert first.address.endswith(f":{tmp_path}/home.git") and "@" in first.address
    text, inode = hook(first.repository).read_text(), (first.repository / "HEAD").stat().st_ino
    assert remotes.add(remotes.default()) == first
    assert hook(first.repository).read_text() == text and (first.repository / "HEAD").stat().st_ino == inode
    assert os.access(hook(first.repository), os.X_OK)
    assert f"-C /p remote receive {first.repository} --name=home" in text
    assert (first.repository / "HEAD").read_text() == "ref: refs/heads/main\n"
    assert remotes.listed() == [first]


def test_somebody_elses_hook_stays(remotes: Remotes, tmp_path: Path) -> None:
    repository = tmp_path / "r.git"
    subprocess.run(["git", "init", "--quiet", "--bare", str(repository)], check=True)
    hook(repository).parent.mkdir(exist_ok=True)
    hook(repository).write_text("#!/bin/sh\necho mine\n")
    with pytest.raises(NotOurs, match=r"was not written by podpipe(.|\n)*let it run this.*remote receive"):
        remotes.add(repository)
    with pytest.raises(NotOurs):
        remotes.remove(repository)
    assert hook(repository).read_text() == "#!/bin/sh\necho mine\n"


def test_what_is_no_bare_repository_is_left_alone(remotes: Remotes, tmp_path: Path) -> None:
    subprocess.run(["git", "init", "--quiet", str(tmp_path / "work")], check=True)
    (tmp_path / "full").mkdir()
    (tmp_path / "full/file").touch()
    for path in (tmp_path / "work", tmp_path / "full", tmp_path / "full/file", tmp_path / "work/.git/hooks"):
        with pytest.raises(UsageError, match="is no bare git repository"):
            remotes.add(path)


def test_an_empty_folder_with_blanks_will_do(remotes: Remotes, tmp_path: Path) -> None:
    (tmp_path / "my repository").mkdir()
    remotes.add(tmp_path / "my repository")
    assert f"receive '{tmp_path}/my repository' --name=home" in hook(tmp_path / "my repository").read_text()


def test_removal_keeps_the_repository(remotes: Remotes) -> None:
    repository = remotes.add(remotes.default()).repository
    assert remotes.remove(repository) and not remotes.remove(repository)
    assert (repository / "HEAD").exists() and not hook(repository).exists()
    assert remotes.listed() == []


def test_a_hook_that_calls_another_podpipe_is_stale(remotes: Remotes) -> None:
    repository = remotes.add(remotes.default()).repository
    hook(repository).write_text(hook(repository).read_text().replace("/p ", "/elsewhere "))
    assert remotes.look(repository).hook == "stale"
    assert remotes.add(repository).hook == "ours"
    hook(repository).unlink()
    assert [remote.hook for remote in remotes.listed()] == ["missing"]


# --- the verbs -----------------------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ProjectFolder:
    for variable in ("HOME", "XDG_STATE_HOME", "XDG_RUNTIME_DIR"):
        monkeypatch.setenv(variable, str(tmp_path))
    (tmp_path / "project").mkdir()
    folder = ProjectFolder(tmp_path / "project")
    folder.add("podpipe.yaml", "branches: {main: deploy, side: ignore}")
    return folder


def podpipe(folder: ProjectFolder, *words: str) -> int:
    return main(["-C", str(folder.root), *words])


def test_the_verb_says_what_to_type(folder: ProjectFolder, capsys: pytest.CaptureFixture[str]) -> None:
    assert podpipe(folder, "remote") == 0
    assert "no repository takes pushes yet: podpipe remote add-hook" in capsys.readouterr().out
    assert podpipe(folder, "remote", "add-hook") == 0
    said = capsys.readouterr().out.splitlines()
    assert said[0].endswith("/demo.git: what is pushed here is delivered")
    assert "git remote add pi " in said[1] and said[1].endswith("/demo.git")
    assert [line.split() for line in said[2:]] == [
        ["git", "push", "pi", "main", "deploy"],
        ["git", "push", "pi", "side", "ignore"],
    ]
    assert podpipe(folder, "remote", "show", "--json") == 0
    assert '"hook": "ours"' in capsys.readouterr().out
    assert podpipe(folder, "remote", "remove-hook") == 0
    assert "the repository stays" in capsys.readouterr().out


def test_a_real_push_goes_all_the_way(folder: ProjectFolder, tmp_path: Path) -> None:
    """By the real hook and the real worker; the branch is one that is ignored, which needs no Podman."""
    assert podpipe(folder, "remote", "add-hook") == 0
    git = ["git", "-C", str(folder.root), "-c", "user.name=a", "-c", "user.email=a@b"]
    for words in (["init", "-q"], ["add", "."], ["commit", "-qm", "x"], ["tag", "v1"]):
        subprocess.run([*git, *words], check=True)
    push = [*git, "push", str(tmp_path / "demo.git"), "HEAD:refs/heads/side", "v1"]
    told = subprocess.run(push, check=True, capture_output=True, text=True).stderr
    assert "remote: side: podpipe.yaml's branches ignore side" in told
    assert "remote: refs/tags/v1 is no branch" in told


def test_the_list(folder: ProjectFolder, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from podpipe.delivery.requests import Request

    requests = Requests(tmp_path / "podpipe/demo")
    assert podpipe(folder, "queue", "--list") == 0
    assert capsys.readouterr().out == "nothing waits\n"
    requests.put(Request("side", "a" * 40, at=1.0))
    requests.refuse("refused x")
    assert podpipe(folder, "queue", "--list") == 0
    said = capsys.readouterr().out.splitlines()
    assert said[0].startswith("waiting  side  aaaaaaaaaaaa by push at 1970-01-0") and said[1] == "refused x"
    assert podpipe(folder, "queue", "--json") == 0
    assert '"done": 1' in capsys.readouterr().out
    assert podpipe(folder, "queue", "--list", "--json") == 0
    assert '"requests": []' in capsys.readouterr().out


def test_only_the_hook_receives(folder: ProjectFolder, capsys: pytest.CaptureFixture[str]) -> None:
    assert podpipe(folder, "remote", "receive", "--name=../x") == 2
    assert "receive wants --name=PROJECT" in capsys.readouterr().err


def test_the_own_command_runs_from_anywhere() -> None:
    from podpipe.effects.own_command import own_command

    said = subprocess.run([*own_command(), "--version"], capture_output=True, text=True, cwd="/", env={}, check=True)
    assert said.stdout.startswith("podpipe ") and sys.executable
