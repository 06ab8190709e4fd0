"""Typed reading of YAML nodes: each getter gives a value of the right type, or notes a problem and gives none."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from podpipe.definition.nodes import Mapping, Node, Scalar, Sequence, is_null
from podpipe.definition.scalars import NOTHING, NUMBER, describe, is_decimal, other_than_string
from podpipe.definition.specs import Place, Problem
from podpipe.definition.subset.section import Section

MAX_INTEGER = 2**31 - 1


class Source(NamedTuple):
    """A file that is being read, and what is wrong with it so far."""

    file: str
    problems: list[Problem]


class Value(NamedTuple):
    """A node at its dotted path."""

    node: Node
    path: str
    source: Source

    @property
    def place(self) -> Place:
        return Place(self.source.file, self.node.line, self.node.column, self.path)

    def refuse(self, message: str, hint: str = "") -> None:
        """Note a problem at this place."""
        self.source.problems.append(Problem(self.place, message, hint))

    def string(self) -> str | None:
        node = self.node
        if not isinstance(node, Scalar):
            self._refuse_type("a string")
            return None
        what = other_than_string(node)
        if not what:
            return node.text
        hint = 'write "" for an empty string' if what == NOTHING else f'quote it: "{node.text[:80]}"'
        self.refuse(f"a string is wanted, and this is {what}", hint)
        return None

    def is_word(self) -> bool:
        """Whether `string` would give one: for fields that take either a name or something else."""
        return isinstance(self.node, Scalar) and not other_than_string(self.node)

    def quantity(self) -> str | None:
        """The text of a string or a number."""
        if isinstance(self.node, Scalar) and other_than_string(self.node) in ("", NUMBER):
            return self.node.text
        self._refuse_type("a quantity")
        return None

    def integer(self, low: int = 0, high: int = MAX_INTEGER) -> int | None:
        node = self.node
        if not isinstance(node, Scalar) or other_than_string(node) != NUMBER:
            quoted = isinstance(node, Scalar) and is_decimal(node.text)
            self._refuse_type("a whole number", "write it without quotes" if quoted else "")
        elif not is_decimal(node.text):
            self._refuse_type("a whole number", "write it in decimal digits")
        elif low <= int(node.text) <= high:
            return int(node.text)
        else:
            self.refuse(f"{node.text} is not between {low} and {high}")
        return None

    def boolean(self) -> bool | None:
        node = self.node
        if isinstance(node, Scalar) and node.plain and node.text in ("true", "false"):
            return node.text == "true"
        self._refuse_type("true or false", "write true or false, without quotes" if isinstance(node, Scalar) else "")
        return None

    def choice(self, choices: Iterable[str]) -> str | None:
        """One of the given words."""
        word = self.string()
        allowed = list(choices)
        if word is None or word in allowed:
            return word
        hint = suggest(word, allowed) or f"write one of: {', '.join(each or repr('') for each in allowed)}"
        self.refuse(f"`{word[:80]}` is not one of its values", hint)
        return None

    def items(self, *, required: bool = False) -> list[Value]:
        """The values of a list; where it is `required` there is at least one."""
        if not isinstance(self.node, Sequence):
            self._refuse_type("a list")
            return []
        if required and not self.node.items:
            self.refuse("the list is empty", "write at least one")
        return [Value(node, f"{self.path}[{index}]", self.source) for index, node in enumerate(self.node.items)]

    def strings(self, *, required: bool = False) -> tuple[str, ...]:
        return tuple(text for item in self.items(required=required) if (text := item.string()) is not None)

    def entries(self) -> list[tuple[Value, Value]]:
        """The keys and values of a mapping whose keys are the user's own names."""
        if not isinstance(self.node, Mapping):
            self._refuse_type("a mapping")
            return []
        return [
            (Value(key, _join(self.path, key.text), self.source), Value(node, _join(self.path, key.text), self.source))
            for key, node in self.node.pairs
        ]

    def find(self, key: str) -> Value | None:
        """The value of one key, before it is known which others belong beside it."""
        pairs = self.node.pairs if isinstance(self.node, Mapping) else ()
        return next((Value(node, _join(self.path, key), self.source) for name, node in pairs if name.text == key), None)

    def fields(self, section: Section) -> Fields | None:
        """The mapping's fields; those outside `section` are refused by name."""
        if not isinstance(self.node, Mapping):
            self._refuse_type("a mapping", "write {} for one without keys" if is_null(self.node) else "")
            return None
        strangers = [key for key, _ in self.node.pairs if key.text not in section.keys]
        for key in strangers:
            self._refuse_key(key, section)
        return Fields(self, section, {key.text: node for key, node in self.node.pairs}, bool(strangers))

    def _refuse_key(self, key: Scalar, section: Section) -> None:
        place = Value(key, _join(self.path, key.text), self.source)
        if key.text in section.refused:
            place.refuse(f"podpipe does not support `{key.text}`", section.refused[key.text])
        else:
            known = f"{section.title} knows {', '.join(section.keys)}"
            place.refuse(f"unknown key `{key.text[:80]}`", suggest(key.text, section.keys) or known)

    def _refuse_type(self, wanted: str, hint: str = "") -> None:
        self.refuse(f"{wanted} is wanted, and this is {describe(self.node)}", hint)


class Fields:
    """A mapping with known keys; `section` says which, and reading another is a mistake of ours.

    Where a key was refused it is not `complete`, and a missing key is not complained of: it may be the one meant.
    """

    def __init__(self, value: Value, section: Section, nodes: dict[str, Node], refused: bool) -> None:
        self.value = value
        self._section = section
        self._nodes = nodes
        self.complete = not refused

    @property
    def place(self) -> Place:
        return self.value.place

    def __contains__(self, key: str) -> bool:
        return key in self._nodes

    def get(self, key: str, *, required: bool = False) -> Value | None:
        """The value of a key; None where it is missing."""
        assert key in self._section.keys, f"{self._section.title} has no key {key}"
        if key in self._nodes:
            return Value(self._nodes[key], _join(self.value.path, key), self.value.source)
        if required and self.complete:
            self.value.refuse(f"the key `{key}` is missing", f"{key}: {self._section.keys[key]}")
        return None

    def string(self, key: str, default: str = "", *, required: bool = False) -> str:
        value = self.get(key, required=required)
        text = value.string() if value else None
        return default if text is None else text

    def strings(self, key: str, *, required: bool = False) -> tuple[str, ...]:
        value = self.get(key, required=required)
        return value.strings(required=required) if value else ()

    def integer(self, key: str, default: int, low: int = 0, high: int = MAX_INTEGER, *, required: bool = False) -> int:
        value = self.get(key, required=required)
        number = value.integer(low, high) if value else None
        return default if number is None else number

    def boolean(self, key: str, default: bool = False) -> bool:
        value = self.get(key)
        answer = value.boolean() if value else None
        return default if answer is None else answer

    def choice(self, key: str, choices: Iterable[str], default: str = "", *, required: bool = False) -> str:
        value = self.get(key, required=required)
        word = value.choice(choices) if value else None
        return default if word is None else word

    def items(self, key: str, *, required: bool = False) -> list[Value]:
        value = self.get(key, required=required)
        return value.items(required=required) if value else []

    def fields(self, key: str, section: Section, *, required: bool = False) -> Fields | None:
        value = self.get(key, required=required)
        return value.fields(section) if value else None

    def each(self, key: str, section: Section, *, required: bool = False) -> list[Fields]:
        """The mappings of a list, each with the same keys."""
        found = (item.fields(section) for item in self.items(key, required=required))
        return [fields for fields in found if fields]


def suggest(word: str, known: Iterable[str]) -> str:
    """`did you mean ...?` for the nearest of the known words, or nothing."""
    import difflib

    folded = {each.lower(): each for each in known}
    near = difflib.get_close_matches(word.lower()[:100], folded, n=1, cutoff=0.6)
    return f"did you mean `{folded[near[0]]}`?" if near else ""


def _join(path: str, key: str) -> str:
    return f"{path}.{key[:80]}" if path else key[:80]
