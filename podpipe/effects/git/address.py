"""Addresses of repositories: which are let through, how they may be shown, what a submodule's relative one means."""

from __future__ import annotations

from podpipe.errors import UsageError

PROTOCOLS = ("https", "http", "ssh", "git", "file")  # not ext, which would run a command of the address's choosing
LONGEST = 2000


def is_url(address: str) -> bool:
    """As git decides: `host:path` and `scheme://...` are not paths of this machine."""
    return ":" in address.partition("/")[0]


def is_local(address: str) -> bool:
    """Whether it is a repository of this machine."""
    return address.startswith("file://") or not is_url(address)


def check_address(address: str) -> str:
    """The address itself. Errors: UsageError for an option, a protocol that git has but nobody needs, nonsense."""
    scheme, found, _ = address.partition("://")
    if not address or not address.isprintable() or len(address) > LONGEST or address.startswith("-"):
        raise UsageError(f"`{address[:80]}` is not the address of a repository", hint="give a URL or a path")
    if (found and scheme not in PROTOCOLS) or "::" in address.partition("/")[0].partition("[")[0]:
        known = ", ".join(PROTOCOLS)
        raise UsageError(f"git may not fetch from `{without_credentials(address)[:80]}`", hint=f"it may by {known}")
    return address


def without_credentials(address: str) -> str:
    """The address as it may be shown and stored: no password, and a user only for ssh, where it is no secret."""
    scheme, found, rest = address.partition("://")
    if not found:
        return address
    host, slash, path = rest.partition("/")
    user, at, host = host.rpartition("@")
    shown = f"{user.partition(':')[0]}@" if at and scheme == "ssh" else ""
    return f"{scheme}://{shown}{host}{slash}{path}"


def resolve(base: str, address: str) -> str:
    """What a submodule's address means in a repository fetched from `base` (gitmodules: `./` and `../` are relative).

    Errors: UsageError for more `../` than there are folders.
    """
    if not address.startswith(("./", "../")):
        return address
    base, joint = base.rstrip("/"), "/"
    while address.startswith(("./", "../")):
        step, _, address = address.partition("/")
        if step == "..":
            base, joint = _parent(base)
    return f"{base}{joint}{address.rstrip('/')}"


def _parent(base: str) -> tuple[str, str]:
    """The address one folder up, and what joins a name to it: `host:a` has `:` between."""
    host, found, path = base.partition("://") if "://" in base else ("", "", base)
    cut = path.rfind("/") if found or "/" in path else path.rfind(":")
    if cut < 0:
        raise UsageError(f"a submodule's address leads above {without_credentials(base)}")
    return f"{host}{found}{path[:cut]}", path[cut]
