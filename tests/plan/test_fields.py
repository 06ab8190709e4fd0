from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from podpipe.plan.fields import changed_fields, show


def reasons(now: object, was: object) -> list[str]:
    return [str(each) for each in changed_fields({"f": now}, {"f": was})]


def test_the_field_is_named_as_deep_as_it_differs() -> None:
    assert reasons({"a": 1, "b": 2}, {"a": 1, "b": 3}) == ["f.b was 3 is 2"]
    assert reasons({"a": 1}, {}) == ["f.a was nothing is 1"]
    assert reasons([1, 2], [1]) == ["f was [1] is [1, 2]"]


def test_a_mount_and_a_port_are_named_by_where_they_are_in_the_container() -> None:
    mount = {"destination": "/tmp", "type": "tmpfs"}
    assert reasons([mount], [mount, {"destination": "/srv", "type": "bind"}]) == [
        'f./srv was {"destination": "/srv", "type": "bind"} is nothing'
    ]
    assert reasons([{"container_port": 80, "host_port": 1}], [{"container_port": 80, "host_port": 2}]) == [
        "f.80.host_port was 2 is 1"
    ]


def test_durations_are_in_seconds() -> None:
    now, was = {"healthconfig": {"Interval": 30 * 10**9}}, {"healthconfig": {"Interval": 1_500_000_000}}
    assert [str(each) for each in changed_fields(now, was)] == ["healthconfig.Interval was 1.5s is 30s"]


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(values)
def test_equal_values_have_no_differences(value: object) -> None:
    assert reasons(value, value) == []


@given(values)
def test_a_shown_value_is_short_and_one_line(value: object) -> None:
    assert len(show(value)) <= 80
    assert show(value).isprintable()


def test_control_characters_do_not_reach_the_terminal() -> None:
    assert show("a\n\x1b[31m") == '"a\\n\\u001b[31m"'
