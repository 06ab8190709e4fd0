"""podpipe.yaml's `branches`: what a push to which branch comes to."""

from __future__ import annotations

import re
from collections.abc import Sequence
from fnmatch import fnmatchcase

from podpipe.definition.branch import check_branch
from podpipe.definition.nodes import Mapping
from podpipe.definition.reader import Value
from podpipe.definition.specs import BranchRule
from podpipe.errors import UsageError

ACTIONS = ("deploy", "test", "build", "preview", "ignore")
WITHOUT_THE_KEY = (BranchRule("main", "deploy"), BranchRule("master", "deploy"), BranchRule("*", "test"))

_WILD = r"[*?\[\]!]"
_MOST = 100


def action_for(branches: Sequence[BranchRule], name: str) -> str:
    """What a push to the branch does: the rule of that very name, else the first pattern that fits, else `ignore`.

    Without any rule main and master deploy, and everything else is tested.
    """
    rules = branches or WITHOUT_THE_KEY
    exact = [rule.action for rule in rules if rule.pattern == name]
    fitting = [rule.action for rule in rules if fnmatchcase(name, rule.pattern)]
    return next(iter(exact + fitting), "ignore")


def read_branches(value: Value | None) -> tuple[BranchRule, ...]:
    """The rules in the file's order, without those that are wrong."""
    entries = value.entries() if value else []
    if value and not entries and isinstance(value.node, Mapping):
        value.refuse("no branch stands here", "write `main: deploy`, or leave the key out for what is usual")
    if value and len(entries) > _MOST:
        value.refuse(f"more than {_MOST} rules stand here", "a pattern, as `feature/*`, holds for many branches")
    rules: list[BranchRule] = []
    for key, entry in entries[:_MOST]:
        pattern, action = _read_pattern(key), entry.choice(ACTIONS)
        if pattern and any(rule.pattern == "*" for rule in rules) and re.search(_WILD, pattern):
            key.refuse(f"no branch comes to `{pattern[:80]}`: `*` stands before it", "write `*` last")
        elif pattern and action:
            rules.append(BranchRule(pattern, action))
    return tuple(rules)


def _read_pattern(key: Value) -> str:
    text = key.string()
    if text is None:
        return ""
    try:
        check_branch(re.sub(_WILD, "x", text))
    except UsageError as error:
        key.refuse(f"no branch can be called `{text[:80]}`", error.message.rpartition("branch: ")[2])
        return ""
    return text
