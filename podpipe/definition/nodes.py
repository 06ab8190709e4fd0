"""What YAML consists of, each part with its place: 1-based line and column."""

from __future__ import annotations

from typing import Any, NamedTuple, Union


# Tuples, and not dataclasses: making one costs a third, and a project has hundreds of them.
class Scalar(NamedTuple):
    """A value as written; `plain` when it had no quotes, and so may be a number, a boolean or null."""

    text: str
    plain: bool
    line: int
    column: int


class Sequence(NamedTuple):
    """A list."""

    items: tuple[Any, ...]  # of Node: a NamedTuple cannot name a type that names it
    line: int
    column: int


class Mapping(NamedTuple):
    """Keys and values, in the order of the file."""

    pairs: tuple[tuple[Scalar, Any], ...]  # of Node
    line: int
    column: int


Node = Union[Scalar, Sequence, Mapping]


def is_null(node: Node) -> bool:
    """Whether the value is YAML's null: nothing at all, `~` or `null`."""
    return isinstance(node, Scalar) and node.plain and node.text in ("", "~", "null", "Null", "NULL")
