from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from podpipe.quadlet.flags import SINCE, known_options
from podpipe.quadlet.invocation import Invocation, quote_for_shell, write_line
from podpipe.quadlet.words import split_exec

COMMANDS = sorted({*SINCE} - {""})
WORDS = st.one_of(
    st.sampled_from(sorted({f"--{name}" for command in SINCE for name in known_options(command) if len(name) > 1})),
    st.sampled_from(["--name=x", "--x=", "-d", "-v", "-v/a:/b", "-e=1", "-", "--", "x", "a b", 'a"b', "$A", "\\"]),
    st.text(min_size=1, max_size=5),
)


@given(st.sampled_from(COMMANDS), st.lists(WORDS), st.lists(WORDS))
def test_what_is_taken_apart_is_put_together_again(command: str, before: list[str], after: list[str]) -> None:
    words = ["-/usr/bin/podman", *before, *command.split(), *after]
    [line] = Invocation(words).lines()
    assert sorted("".join(line).replace("-", "")) == sorted("".join(words).replace("-", ""))
    assert line == words or any(word[:1] == "-" and word[1:2] != "-" and len(word) > 2 for word in words)


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("--volume /a:/b", [("volume", "/a:/b")]),
        ("--volume=/a:/b", [("volume", "/a:/b")]),
        ("-v /a:/b", [("volume", "/a:/b")]),
        ("-v/a:/b", [("volume", "/a:/b")]),
        ("-v=/a:/b", [("volume", "/a:/b")]),
        ("-it", [("interactive", ""), ("tty", "")]),
        ("-ite A=1", [("interactive", ""), ("tty", ""), ("env", "A=1")]),
        ("--net host", [("network", "host")]),
        ("--rm=false", [("rm", "false")]),
        ("--unknown value", [("unknown", "")]),
        ("-z", [("z", "")]),
        ("--name", [("name", "")]),
        ("-- --rm", []),
        ("image --rm", []),
    ],
)
def test_options_are_told_by_their_long_names(word: str, expected: list[tuple[str, str]]) -> None:
    call = Invocation(["podman", "--log-level", "debug", "run", *word.split()])
    assert [(option.name, option.value) for option in call.options] == expected
    assert [(option.name, option.value) for option in call.globals] == [("log-level", "debug")]
    assert call.command == "run"


@given(st.lists(st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1)))
def test_a_line_is_read_as_it_was_written(words: list[str]) -> None:
    assert split_exec(write_line(words)) == words


def test_a_shell_gets_the_words_as_they_are() -> None:
    assert quote_for_shell(["/bin/a", "b c", "it's", "", "$A", "%n"]) == "/bin/a 'b c' 'it'\\''s' '' '$A' %n"
