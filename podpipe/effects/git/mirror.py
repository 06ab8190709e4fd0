"""A bare repository of ours that follows another one, branch by branch."""

from __future__ import annotations

import difflib
import re
import shutil
from contextlib import AbstractContextManager
from pathlib import Path

from podpipe.definition.branch import check_branch
from podpipe.effects.git.address import check_address, without_credentials
from podpipe.effects.git.command import ask, reaching, work
from podpipe.errors import CommandFailed, RevisionMissing, UsageError
from podpipe.files import checksum, explain_full_disk, lock

HEADS = "refs/podpipe/heads"  # the upstream's branches
WANTED = "refs/podpipe/wanted"  # commits that no branch of the upstream leads to, and that a submodule names
EVERY_BRANCH = f"+refs/heads/*:{HEADS}/*"
NOTHING = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"  # git's name for the empty tree
ANSWER = 300.0  # seconds for an upstream to list its branches
_COMMIT = re.compile(r"[0-9a-f]{7,40}")
_REFERENCE = re.compile(r"([0-9a-f]{40})\trefs/heads/(.+)")
_ZEROS = re.compile(r"0*")


class Mirror:
    """The mirror of the repository at `url`, a folder in `folder`; one process at a time changes it."""

    def __init__(self, folder: Path, url: str) -> None:
        self.url = check_address(url)
        self.shown = without_credentials(url)
        self.folder = folder.absolute()
        self.repository = self.folder / f"{checksum(self.shown)[:16]}.git"
        self._beside = self.repository.with_suffix(".new")

    def fetch(self, branch: str = "", commit: str = "") -> str:
        """Fetch a branch and give its commit; or the full id of `commit`, which must be in the branch, or in any.

        With neither it is the upstream's default branch. Errors: UsageError for what cannot be a branch or a
        commit; RevisionMissing, with near names; CommandFailed where the upstream does not answer; LockHeld; DiskFull.
        """
        if commit:
            check_commit(commit)
        if branch:
            check_branch(branch)
        elif not commit:
            branch = self.default_branch()
        with self.locked():
            self._bring(branch)
            return self._reachable(commit.lower(), branch) if commit else self._tip(branch)

    def default_branch(self) -> str:
        """The branch that the upstream's HEAD names. Errors: RevisionMissing where it names none."""
        answer = self._ask_upstream("--symref", "HEAD")
        found = re.match(r"ref: refs/heads/(.+)\tHEAD\n", answer)
        if not found:
            raise RevisionMissing(f"{self.shown} has no default branch", hint="name one: --branch BRANCH")
        return check_branch(found[1])

    def require(self, commit: str) -> None:
        """Have `commit`, a full id, here; what is here already is not asked for. Errors: as `fetch`."""
        with self.locked():
            if self._holds(commit):
                return
            self._bring("")
            if self._holds(commit):
                return
            try:
                self._fetch(self.repository, f"+{commit}:{WANTED}/{commit}")
            except CommandFailed as error:
                raise RevisionMissing(f"{self.shown} has no commit {commit}", lines=error.lines) from None

    def worktree(self, commit: str) -> AbstractContextManager[Path]:
        """A clean checkout of a fetched commit, submodules too, in a folder that is removed afterwards.

        Errors: RevisionMissing for a submodule whose commit was never pushed; CommandFailed; DiskFull.
        """
        from podpipe.effects.git.checkout import worktree

        return worktree(self, commit)

    def changed_files(self, old: str, new: str, default: str = "") -> list[str]:
        """The files in which two fetched commits differ, as paths from the repository's root.

        Where there is no `old` ("", zeros, or a commit that a forced push took away) a push touched what `new` has
        and the branch `default`, fetched too, had not when `new` left it; without a common past, or `default`,
        every file.
        """
        for commit in filter(None, (old, new)):
            check_commit(commit)
        if _ZEROS.fullmatch(old) or not self._knows(old):
            old = self._left(default, new) if default else NOTHING
        options = ("-r", "-z", "--name-only", "--no-renames", "--no-ext-diff")
        return self.ask("diff-tree", *options, old, new, doing="comparing commits").split("\0")[:-1]

    def ask(self, *arguments: str, doing: str) -> str:
        """Ask git about this repository. Errors: CommandFailed."""
        return ask(f"--git-dir={self.repository}", *arguments, doing=doing)

    def locked(self) -> AbstractContextManager[None]:
        """Hold this mirror while it is changed or must not change."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return lock(self.repository.with_suffix(".lock"), f"a fetch from {self.shown}")

    # -- Fetching ---------------------------------------------------------------------------------------------

    def _bring(self, branch: str) -> None:
        """Fetch; where that fails although the upstream has what is wanted, the mirror is mended or made anew."""
        _remove(self._beside)  # half made when a kill came
        wanted = f"+refs/heads/{branch}:{HEADS}/{branch}" if branch else EVERY_BRANCH
        if self.repository.exists() and self._try(wanted):
            return
        self._check_upstream(branch)
        for left in self.repository.rglob("*.lock"):  # what a power cut left: we hold the mirror's own lock
            left.unlink()
        # All branches, because a branch `a` that is gone upstream is in the way of a new `a/b`.
        if not (self.repository.exists() and self._try(EVERY_BRANCH)):
            self.make_anew(wanted)

    def _try(self, wanted: str) -> bool:
        try:
            self._fetch(self.repository, wanted)
        except CommandFailed:
            return False
        return True

    def make_anew(self, wanted: str = EVERY_BRANCH) -> None:
        """Replace the mirror, damaged or not there, by a new one. Errors: as `fetch`, and then all is as it was."""
        beside = self._beside
        try:
            with explain_full_disk(beside):
                _remove(beside)
                beside.mkdir()
            work("init", "--quiet", "--bare", "--template=", str(beside), doing=f"making a mirror of {self.shown}")
            self._fetch(beside, wanted)
            _remove(self.repository)
            beside.rename(self.repository)
        finally:
            _remove(beside)

    def _fetch(self, repository: Path, wanted: str) -> None:
        options = ["--quiet", "--no-tags", "--no-recurse-submodules", "--no-auto-gc", "--update-shallow"]
        if wanted == EVERY_BRANCH:
            options.append("--prune")
        work(
            *(f"--git-dir={repository}", "fetch", *options, "--", self.url, wanted),
            doing=f"fetching {self.shown}",
            env=reaching(self.url),
        )

    def _check_upstream(self, branch: str) -> None:
        """Errors: CommandFailed where it does not answer, RevisionMissing where it lacks the branch."""
        heads = {name for _, name in _REFERENCE.findall(self._ask_upstream("--heads"))}
        if branch and branch not in heads:
            near = difflib.get_close_matches(branch, sorted(heads), 3, 0.5)
            known = f"did you mean {' or '.join(near)}?" if near else f"it has {', '.join(sorted(heads)[:5]) or 'none'}"
            raise RevisionMissing(f"the repository {self.shown} has no branch {branch}", hint=known)

    def _ask_upstream(self, option: str, *patterns: str) -> str:
        question = ("ls-remote", "--quiet", option, "--", self.url, *patterns)
        return work(*question, doing=f"asking {self.shown}", env=reaching(self.url), timeout=ANSWER)

    # -- What is here -----------------------------------------------------------------------------------------

    def _tip(self, branch: str) -> str:
        """A reference's own file spares a Pi the start of a program; it is not there after git has packed it."""
        name = f"{HEADS}/{branch}"
        try:
            return (self.repository / name).read_text().strip()
        except OSError:
            return self.ask("rev-parse", "--verify", name, doing=f"looking for {branch}").strip()

    def _reachable(self, commit: str, branch: str) -> str:
        where = f"the branch {branch} of {self.shown}" if branch else self.shown
        try:
            full = self.ask("rev-parse", "--verify", f"{commit}^{{commit}}", doing=f"looking for {commit}").strip()
        except CommandFailed as error:
            many = any("ambiguous" in line for line in error.lines)
            problem = f"more than one commit begins with {commit}" if many else f"{where} has no commit {commit}"
            raise RevisionMissing(problem, hint="give more of it" if many else "push it first") from None
        if not self._holds(full, f"{HEADS}/{branch}" if branch else HEADS):
            raise RevisionMissing(f"{where} has no commit {commit}", hint="push it first, or name another branch")
        return full

    def _holds(self, commit: str, where: str = "refs/podpipe") -> bool:
        """Whether a reference leads to it, so that it is here with all that belongs to it."""
        question = ("for-each-ref", "--count=1", f"--contains={commit}", where)
        return bool(self._answer(*question))

    def _knows(self, commit: str) -> bool:
        return bool(self._answer("rev-parse", "--verify", "--quiet", f"{commit}^{{commit}}"))

    def _left(self, default: str, new: str) -> str:
        return self._answer("merge-base", f"{HEADS}/{check_branch(default)}", new) or NOTHING

    def _answer(self, *question: str) -> str:
        """Its answer; "" where git says no."""
        try:
            return self.ask(*question, doing=f"looking into the mirror of {self.shown}").strip()
        except CommandFailed:
            return ""


def check_commit(commit: str) -> str:
    """The id itself. Errors: UsageError unless it is one, or at least 7 digits of one."""
    if not _COMMIT.fullmatch(commit.lower()):
        raise UsageError(f"`{commit[:80]}` is not a commit's id", hint="give 7 to 40 hexadecimal digits")
    return commit


def _remove(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
