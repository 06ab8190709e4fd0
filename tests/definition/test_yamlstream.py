"""YAML -> nodes: places, the same ones from both parsers, and what an attacker would write."""

from __future__ import annotations

import math
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from podpipe.definition.nodes import Mapping, Node, Scalar, Sequence
from podpipe.definition.text import MAX_BYTES, decode
from podpipe.definition.yamlstream import compose_stream

LOADERS = [yaml.SafeLoader, *([yaml.CSafeLoader] if yaml.__with_libyaml__ else [])]
BOTH = pytest.mark.parametrize("loader", LOADERS)


def compose(text: str, loader: Any = None) -> tuple[list[Node], list[str]]:
    stream = compose_stream(text, "f", loader)
    assert stream.complete or stream.problems
    return list(stream.documents), [str(problem) for problem in stream.problems]


@BOTH
def test_nodes_know_their_places(loader: Any) -> None:
    documents, problems = compose("a: 1\nb:\n  - x\n  - 'y'\n---\n# nothing\n---\n[]\n", loader)
    assert documents == [
        Mapping(
            (
                (Scalar("a", True, 1, 1), Scalar("1", True, 1, 4)),
                (Scalar("b", True, 2, 1), Sequence((Scalar("x", True, 3, 5), Scalar("y", False, 4, 5)), 3, 3)),
            ),
            1,
            1,
        ),
        Sequence((), 8, 1),
    ]
    assert problems == []


@BOTH
def test_a_value_left_out_stands_at_its_key(loader: Any) -> None:
    documents, _ = compose("{a: {b: , c: 1}}", loader)
    assert documents[0].pairs[0][1].pairs[0] == (Scalar("b", True, 1, 6), Scalar("", True, 1, 6))


@BOTH
def test_an_alias_is_what_it_stands_for(loader: Any) -> None:
    documents, problems = compose("a: &x {k: v}\nb: *x\n", loader)
    (_, first), (_, second) = documents[0].pairs
    assert first == second
    assert problems == []


REFUSED = [
    ("a: 1\na: 2", "f:2:1: the key `a` stands here twice: first at line 1, column 1\n  hint: keep one of the two"),
    ("? [a]\n: b", "f:1:3: a key is a word, not a list or a mapping"),
    ("a: !x 1", "f:1:4: the tag `!x` is not supported\n  hint: remove it; quotes make a string"),
    ("a: !!python/object/apply:os.system [ls]", "f:1:4: the tag `tag:yaml.org,2002:python/object/apply:os.system` is"),
    ("a: &x {}\nb: {<<: *x}", "f:2:5: the merge key `<<` is not supported"),
    ("a: *x", "f:1:4: no anchor `x` stands before this alias"),
    ("a: &x [*x]", "f:1:8: no anchor `x` stands before this alias"),
    ("a: &x 1\n---\nb: *x", "f:3:4: no anchor `x` stands before this alias"),
    ('a: "\\0"', "f:1:4: a NUL or half a surrogate pair may not stand in a value"),
    ("a:\n\tb: 1", "f:2:1: not YAML: "),
    ("a: [1", "not YAML: "),
    ("a: 'x", "not YAML: "),
    ("a: b: c", "f:1:5: not YAML: "),
    ("%YAML 7.0\n---\na", "not YAML: "),
    ("a: " + "[" * 51 + "]" * 51, "f:1:53: values lie inside one another more than 50 deep"),
    ("[" * 10_000, "values lie inside one another more than 50 deep"),
    ("- " * 10_000, "values lie inside one another more than 50 deep"),
    ("{a: " * 10_000, "values lie inside one another more than 50 deep"),
    ("? " * 10_000, "values lie inside one another more than 50 deep"),
    ("[" + "1," * 20_001 + "]", "more than 20,000 values, each alias counted as what it stands for"),
]


@BOTH
@pytest.mark.parametrize(("text", "problem"), REFUSED, ids=[problem[:60] for _, problem in REFUSED])
def test_refused(text: str, problem: str, loader: Any) -> None:
    _, problems = compose(text, loader)
    assert len(problems) == 1
    assert problem in problems[0]


def test_tabs_get_a_hint() -> None:
    assert compose("a:\n\tb: 1")[1][0].endswith("hint: indent with spaces, never with tabs")


@pytest.mark.parametrize("escape", [r"\ud800", r"\U00110000", r"\UFFFFFFFF"])
@BOTH
def test_an_escape_that_is_no_character_is_refused(escape: str, loader: Any) -> None:
    assert compose(f'a: "{escape}"', loader)[1]


@BOTH
def test_an_alias_bomb_costs_nothing(loader: Any) -> None:
    laughs = "a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol]\n"
    laughs += "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 30))
    _, problems = compose(laughs, loader)
    assert problems == ["f:5:20: more than 20,000 values, each alias counted as what it stands for"]


@BOTH
def test_aliases_cannot_build_depth(loader: Any) -> None:
    ladder = "a0: &a0 []\n" + "".join(f"a{n}: &a{n} [*a{n - 1}]\n" for n in range(1, 60))
    assert "more than 50 deep" in compose(ladder, loader)[1][0]


def test_what_stands_before_a_syntax_error_is_given() -> None:
    documents, problems = compose("a: 1\n---\nb: [\n")
    assert len(documents) == len(problems) == 1


words = st.text(st.characters(min_codepoint=32, max_codepoint=0x2FF), max_size=8)
scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | words
trees = st.recursive(scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(words, inner, max_size=4))


@given(trees, st.booleans(), st.sampled_from([20, 80, math.inf]))
def test_both_parsers_give_the_same_nodes(tree: Any, flow: bool, width: float) -> None:
    text = yaml.safe_dump(tree, default_flow_style=flow, width=width, allow_unicode=True)
    results = [compose(text, loader) for loader in LOADERS]
    assert results == results[:1] * len(LOADERS)


@given(st.binary(max_size=200) | st.text(alphabet="ab:-[]{}&*!|>'\"%@`#?, \n\t\\<~0.", max_size=60).map(str.encode))
def test_no_bytes_crash_it(data: bytes) -> None:
    text, _ = decode(data, "f")
    for loader in LOADERS:
        stream = compose_stream(text, "f", loader)
        assert stream.complete or stream.problems
        assert all(problem.place.line >= 1 and problem.place.column >= 1 for problem in stream.problems)


def test_a_byte_that_is_not_utf8_has_a_place() -> None:
    assert str(decode(b"a: 1\nb: \xff", "f")[1][0]).startswith("f:2:4: the file is not UTF-8")


@pytest.mark.parametrize("data", [b"a: \0", b"a: \x1b[31m", b"a: \x7f", "a: ￾".encode()])
def test_control_characters_have_a_place(data: bytes) -> None:
    assert "f:1:4: the character U+" in str(decode(data, "f")[1][0])


def test_utf16_is_refused_and_a_byte_order_mark_is_not() -> None:
    assert decode("a: 1".encode("utf-16"), "f")[1]
    assert decode(b"\xef\xbb\xbfa: 1", "f") == ("a: 1", [])


def test_a_file_over_the_limit_is_refused() -> None:
    assert decode(b" " * MAX_BYTES, "f")[1] == []
    assert "larger than 1 MiB" in str(decode(b" " * (MAX_BYTES + 1), "f")[1][0])
