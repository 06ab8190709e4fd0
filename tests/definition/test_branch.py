"""Names of branches: what git refuses is refused, and what could be taken for something else."""

from __future__ import annotations

import subprocess

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from podpipe.definition.branch import LONGEST, check_branch
from podpipe.errors import UsageError

TRICKY = st.text(st.sampled_from("ab./-@{}~^:?*[\\ \t\n\x7f;$é\u202e\u200b") | st.characters(exclude_characters="\0"))
PARTS = st.lists(st.sampled_from(["a", "/", ".", "..", ".lock", "@", "{", "-", "HEAD", "refs/heads/", "a b", "ü"]))


def is_accepted(name: str) -> bool:
    try:
        return check_branch(name) == name
    except UsageError as error:
        assert str(error).isprintable() or "\n" in str(error)
        return False


def git_accepts(name: str) -> bool:
    done = subprocess.run(["git", "check-ref-format", "--branch", name], capture_output=True, cwd="/")
    return done.returncode == 0 and done.stdout == f"{name}\n".encode()


@settings(max_examples=400)
@given(TRICKY | PARTS.map("".join))
@example("@")
@example("HEAD")
@example("@{-1}")
@example("a.lock/b")
@example("a/.b")
@example("a.")
@example("refs/heads/main")
@example("HEAD/a")
@example("a@b")
@example("{")
def test_the_rules_are_those_of_git(name: str) -> None:
    short = len(name.encode(errors="replace")) <= LONGEST
    harmless = short and name.isprintable() and not name.startswith("-") and name != "@"  # which means HEAD elsewhere
    assert is_accepted(name) == (harmless and git_accepts(name))


@pytest.mark.parametrize(
    "name",
    [
        *(
            "",
            "--help",
            "-",
            "../../x",
            "a..b",
            "a b",
            "a\nb",
            "a\0b",
            "a\x1b[31m",
            "a~1",
            "a^",
            "a:b",
            "a?",
            "a*",
            "[a",
        ),
        *(
            "a\\b",
            "@",
            "@{u}",
            "/a",
            "a/",
            "a//b",
            "a.lock",
            "a/b.lock/c",
            ".a",
            "a/.",
            "a.",
            "HEAD",
            "a\u202eb",
            "\udcff",
        ),
        "a" * (LONGEST + 1),
        "é" * (LONGEST // 2 + 1),
    ],
)
def test_what_is_refused(name: str) -> None:
    with pytest.raises(UsageError, match="is not a name of a branch: it "):
        check_branch(name)


@pytest.mark.parametrize("name", ["main", "fix/über-5", "a;rm", "$(id)", "a&b", "1", "a-", "a" * LONGEST])
def test_what_git_takes_is_taken(name: str) -> None:
    assert check_branch(name) == name
