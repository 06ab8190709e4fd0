"""The submodules of a commit, read from its tree and its .gitmodules, of which path and url alone count."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from podpipe.effects.git.address import check_address, is_local, is_url, resolve, without_credentials
from podpipe.effects.git.command import ask
from podpipe.effects.git.entries import Entry
from podpipe.effects.git.mirror import Mirror
from podpipe.errors import CommandFailed, RevisionMissing, UsageError

_KEY = re.compile(r"submodule\.(.*)\.(path|url)", re.DOTALL)


@dataclass(frozen=True)
class Submodule:
    """Another repository's commit, and the folder that it belongs in."""

    path: str
    commit: str
    url: str


def list_submodules(mirror: Mirror, commit: str, entries: Sequence[Entry]) -> Iterator[Submodule]:
    """Those that the commit records. Errors: RevisionMissing for one without a usable address."""
    links = [entry for entry in entries if entry.is_submodule]
    addresses = _addresses(mirror, commit) if links else {}
    for link in links:
        if link.path not in addresses:
            raise RevisionMissing(
                f"{link.path} is a submodule, but .gitmodules has no address for it",
                hint=f"take it out (git rm --cached {link.path}), or add it by `git submodule add`",
            )
        yield Submodule(link.path, link.object, _resolved(mirror, link.path, addresses[link.path]))


def _addresses(mirror: Mirror, commit: str) -> dict[str, str]:
    """Path -> url."""
    try:
        text = mirror.ask("config", "--blob", f"{commit}:.gitmodules", "-z", "--list", doing="reading .gitmodules")
    except CommandFailed:
        return {}
    named: dict[str, dict[str, str]] = {}
    for key, _, value in (item.partition("\n") for item in text.split("\0")):
        if found := _KEY.fullmatch(key):
            named.setdefault(found[1], {})[found[2]] = value
    return {each["path"].rstrip("/"): each["url"] for each in named.values() if {"path", "url"} <= set(each)}


def _resolved(mirror: Mirror, path: str, address: str) -> str:
    try:
        url = check_address(resolve(_base(mirror.url) if address.startswith(".") else "", address))
    except UsageError as error:
        raise RevisionMissing(f"the submodule {path}: {error.message}", hint=error.hint) from None
    if is_local(url) and not is_local(mirror.url):
        raise RevisionMissing(
            f"the submodule {path} of {mirror.shown} is to come from this machine: {without_credentials(url)[:200]}",
            hint="give it an address in .gitmodules that others can reach too",
        )
    return url


def _base(url: str) -> str:
    """What relative addresses start from: a checkout's own upstream, else the repository itself (git-submodule)."""
    if is_url(url):
        return url
    try:
        return ask("-C", url, "config", "--get", "remote.origin.url", doing="asking for the upstream").strip()
    except CommandFailed:
        return url
