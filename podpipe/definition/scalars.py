"""What a scalar without quotes is to a parser of YAML 1.1, as Kubernetes' is."""

from __future__ import annotations

import re

from podpipe.definition.nodes import Mapping, Node, Scalar, Sequence, is_null

NOTHING = "nothing"
BOOLEAN = "true or false"
NUMBER = "a number"

_BOOLEANS = ("y", "n", "yes", "no", "on", "off", "true", "false")
_NUMBER = (
    r"[-+]?(0b[01_]+|0x[0-9a-fA-F_]+|0o[0-7_]+|[0-9][0-9_]*(\.[0-9_]*)?([eE][-+]?[0-9]+)?"
    r"|\.[0-9][0-9_]*([eE][-+]?[0-9]+)?|\.(inf|Inf|INF))|\.(nan|NaN|NAN)"
)
_DECIMAL = "-?(0|[1-9][0-9]{0,17})"


def other_than_string(node: Scalar) -> str:
    """NOTHING, BOOLEAN or NUMBER; "" for a string."""
    if not node.plain:
        return ""
    if is_null(node):
        return NOTHING
    if node.text.lower() in _BOOLEANS:
        return BOOLEAN
    return NUMBER if node.text[0] in "0123456789+-." and re.fullmatch(_NUMBER, node.text) else ""


def is_decimal(text: str) -> bool:
    """Whether the text is a whole number of at most 18 digits, written the one way that all readers agree on."""
    return bool(re.fullmatch(_DECIMAL, text))


def describe(node: Node) -> str:
    """What a node is, for people."""
    if isinstance(node, Mapping):
        return "a mapping"
    if isinstance(node, Sequence):
        return "a list"
    return other_than_string(node) or f"`{node.text[:60]}`"
