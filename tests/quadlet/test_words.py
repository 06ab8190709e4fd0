"""Words of a value: what Podman's Quadlet makes of it, and what systemd reads of what is written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from podpipe.quadlet.errors import QuadletError
from podpipe.quadlet.words import join_words, quote_word, split_exec, split_strv


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", []),
        (" \t a  b\n c\r", ["a", "b", "c"]),
        ("a\x0bb\u00a0c", ["a\x0bb\u00a0c"]),  # other blanks part no words
        ('"a b" \'c d\' e"f g"h', ["a b", "c d", "ef gh"]),
        ('"it\'s" \'a "b"\'', ["it's", 'a "b"']),
        (r"a\ttab \x41 \101 \u00e9 \U0001F600 \s \\ \" \'", ["a\ttab", "A", "A", "é", "😀", " ", "\\", '"', "'"]),
        (r"'single \n too'", ["single \n too"]),
        (r"\ud800", ["\ufffd"]),
        ('"never closed', ["never closed"]),
        ("trailing\\", ["trailing"]),
        ('a "" b', ["a"]),  # an empty word ends the list
        ("a\0b c", ["a"]),
        ("%h %% $A ${B}", ["%h", "%%", "$A", "${B}"]),
        ("über straße", ["über", "straße"]),
        ("\udcff 'x'", ["\udcff", "x"]),
    ],
)
def test_split_exec(text: str, words: list[str]) -> None:
    assert split_exec(text) == words


@pytest.mark.parametrize(
    "text", [r"\q", r"\;", r"\x4", r"\xgg", r"\x00", r"\000", r"\400", r"\08", r"\u12", r"\U00110000", r"\8", r"'\ '"]
)
def test_an_escape_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(QuadletError, match="unsupported escape char"):
        split_exec(text)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a.service b.service", ["a.service", "b.service"]),
        (r"a\x2db 'c d' \n", [r"a\x2db", "c d", r"\n"]),  # systemd's own escapes of unit names stay
        ('"a" "" b', ["a"]),
        ("trailing\\", ["trailing\\"]),
    ],
)
def test_split_strv(text: str, words: list[str]) -> None:
    assert split_strv(text) == words


def test_a_list_of_names_must_close_its_quotes() -> None:
    with pytest.raises(QuadletError, match="unbalanced quotes"):
        split_strv("a 'b c")


@pytest.mark.parametrize(
    ("word", "written"),
    [
        ("plain", "plain"),
        ("%t/%N.pid", "%t/%N.pid"),
        ("a b", r'"a\x20b"'),
        ('say "hi"', r'"say\x20\"hi\""'),
        ("it's", '"it\'s"'),
        ("back\\slash", r'"back\\slash"'),
        ("\a\b\f\n\r\t\v\x01\x7f\x80", r'"\a\b\f\n\r\t\v\x01\x7f\x80"'),
        ("é\u00a0\x81", "é\u00a0\x81"),
        (";", '";"'),  # alone and bare it would begin a second command
        ("a;", "a;"),
    ],
)
def test_quote_word(word: str, written: str) -> None:
    assert quote_word(word) == written


@given(st.lists(st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\0"), min_size=1)))
def test_what_is_written_is_read_again(words: list[str]) -> None:
    written = join_words(words)
    assert split_exec(written) == words
    assert not set(written) & set("\n\r\0")


def test_long_values_take_linear_time() -> None:
    words = ["'x' \\x41"] * 100_000
    assert split_exec(" ".join(words)) == ["x", "A"] * 100_000
