"""Images as Podman inspects them, and the releases that they tell of."""

from __future__ import annotations

from typing import Any

import pytest

from podpipe.ledger import Release, known_releases

COMMIT = "0123456789abcdef0123456789abcdef01234567"
LABELS = {
    "org.opencontainers.image.revision": COMMIT,
    "org.opencontainers.image.created": "2026-11-23T11:00:00+01:00",
    "org.opencontainers.image.source": "https://example.org/site.git",
    "io.podpipe.branch": "main",
}
NGINX = {
    "Id": "sha256:aa",
    "Digest": "sha256:bb",
    "RepoTags": ["localhost/nginx:0123456789ab", "localhost/nginx:latest"],
    "Labels": LABELS,
}
LIVE = Release(0, "nginx", "image label", "main", COMMIT, "sha256:bb", "aa", "2026-11-23T10:00:00+00:00", result="live")


def test_what_manifests_name_is_live() -> None:
    assert known_releases([NGINX]) == [LIVE]
    assert known_releases([{**NGINX, "Labels": None, "Config": {"Labels": LABELS}}]) == [LIVE]


def test_older_ones_were_built_and_come_first() -> None:
    other = "f" * 40
    labels = {
        **LABELS,
        "org.opencontainers.image.revision": other,
        "org.opencontainers.image.created": "2026-11-01T00:00:00Z",
    }
    old = {**NGINX, "RepoTags": [f"localhost/nginx:{other[:12]}"], "Labels": labels}
    assert [(each.commit, each.result) for each in known_releases([NGINX, old])] == [(other, "built"), (COMMIT, "live")]


NOT_OURS: list[dict[str, Any]] = [
    {"RepoTags": ["localhost/nginx:latest"]},  # it inherited the labels of what it stands on
    {"RepoTags": ["example.org/nginx:0123456789ab"]},
    {"RepoTags": None},
    {"Labels": None},
    {"Labels": {**LABELS, "org.opencontainers.image.revision": "main; rm -rf /"}},
]


@pytest.mark.parametrize("change", NOT_OURS)
def test_what_names_do_not_confirm_is_left_out(change: dict[str, Any]) -> None:
    assert known_releases([{**NGINX, **change}]) == []


@pytest.mark.parametrize(("created", "started"), [
    ("2026-11-23T10:00:00.123456789Z", "2026-11-23T10:00:00+00:00"),
    ("2026-06-31T10:00:00Z", "2020-02-02T00:00:00+00:00"),
    ("0001-01-01T00:00:00+14:00", "2020-02-02T00:00:00+00:00"),
    ("yesterday", "2020-02-02T00:00:00+00:00"),
])  # fmt: skip
def test_a_time_that_is_none_is_podmans_own(created: str, started: str) -> None:
    labels = {**LABELS, "org.opencontainers.image.created": created}
    (found,) = known_releases([{**NGINX, "Labels": labels, "Created": "2020-02-02T00:00:00Z"}])
    assert found.started == started
    (found,) = known_releases([{**NGINX, "Labels": labels, "Created": 1580601600}])
    assert found.started in (started, "2020-02-02T00:00:00+00:00")
    (found,) = known_releases([{**NGINX, "Labels": {**labels, "org.opencontainers.image.created": ""}}])
    assert found.started == "1970-01-01T00:00:00+00:00"


def test_a_branch_has_an_end() -> None:
    (found,) = known_releases([{**NGINX, "Labels": {**LABELS, "io.podpipe.branch": "x" * 1000}}])
    assert found.branch == "x" * 255
