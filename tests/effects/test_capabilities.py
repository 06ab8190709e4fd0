"""What is refused by name, for which version."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from podpipe.effects.capabilities import FIRST_VERSION, check_request, reduced, unsupported_fields
from podpipe.errors import Unsupported
from podpipe.testing import FakeEngine

OLD, NEW = (3, 0, 0), (5, 4, 2)


@pytest.mark.parametrize(
    ("kind", "field", "value"),
    [
        ("container", "secrets", [{"source": "token"}]),
        ("container", "timeout", 60),
        ("container", "health_check_on_failure_action", 1),
        ("container", "startupHealthConfig", {"Test": ["CMD", "true"]}),
        ("container", "sdnotifyMode", "container"),
        ("container", "networks", {"n": {"aliases": ["web"]}}),
        ("pod", "volumes", [{"Name": "v"}]),
        ("pod", "mounts", [{"type": "tmpfs"}]),
        ("pod", "userns", {"nsmode": "keep-id"}),
        ("pod", "infra_name", "web-infra"),
        ("pod", "exit_policy", "stop"),
        ("pod", "security_opt", ["no-new-privileges"]),
        ("volume", "IgnoreIfExists", True),
    ],
)
def test_what_3_0_1_was_seen_to_ignore(kind: str, field: str, value: object) -> None:
    assert unsupported_fields(kind, {field: value}, OLD) == [field]
    assert unsupported_fields(kind, {field: value}, NEW) == []


def test_dotted_names_reach_into_lists() -> None:
    request = {"volumes": [{"Name": "v", "Dest": "/v", "Options": ["rw"]}, {"Name": "w", "SubPath": "a"}]}
    assert unsupported_fields("container", request, (4, 3, 1)) == ["volumes.SubPath"]
    assert unsupported_fields("container", request, NEW) == []


def test_a_field_that_no_version_has_is_refused_everywhere() -> None:
    request = {"healthconfig": {"Test": ["CMD", "true"], "Intervall": 1}, "colour": "red"}
    assert unsupported_fields("container", request, NEW) == ["healthconfig.Intervall", "colour"]


def test_what_is_empty_asks_for_nothing() -> None:
    assert unsupported_fields("container", {"secrets": [], "networks": {}, "passwd_entry": ""}, OLD) == []


def test_free_keys_are_left_alone() -> None:
    request = {"labels": {"secrets": "x"}, "env": {"timeout": "1"}, "sysctl": {"net.core.somaxconn": "1"}}
    assert unsupported_fields("container", request, OLD) == []


@given(st.sampled_from([*FIRST_VERSION["container"].items()]))
def test_a_field_is_refused_just_before_its_version(entry: tuple[str, tuple[int, int, int]]) -> None:
    field, first = entry
    outer, _, inner = field.partition(".")
    request = {outer: {inner: 1} if inner else 1}
    assert unsupported_fields("container", request, first) == []
    assert unsupported_fields("container", request, (first[0], first[1] - 1, 99)) == [field]


def test_a_container_does_without_some_and_it_is_said() -> None:
    request = {"name": "web-nginx", "health_check_on_failure_action": 3}
    engine = FakeEngine(version=OLD)
    check_request("container", request, engine)
    lacking = ["Podman 3.0.0 by itself does not restart what fails its livenessProbe"]
    assert reduced(request, OLD) == ({"name": "web-nginx"}, lacking)
    assert reduced(request, NEW) == (request, [])


def test_a_refusal_names_fields_and_versions() -> None:
    engine = FakeEngine(version=OLD)
    with pytest.raises(Unsupported) as caught:
        check_request("pod", {"name": "web", "exit_policy": "stop", "infra_name": "i"}, engine)
    assert "pod web" in caught.value.message
    assert "Podman 3.0.0" in caught.value.message
    assert "exit_policy needs 4.2.0; infra_name needs 3.3.0" in caught.value.message
