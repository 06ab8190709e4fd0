"""podpipe.yaml's `branches`."""

from __future__ import annotations

import pytest

from podpipe.definition.branches import ACTIONS, action_for
from podpipe.definition.specs import BranchRule
from tests.definition.folder import ProjectFolder

RULES = (BranchRule("feature/*", "preview"), BranchRule("*", "test"), BranchRule("main", "deploy"))


def test_what_they_become(project: ProjectFolder) -> None:
    project.add("podpipe.yaml", 'branches: {feature/*: preview, "*": test, main: deploy}')
    assert project.definition.branches == RULES


def test_every_action_can_be_written(project: ProjectFolder) -> None:
    project.add("podpipe.yaml", f"branches: {{{', '.join(f'b{word}: {word}' for word in ACTIONS)}}}")
    assert [rule.action for rule in project.definition.branches] == list(ACTIONS)


@pytest.mark.parametrize(
    ("name", "action"),
    [("main", "deploy"), ("feature/a/b", "preview"), ("x", "test"), ("--help", "test"), ("größe", "test")],
)
def test_a_name_goes_before_patterns_and_these_in_their_order(name: str, action: str) -> None:
    assert action_for(RULES, name) == action


def test_without_the_key() -> None:
    assert [action_for((), name) for name in ("main", "master", "other")] == ["deploy", "deploy", "test"]


def test_what_no_rule_is_for_is_ignored() -> None:
    assert action_for((BranchRule("main", "deploy"),), "other") == "ignore"


def test_case_counts_and_a_name_is_no_pattern_for_itself() -> None:
    assert action_for((BranchRule("Main", "deploy"),), "main") == "ignore"
    assert action_for((BranchRule("v[12]", "build"),), "v1") == "build"


REFUSED = [
    ("branches: {}", "4:11 branches: no branch stands here | hint: write `main: deploy`"),
    ("branches: [main]", "a mapping is wanted"),
    ("branches: {main: deplo}", "4:18 branches.main: `deplo` is not one of its values | hint: did you mean `deploy`?"),
    ("branches: {main: }", "a string is wanted"),
    ("branches: {1.0: test}", 'quote it: "1.0"'),
    ('branches: {"*": test, feature/*: build}', "no branch comes to `feature/*`: `*` stands before it | hint: write"),
    ("branches: {a..b: test}", "no branch can be called `a..b` | hint: it holds `..`"),
    ('branches: {"-*": test}', "no branch can be called `-*` | hint: it begins with `-`"),
    ('branches: {"a b": test}', "no branch can be called `a b`"),
]


@pytest.mark.parametrize(("text", "problem"), REFUSED, ids=[text for text, _ in REFUSED])
def test_refused(project: ProjectFolder, text: str, problem: str) -> None:
    project.add("podpipe.yaml", text)
    assert [problem in each for each in project.problems] == [True], project.problems


def test_too_many(project: ProjectFolder) -> None:
    project.add("podpipe.yaml", "branches:\n" + "".join(f"  b{number}: test\n" for number in range(101)))
    assert ["more than 100 rules" in each for each in project.problems] == [True]
