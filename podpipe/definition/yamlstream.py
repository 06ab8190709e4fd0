"""YAML text -> nodes. The one module that touches the yaml library.

Nodes are built here from the parser's events, and not by the library's composer, which calls itself for each
level of nesting: libyaml's ends in a crash of the process. Tags, merge keys and duplicate keys are refused.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from podpipe.definition.nodes import Mapping, Node, Scalar, Sequence, is_null
from podpipe.definition.specs import Place, Problem

MAX_DEPTH = 50
MAX_NODES = 20_000  # with each alias counted as what it stands for


class Stream(NamedTuple):
    """A file's documents that are not empty, and what is wrong with it; `complete` when it was read to its end."""

    documents: tuple[Node, ...] = ()
    problems: tuple[Problem, ...] = ()
    complete: bool = False


def compose_stream(text: str, file: str, loader: Any = None) -> Stream:
    """Read YAML; after a syntax error the documents before it are still given.

    `loader` is one of the library's loaders; by default libyaml's where the library was built with it. libyaml reads
    ahead and has limits of its own, others in each version: what it does not read to the end the pure parser tells of.
    """
    import yaml

    stream = _compose(text, file, loader or getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    if stream.complete or loader is yaml.SafeLoader:
        return stream
    return _compose(text, file, yaml.SafeLoader)


def _compose(text: str, file: str, loader: Any) -> Stream:
    composer = _Composer(file)
    complete = True
    try:
        for event in _events(text, file, loader):
            composer.take(event)
    except _GivenUp as stop:
        composer.problems.append(stop.problem)
        complete = False
    documents = tuple(node for node in composer.documents if not is_null(node))
    return Stream(documents, tuple(composer.problems), complete)


class _GivenUp(Exception):
    """Nothing after this point can be read."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem)
        self.problem = problem


def _events(text: str, file: str, loader: Any) -> Iterator[Any]:
    import yaml

    try:
        yield from yaml.parse(text, Loader=loader)
    except yaml.MarkedYAMLError as error:
        raise _GivenUp(_syntax_problem(text, file, error)) from None
    except (yaml.YAMLError, ValueError, OverflowError) as error:
        # ValueError and OverflowError: the pure parser's on an escape such as "\U00110000".
        raise _GivenUp(Problem(Place(file, 1, 1), f"not YAML: {error}")) from None


def _syntax_problem(text: str, file: str, error: Any) -> Problem:
    mark = error.problem_mark or error.context_mark
    lines = text.split("\n")
    line = lines[mark.line] if mark.line < len(lines) else ""
    hint = "indent with spaces, never with tabs" if "\t" in line[: mark.column + 1] else ""
    message = ", ".join(part for part in (error.context, error.problem) if part)
    return Problem(Place(file, mark.line + 1, mark.column + 1), f"not YAML: {message}", hint)


class _Tree(NamedTuple):
    node: Node
    size: int = 1
    height: int = 1


class _Open:
    """A sequence or mapping whose end has not come yet; `size` and `height` are those of the tree in it."""

    def __init__(self, event: Any) -> None:
        self.event = event
        self.children: list[Node] = []
        self.size = 1
        self.height = 1


class _Composer:
    """Takes events one by one; `documents` and `problems` grow."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.documents: list[Node] = []
        self.problems: list[Problem] = []
        self._open: list[_Open] = []
        self._anchors: dict[str, _Tree] = {}
        self._takers: dict[str, Callable[[Any], None]] = {
            "DocumentStartEvent": lambda _: self._anchors.clear(),
            "ScalarEvent": self._scalar,
            "AliasEvent": self._alias,
            "SequenceStartEvent": self._start,
            "MappingStartEvent": self._start,
            "SequenceEndEvent": self._end,
            "MappingEndEvent": self._end,
        }

    def take(self, event: Any) -> None:
        taker = self._takers.get(type(event).__name__)
        if taker:
            taker(event)

    def _place(self, event: Any) -> Place:
        return Place(self.file, event.start_mark.line + 1, event.start_mark.column + 1)

    def _scalar(self, event: Any) -> None:
        self._refuse_tag(event)
        place = self._place(event)
        if event.style == '"' and any(map(_unfit, event.value)):
            self.problems.append(Problem(place, "a NUL or half a surrogate pair may not stand in a value"))
        node = Scalar(event.value, event.implicit[0] and not event.style, place.line, place.column)
        self._add(_Tree(node), event)

    def _alias(self, event: Any) -> None:
        tree = self._anchors.get(event.anchor)
        if tree is None:
            hint = f"write `&{event.anchor}` at an earlier value; one that holds the alias itself cannot be it"
            raise _GivenUp(Problem(self._place(event), f"no anchor `{event.anchor}` stands before this alias", hint))
        self._add(tree, event)

    def _start(self, event: Any) -> None:
        self._refuse_tag(event)
        self._open.append(_Open(event))
        self._limit(len(self._open), event)

    def _end(self, _: Any) -> None:
        done = self._open.pop()
        place = self._place(done.event)
        node: Node
        if type(done.event).__name__ == "SequenceStartEvent":
            items = tuple(_beside(child, place) for child in done.children)
            node = Sequence(items, place.line, place.column)
        else:
            node = Mapping(tuple(self._pairs(done.children)), place.line, place.column)
        self._add(_Tree(node, done.size, done.height), done.event)

    def _add(self, tree: _Tree, event: Any) -> None:
        anchor = event.anchor
        if anchor and type(event).__name__ != "AliasEvent":
            self._anchors[anchor] = tree
        if not self._open:
            self.documents.append(tree.node)
            return
        parent = self._open[-1]
        parent.children.append(tree.node)
        parent.size += tree.size
        parent.height = max(parent.height, tree.height + 1)
        self._limit(len(self._open) + tree.height, event, parent.size)

    def _limit(self, depth: int, event: Any, size: int = 0) -> None:
        if depth > MAX_DEPTH:
            raise _GivenUp(Problem(self._place(event), f"values lie inside one another more than {MAX_DEPTH} deep"))
        if size > MAX_NODES:
            message = f"more than {MAX_NODES:,} values, each alias counted as what it stands for"
            raise _GivenUp(Problem(self._place(event), message))

    def _refuse_tag(self, event: Any) -> None:
        if event.tag is not None:
            hint = "remove it; quotes make a string"
            self.problems.append(Problem(self._place(event), f"the tag `{event.tag}` is not supported", hint))

    def _pairs(self, children: list[Node]) -> Iterator[tuple[Scalar, Node]]:
        seen: dict[str, Scalar] = {}
        for key, value in zip(children[::2], children[1::2]):
            place = Place(self.file, key.line, key.column)
            if not isinstance(key, Scalar):
                self.problems.append(Problem(place, "a key is a word, not a list or a mapping"))
            elif key.plain and key.text == "<<":
                hint = "use an alias for the whole value, or write the keys out"
                self.problems.append(Problem(place, "the merge key `<<` is not supported", hint))
            elif key.text in seen:
                first = seen[key.text]
                message = f"the key `{key.text}` stands here twice: first at line {first.line}, column {first.column}"
                self.problems.append(Problem(place, message, "keep one of the two"))
            else:
                seen[key.text] = key
                yield key, _beside(value, place)


def _unfit(character: str) -> bool:
    """Whether a character, written as an escape, got past the parser that no file or argument can hold."""
    return character == "\0" or "\ud800" <= character <= "\udfff"


def _beside(node: Node, place: Place) -> Node:
    """A value that was left out stands where its key does: the two parsers disagree on its place."""
    if isinstance(node, Scalar) and node.plain and not node.text:
        return Scalar("", True, place.line, place.column)
    return node
