"""`.containerignore` by Docker's rules."""

from __future__ import annotations

import contextlib
import re
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from podpipe.effects.ignore import PIECE, _expression, _translate, load_ignore, parse_ignore
from podpipe.errors import UsageError

names = st.text("ab.*?[]\\-!#é", min_size=1, max_size=4).filter(lambda name: name not in (".", ".."))
paths = st.lists(names, min_size=1, max_size=4).map("/".join)


def quoted(path: str) -> str:
    """A pattern that means exactly `path`; it begins with a slash, so that ! and # mean themselves too."""
    return "/" + re.sub(r"([\\*?\[\]])", r"\\\1", path)


@pytest.mark.parametrize(
    ("pattern", "path", "left_out"),
    [
        ("a", "a", True),
        ("a", "b/a", False),
        ("a", "a/b/c", True),
        ("/a", "a", True),
        ("a/", "a", True),
        ("./a//b/../c", "a/c", True),
        ("*", "a/b", True),
        ("*.md", "a.md", True),
        ("*.md", "b/a.md", False),
        ("*/a", "b/a", True),
        ("*/a", "c/b/a", False),
        ("**/a", "a", True),
        ("**/a", "c/b/a", True),
        ("**/a", "c/ba", False),
        ("a/**", "a/b/c", True),
        ("a/**", "a", False),
        ("a/**/b", "a/b", True),
        ("a/**/b", "a/c/d/b", True),
        ("**", "a/b", True),
        ("a?c", "abc", True),
        ("a?c", "a/c", False),
        ("[ab]", "b", True),
        ("[^ab]", "b", False),
        ("[^ab]", "c", True),
        ("[a-c]x", "bx", True),
        ("[&|~[]", "[", True),
        (r"\*", "*", True),
        (r"\*", "a", False),
        (r"[\]]", "]", True),
        ("a.b", "acb", False),
        ("#a", "#a", False),
        ("  a  ", "a", True),
        (".", "a", False),
    ],
)
def test_one_pattern(pattern: str, path: str, left_out: bool) -> None:
    assert parse_ignore([pattern]).leaves_out(path) is left_out


def test_the_last_line_that_matches_decides() -> None:
    ignore = parse_ignore(["*", "!docs", "docs/draft*", "", "# docs"])
    assert not ignore.leaves_out("docs/page")
    assert ignore.leaves_out("docs/draft-1")
    assert ignore.leaves_out("other")
    assert ignore.takes_back


@pytest.mark.parametrize("bad", ["[a", "[]", "[z-a]", "a\\", "!", "[^]"])
def test_a_malformed_line_is_named(bad: str) -> None:
    with pytest.raises(UsageError, match=r"\.containerignore:2: "):
        parse_ignore(["fine", bad])


globs = st.lists(st.sampled_from(["*", "a", "b", "?", "[ab]", "/", "**/", "\\*"]), min_size=1, max_size=9).map("".join)
some_paths = st.text("ab/*", min_size=1, max_size=12)


@given(globs, some_paths)
def test_what_is_quick_means_what_is_plain(glob: str, path: str) -> None:
    pieces = PIECE.findall(glob)
    plain = re.compile("".join(_translate(piece, last=at == len(pieces)) for at, piece in enumerate(pieces, 1)))
    with contextlib.suppress(UsageError):
        assert bool(_expression(glob, "").fullmatch(path)) is bool(plain.fullmatch(path))


ENDLESS = ["**/" * 30 + "b", "*a" * 30 + "*b", "a*" * 25 + "/" + "*?" * 25 + "b", "**/*a/" * 3 + "b"]


@pytest.mark.parametrize("pattern", ENDLESS)
def test_no_pattern_takes_for_ever(pattern: str) -> None:
    ignore = parse_ignore([pattern])
    began = time.process_time()
    assert not ignore.leaves_out("/".join(["a" * 200] * 15))
    assert time.process_time() - began < 2


def test_too_many_ways_are_refused() -> None:
    with pytest.raises(UsageError, match=r"\.containerignore:1: more than 3 `\*\*` in"):
        parse_ignore(["**/a/" * 4])
    with pytest.raises(UsageError, match=r"`\*\*` within a name in b\*a\*\*/c"):
        parse_ignore(["b*a**/c"])
    assert parse_ignore(["a**/c"]).leaves_out("ab/c")


@given(paths)
def test_a_quoted_path_means_itself_and_all_in_it(path: str) -> None:
    ignore = parse_ignore([quoted(path)])
    assert ignore.leaves_out(path)
    assert ignore.leaves_out(f"{path}/below")
    assert not ignore.leaves_out(f"{path}x")
    assert not ignore.leaves_out(f"above/{path}")


@given(paths, st.lists(paths.map(quoted)))
def test_a_path_can_always_be_taken_back(path: str, before: list[str]) -> None:
    assert not parse_ignore([*before, "!" + quoted(path)]).leaves_out(path)


@given(paths, paths)
def test_two_stars_mean_any_depth(above: str, path: str) -> None:
    ignore = parse_ignore(["**" + quoted(path)])
    assert ignore.leaves_out(path)
    assert ignore.leaves_out(f"{above}/{path}")


def test_containerignore_goes_before_dockerignore(tmp_path: Path) -> None:
    assert not load_ignore(tmp_path).leaves_out("a")
    (tmp_path / ".dockerignore").write_text("a")
    assert load_ignore(tmp_path).leaves_out("a")
    (tmp_path / ".containerignore").write_text("\ufeffb\r\n")
    assert not load_ignore(tmp_path).leaves_out("a")
    assert load_ignore(tmp_path).leaves_out("b")
