"""YAML as a writer means it: one mapping, no aliases, no tags, each key a text and there once; and of what a bare word
may be, only what YAML 1.2 makes of it: `12:30`, `007`, `0x1F`, `1_000`, `yes` and dates are text.

Costs the import of PyYAML: import it where a YAML text has to be read.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable
from typing import TYPE_CHECKING, Any

import yaml

from podpipe.web.problems import ContentError, Problem

MAX_DEPTH = 20

if TYPE_CHECKING:
    _SafeLoader = yaml.SafeLoader
else:  # libyaml's is ten times as fast; Debian's PyYAML has it, one built without a compiler has not
    _SafeLoader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Loader(_SafeLoader):
    """Safe, with each key a text and there once, and with bare words as YAML 1.2 reads them."""

    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012 (PyYAML's own attribute)

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        keys: set[str] = set()
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise _mistake("a key is a text, not a list or a mapping", key)
            if key.value in keys:
                raise _mistake(f"the key `{key.value}` stands here twice", key)
            keys.add(key.value)
            key.tag = "tag:yaml.org,2002:str"
        return super().construct_mapping(node, deep)


for kind, pattern, first in (
    ("bool", r"true|True|TRUE|false|False|FALSE", "tTfF"),
    ("int", r"[-+]?(?:0|[1-9][0-9]*)", "-+0123456789"),
    ("float", r"[-+]?(?:0|[1-9][0-9]*)(?:\.[0-9]+)(?:[eE][-+]?[0-9]+)?", "-+0123456789"),
    ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    ("merge", r"<<", "<"),
):
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{kind}", re.compile(f"(?:{pattern})\\Z"), list(first))


def parse_yaml(file: str, text: str, first_line: int = 1) -> dict[str, object]:
    """A YAML mapping as a dict. `first_line` is the line of `file` where `text` begins.

    Errors: ContentError, with the line.
    """
    try:
        _check_shape(file, text, first_line)
        value = yaml.load(text, Loader=_Loader)  # noqa: S506 (it is a SafeLoader)
    except yaml.MarkedYAMLError as error:
        line = first_line + _line(error.problem_mark or error.context_mark)
        raise ContentError(Problem(file, line, f"YAML: {error.problem or error.context}")) from None
    except yaml.YAMLError as error:
        raise ContentError(Problem(file, first_line, f"YAML: {error}")) from None
    except (ValueError, OverflowError):
        raise ContentError(Problem(file, first_line, "YAML: holds a number that is none: put it in quotes")) from None
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise ContentError(Problem(file, first_line, "YAML: write lines of `key: value` here"))
    return value


def _check_shape(file: str, text: str, first_line: int) -> None:
    """Refuse what may not be built: aliases (they multiply), tags (they lie), deep nesting (it exhausts the stack)."""
    try:
        _check_events(file, yaml.parse(text, Loader=_Loader), first_line)
    except yaml.YAMLError:
        # libyaml reads ahead and has limits of its own, others in each version: the pure parser tells what is wrong.
        _check_events(file, yaml.parse(text, Loader=yaml.SafeLoader), first_line)
        raise


def _check_events(file: str, events: Iterable[yaml.Event], first_line: int) -> None:
    depth = 0
    for event in events:
        line = first_line + _line(event.start_mark)
        if isinstance(event, yaml.AliasEvent):
            raise ContentError(Problem(file, line, "YAML: aliases (`*name`) are not allowed here"))
        tag = getattr(event, "tag", None)
        if tag:
            raise ContentError(Problem(file, line, f"YAML: tags (`{tag}`) are not allowed here"))
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > MAX_DEPTH:
            raise ContentError(Problem(file, line, f"YAML: nested more than {MAX_DEPTH} deep"))


def _mistake(message: str, node: yaml.Node) -> yaml.MarkedYAMLError:
    return yaml.constructor.ConstructorError(None, None, message, node.start_mark)


def _line(mark: Any) -> int:
    """A mark of either of PyYAML's two parsers as a 0-based line."""
    return mark.line if mark else 0
