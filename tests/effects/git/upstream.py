"""A real repository to fetch from, and a checkout that pushes to it."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from podpipe.effects.git.mirror import Mirror

SETTINGS = ("user.name=W", "user.email=w@example.org", "commit.gpgsign=false", "core.hooksPath=/dev/null")


def git(folder: Path, *arguments: str, text: str = "") -> str:
    settings = [part for setting in SETTINGS for part in ("-c", setting)]
    command = ["git", *settings, *arguments]
    done = subprocess.run(command, cwd=folder, input=text, capture_output=True, text=True, env=_environment())
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def _environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}


class Upstream:
    """A bare repository `NAME.git` and a checkout NAME whose origin it is."""

    def __init__(self, folder: Path, name: str = "site") -> None:
        self.bare, self.tree = folder / f"{name}.git", folder / name
        git(folder, "init", "--quiet", "--bare", str(self.bare))
        git(self.bare, "symbolic-ref", "HEAD", "refs/heads/main")
        git(folder, "init", "--quiet", str(self.tree))
        git(self.tree, "checkout", "--quiet", "-b", "main")
        git(self.tree, "remote", "add", "origin", str(self.bare))

    @property
    def url(self) -> str:
        return f"file://{self.bare}"

    def commit(self, files: dict[str, str], *options: str) -> str:
        """Write files, commit them, and give the commit."""
        for name, text in files.items():
            path = self.tree / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        git(self.tree, "add", "--all")
        git(self.tree, "commit", "--quiet", "--allow-empty", "-m", "work", *options)
        return git(self.tree, "rev-parse", "HEAD")

    def push(self, branch: str = "main", files: dict[str, str] | None = None, *options: str) -> str:
        """Commit files, if any, and push what is checked out as `branch`."""
        commit = self.commit(files, *options) if files is not None else git(self.tree, "rev-parse", "HEAD")
        git(self.tree, "push", "--quiet", "--force", "origin", f"HEAD:refs/heads/{branch}")
        return commit

    def push_tree(self, listing: str, branch: str = "main") -> str:
        """Push a commit of a tree as `git mktree` makes it, unchecked: what no honest git would commit."""
        tree = git(self.tree, "mktree", "--missing", text=listing)
        commit = git(self.tree, "commit-tree", "-m", "work", tree)
        git(self.tree, "push", "--quiet", "--force", "origin", f"{commit}:refs/heads/{branch}")
        return commit


def contents(tree: Path) -> dict[str, str]:
    """Path -> text of every file below a folder; links are not followed, and given by where they point."""
    found = [path for path in sorted(tree.rglob("*")) if path.is_symlink() or path.is_file()]
    return {
        str(path.relative_to(tree)): f"-> {os.readlink(path)}" if path.is_symlink() else path.read_text()  # noqa: PTH115
        for path in found
    }


def mirror_of(upstream: Upstream, folder: Path) -> Mirror:
    """A mirror of it below `folder`."""
    return Mirror(folder / "state" / "git", upstream.url)
