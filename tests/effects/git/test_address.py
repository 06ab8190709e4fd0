"""Addresses: what may be fetched from, what may be shown, where relative ones lead."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from podpipe.effects.git.address import check_address, is_local, resolve, without_credentials
from podpipe.errors import UsageError


@pytest.mark.parametrize(
    "address",
    [
        *("https://host/x.git", "http://host/x", "ssh://git@host:22/x", "git://host/x", "file:///srv/x.git"),
        *("git@host:me/x.git", "host:x", "[::1]:x", "[git@host:2222]:x", "/srv/x.git", "../x", "a/b::c", "."),
    ],
)
def test_what_is_let_through(address: str) -> None:
    assert check_address(address) == address


@pytest.mark.parametrize(
    "address",
    [
        *(
            "",
            "-oProxyCommand=touch ran",
            "--upload-pack=touch ran",
            "ext::sh -c 'touch ran'",
            "fd::3",
            "ext::https://x",
        ),
        *("ftp://host/x", "git-remote-x://host", "https://host/x\n", "https://host/\x1b[31m", "x" * 3000),
    ],
)
def test_what_is_not(address: str) -> None:
    with pytest.raises(UsageError):
        check_address(address)


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("https://me:secret@host/x.git", "https://host/x.git"),
        ("https://secret@host:8443/x@y.git", "https://host:8443/x@y.git"),
        ("https://me:p@secret@host/x", "https://host/x"),
        ("ssh://git:secret@host:22/x", "ssh://git@host:22/x"),
        ("git@host:x", "git@host:x"),
        ("/srv/a@b.git", "/srv/a@b.git"),
    ],
)
def test_what_is_shown(address: str, shown: str) -> None:
    assert without_credentials(address) == shown


@given(st.text(st.characters(exclude_characters="/")), st.text(st.characters(exclude_characters="/@")))
def test_no_password_is_shown(password: str, user: str) -> None:
    assert without_credentials(f"https://{user}:{password}@host/x") == "https://host/x"


@pytest.mark.parametrize(
    ("base", "address", "meant"),
    [
        ("https://host/me/site.git", "../theme.git", "https://host/me/theme.git"),
        ("https://host/me/site.git/", "../../you/theme/", "https://host/you/theme"),
        ("https://host/me/site", "./theme", "https://host/me/site/theme"),
        ("git@host:me/site", "../theme", "git@host:me/theme"),
        ("git@host:site", "../theme", "git@host:theme"),
        ("/srv/site", "../theme", "/srv/theme"),
        ("file:///srv/site", "../theme", "file:///srv/theme"),
        ("https://host/x", "https://other/y", "https://other/y"),
    ],
)
def test_relative_addresses(base: str, address: str, meant: str) -> None:
    assert resolve(base, address) == meant


@pytest.mark.parametrize("base", ["https://host/x", "host:x", "ssh://host/a", "file:///a"])
def test_no_relative_address_changes_the_machine(base: str) -> None:
    with pytest.raises(UsageError, match="leads above"):
        resolve(base, "../../../../../etc")


def test_what_is_of_this_machine() -> None:
    assert all(map(is_local, ("/srv/x", "x", "file:///x", "./host:x")))
    assert not any(map(is_local, ("https://host/x", "host:x", "ssh://host/x")))
