"""From a project's folder to a fetched commit: which repository, which branch, which folder in it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from podpipe.definition.branch import check_branch
from podpipe.effects.git.address import check_address, is_url
from podpipe.effects.git.command import ask
from podpipe.effects.git.mirror import Mirror, check_commit
from podpipe.errors import CommandFailed, RevisionMissing, UsageError


@dataclass(frozen=True)
class Source:
    """One fetched commit."""

    url: str  # as it may be shown and stored: without credentials
    branch: str  # "" where only a commit was asked for
    commit: str  # 40 hexadecimal digits
    prefix: str  # the project's folder inside the repository, "" for its root


def choose_repository(definition_root: Path, repository: str) -> tuple[list[str], str]:
    """Which repositories to try, in this order, and the project's folder inside them.

    `repository`, a URL or a path from the project's folder, is the only one where it is given; else it is the
    checkout's remote `origin`, if it has one, then the checkout. Errors: UsageError where there is none.
    """
    definition_root = definition_root.absolute()
    top, prefix = _enclosing(definition_root)
    if repository:
        address, own = _explicit(definition_root, repository)
        return [address], own or prefix
    if not top:
        raise UsageError(
            f"{definition_root} is in no git repository",
            hint="name one: --repository URL, or `repository: URL` in podpipe.yaml; or make one: git init",
        )
    return [*_origin(top), top], prefix


def fetch_source(
    definition_root: Path, state: Path, *, repository: str = "", branch: str = "", commit: str = ""
) -> tuple[Mirror, Source]:
    """Fetch a branch, a commit (of a branch), or the default branch's newest commit, into a mirror below `state`.

    Errors: UsageError; RevisionMissing where no repository has it; CommandFailed where one does not answer.
    """
    if branch:
        check_branch(branch)
    if commit:
        check_commit(commit)
    candidates, prefix = choose_repository(definition_root, repository)
    missing: list[RevisionMissing] = []
    for address in candidates:
        mirror = Mirror(state / "git", address)
        try:
            source = _fetch(mirror, branch, commit, prefix, bool(repository))
        except RevisionMissing as error:
            missing.append(error)
        except CommandFailed as error:
            raise (error if address == candidates[-1] else _unreachable(error)) from None
        else:
            return mirror, source
    raise _nowhere(missing)


def _fetch(mirror: Mirror, branch: str, commit: str, prefix: str, explicit: bool) -> Source:
    branch = branch or ("" if commit else mirror.default_branch())
    found = mirror.fetch(branch, commit)
    if prefix and not _is_folder(mirror, found, prefix):
        if not explicit:
            hint = "commit the project there and push it"
            raise RevisionMissing(f"{found[:12]} of {mirror.shown} has no folder {prefix}", hint=hint)
        prefix = ""  # another repository than the one around us holds the project at its root
    return Source(mirror.shown, branch, found, prefix)


def _is_folder(mirror: Mirror, commit: str, path: str) -> bool:
    """Also that no part of the path is a link, which git does not follow here."""
    try:
        return mirror.ask("cat-file", "-t", f"{commit}:{path}", doing=f"looking for {path}").strip() == "tree"
    except CommandFailed:
        return False


def _unreachable(error: CommandFailed) -> CommandFailed:
    hint = error.hint or "to build what this checkout has committed: --repository ."
    return CommandFailed(error.message, hint=hint, lines=error.lines)


def _nowhere(missing: list[RevisionMissing]) -> RevisionMissing:
    first, *others = missing
    also = "".join(f"; {error.message}" for error in others)
    return RevisionMissing(first.message + also, hint=first.hint, lines=first.lines)


def _explicit(root: Path, repository: str) -> tuple[str, str]:
    """An address, and the project's folder where the path itself names one below a checkout's top."""
    if is_url(repository):
        return check_address(repository), ""
    path = (root / Path(check_address(repository)).expanduser()).resolve()
    if not path.is_dir():
        raise UsageError(f"there is no folder {path}", hint="give a URL, or a path that starts at the project's folder")
    top, prefix = _enclosing(path)
    if not top:
        raise UsageError(f"{path} is no git repository", hint="make one (git init), or name another")
    return top, prefix


def _enclosing(folder: Path) -> tuple[str, str]:
    """The top of the checkout around a folder, or the bare repository that it is, and the folder's path inside."""
    try:
        answer = ask("-C", str(folder), "rev-parse", "--show-toplevel", "--show-prefix", doing=f"looking at {folder}")
        top, prefix = answer.split("\n")[:2]
        return top, prefix.rstrip("/")
    except CommandFailed as error:
        if any("work tree" in line for line in error.lines):
            return ask("-C", str(folder), "rev-parse", "--absolute-git-dir", doing=f"looking at {folder}").strip(), ""
        if any("not a git repository" in line for line in error.lines):
            return "", ""
        raise


def _origin(top: str) -> list[str]:
    """The remote `origin` as its checkout names it: none, or one."""
    try:
        urls = ask("-C", top, "config", "--get-all", "remote.origin.url", doing="asking for origin").splitlines()
    except CommandFailed:
        return []
    url = urls[0]
    return [url if is_url(url) else str((Path(top) / url).resolve())]
