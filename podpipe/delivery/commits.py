"""What lies between two commits of a repository that pushes reach."""

from __future__ import annotations

from pathlib import Path

from podpipe.effects.git.command import ask
from podpipe.errors import CommandFailed

NONE = "0" * 40  # git's word for no commit: before the first push of a branch, and after its deletion


class Commits:
    """The repository in a folder, bare or not. Commits are named in full."""

    def __init__(self, repository: Path) -> None:
        self.repository = repository

    def changed(self, old: str, commit: str) -> frozenset[str] | None:
        """The files that differ; None where it cannot be told, as when `old` is gone after a forced push."""
        text = self._ask("diff-tree", "-r", "-z", "--name-only", "--no-renames", old, commit, "--")
        return None if text is None else frozenset(filter(None, text.split("\0")))

    def file(self, commit: str, path: str) -> str:
        """A file's text; "" where there is none."""
        return self._ask("cat-file", "blob", f"{commit}:{path}") or ""

    def has_folder(self, commit: str, path: str) -> bool:
        """Whether the commit has a folder there."""
        return (self._ask("cat-file", "-t", f"{commit}:{path}") or "").strip() == "tree"

    def tip(self, branch: str) -> str:
        """The branch's newest commit; "" where it is gone."""
        return (self._ask("rev-parse", "--verify", "--quiet", f"refs/heads/{branch}") or "").strip()

    def fork(self, commit: str, branch: str) -> str:
        """Where a branch's commit left the repository's main branch; "" where it did not, or is that branch."""
        main = (self._ask("symbolic-ref", "HEAD") or "").strip()
        if not main or main == f"refs/heads/{branch}":
            return ""
        return (self._ask("merge-base", commit, main) or "").strip()

    def _ask(self, *words: str) -> str | None:
        try:
            return ask(f"--git-dir={self.repository}", *words, doing=f"looking into {self.repository}")
        except CommandFailed:
            return None
