"""podpipe.yaml's `content`: where the site's source comes from."""

from __future__ import annotations

import re
from pathlib import Path

from podpipe.definition.paths import read_project_path
from podpipe.definition.reader import Fields, Value
from podpipe.definition.specs import FolderContent, GitContent
from podpipe.definition.subset.project import CONTENT

_GIT_URL = (
    r"(https?|ssh|git)://[^\s/@-][^\s]*|file:///[^\s]+|/[^\s]*|[A-Za-z0-9._]+@[A-Za-z0-9][A-Za-z0-9.-]*:[^\s-][^\s]*"
)
_WITH_CREDENTIALS = r"https?://[^/]*@|[a-z]+://[^/@]*:[^/@]*@"
_BY_SSH = r"ssh://|[^/:]+@[^/]+:"
# git check-ref-format, with the rules that single out a branch.
_NOT_A_BRANCH = r"^$|^[-/]|^@$|[\x00-\x20\x7f~^:?*\[\\]|\.\.|@\{|//|/$|\.$|(^|/)\.|\.lock(/|$)|^HEAD$"


def read_content(value: Value | None, root: Path) -> GitContent | FolderContent | None:
    """The site's source; None where it is missing or wrong."""
    if value is None:
        return None
    if value.is_word():
        return _folder(value, root)
    fields = value.fields(CONTENT)
    if fields is None:
        return None
    if "folder" in fields and "git" not in fields and "branch" not in fields:
        folder = fields.get("folder")
        return _folder(folder, root) if folder else None
    if "folder" in fields:
        value.refuse("`folder` stands beside `git` or `branch`", "keep the folder, or the repository")
        return None
    return _git(fields)


def read_repository(value: Value, *, by_ssh: bool = True) -> str | None:
    """The address of a git repository; without `by_ssh` it is the builder's, which has no key."""
    address = value.string()
    if address is not None and (len(address) > 2048 or not re.fullmatch(_GIT_URL, address)):
        hint = "write https://HOST/PATH, ssh://HOST/PATH, USER@HOST:PATH or an absolute path"
        value.refuse(f"`{address[:200]}` is not the address of a git repository", hint)
    elif address and is_url_with_credentials(address):
        value.refuse("the address carries credentials", "leave them out: this file is meant to be shown")
    elif address and not by_ssh and re.match(_BY_SSH, address):
        value.refuse("the builder has no SSH key to reach this address with", "write https://HOST/PATH, or a folder")
    return address


def is_url_with_credentials(text: str) -> bool:
    """Whether a URL carries a name or a password: they would stand in a file that is meant to be shown."""
    return bool(re.match(_WITH_CREDENTIALS, text))


def _folder(value: Value, root: Path) -> FolderContent | None:
    path = read_project_path(value, root, "folder")
    return FolderContent(path) if path else None


def _git(fields: Fields) -> GitContent | None:
    url, branch = fields.get("git", required=True), fields.get("branch")
    address = read_repository(url, by_ssh=False) if url else None
    name = (branch.string() if branch else None) or "main"
    if branch and (len(name) > 255 or re.search(_NOT_A_BRANCH, name)):
        branch.refuse(f"`{name[:200]}` is not a branch's name", "git check-ref-format says what is")
    return GitContent(address, name) if address else None
