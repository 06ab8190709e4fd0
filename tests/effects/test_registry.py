"""Whose password goes where."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest

from podpipe.effects.registry import check_target, credentials_header, find_credentials, is_loopback, login_hint
from podpipe.errors import UsageError


def entry(user: str) -> dict[str, str]:
    return {"auth": base64.b64encode(f"{user}:se:same".encode()).decode()}


ENTRIES = {
    "ghcr.io": entry("all"),
    "ghcr.io/me": entry("me"),
    "ghcr.io/me/one": entry("one"),
    "https://index.docker.io/v1/": entry("hub"),
    "empty.io": {},
}


@pytest.mark.parametrize(
    ("reference", "user"),
    [
        ("ghcr.io/me/two:1", "me"),
        ("ghcr.io/me/one", "one"),
        ("ghcr.io/you/two:1", "all"),
        ("docker.io/library/debian:12", "hub"),
        ("ghcr.io.evil.example/me/one:1", None),
        ("empty.io/x:1", None),
    ],
)
def test_the_entry_that_says_most_of_the_path_counts(reference: str, user: str | None) -> None:
    assert find_credentials(reference, ENTRIES) == ((user, "se:same") if user else None)


def test_only_this_registrys_password_is_sent(tmp_path: Path) -> None:
    file = tmp_path / "auth.json"
    file.write_text(json.dumps({"auths": ENTRIES}))
    header = credentials_header("ghcr.io/me/two:1", {"REGISTRY_AUTH_FILE": str(file)})
    sent = json.loads(base64.urlsafe_b64decode(header["X-Registry-Config"]))
    assert sent == {"ghcr.io": {"username": "me", "password": "se:same"}}
    assert credentials_header("other.io/me/two:1", {"REGISTRY_AUTH_FILE": str(file)}) == {}
    assert credentials_header("ghcr.io/me/two:1", {}) == {}


@pytest.mark.parametrize("content", ["", "[]", '{"auths": {"ghcr.io": {"auth": "%%%"}}}', '{"auths": {"ghcr.io": 1}}'])
def test_a_file_that_cannot_be_read_is_named_and_not_quoted(tmp_path: Path, content: str) -> None:
    file = tmp_path / "auth.json"
    file.write_text(content)
    with pytest.raises(UsageError, match="holds no credentials") as caught:
        credentials_header("ghcr.io/me/two:1", {"REGISTRY_AUTH_FILE": str(file)})
    assert "%%%" not in str(caught.value)


def test_where_to_push_to() -> None:
    assert check_target("ghcr.io/me/nginx") == "ghcr.io/me/nginx:latest"
    assert check_target("localhost:5000/nginx:1") == "localhost:5000/nginx:1"
    for wrong in (
        "nginx",
        "localhost/nginx:1",
        "--help",
        "ghcr.io/a b",
        f"ghcr.io/a@sha256:{'a' * 64}",
        "user:pw@h.io/a",
    ):
        with pytest.raises(UsageError):
            check_target(wrong)


def test_only_this_machines_own_registries_go_without_tls() -> None:
    assert is_loopback("localhost:5000/x:1")
    assert is_loopback("127.0.0.1:5000/x:1")
    for other in (
        "localhost.evil.example:5000/x",
        "127.0.0.1.evil.example:80/x",
        "192.168.0.1:5000/x",
        "localhost/x:1",
    ):
        assert not is_loopback(other)


def test_a_hint_only_where_a_password_is_missing() -> None:
    assert login_hint("ghcr.io/me/x:1", "Error: unauthorized: authentication required").endswith("podman login ghcr.io")
    assert login_hint("ghcr.io/me/x:1", "connection refused") == ""
