"""Hugo's shortcodes: calls in a page's text, between `{{< >}}` or `{{% %}}`, that something else stands for.

What `{{% %}}` becomes is Markdown like the text around it; what `{{< >}}` becomes is HTML and is left alone.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Optional

from podpipe.files import checksum

IN_TEXT = ("ref", "relref")  # what they become can be a part of the Markdown around it, a link's target
LONGEST = 4000  # characters of a call
_CALL = re.compile(
    rf"\{{\{{(?:<(?P<html>(?:(?!\{{\{{<).){{1,{LONGEST}}}?)>|%(?P<markdown>(?:(?!\{{\{{%).){{1,{LONGEST}}}?)%)\}}\}}",
    re.DOTALL,
)
_INSIDE = re.compile(
    r"\s*(?P<closes>/?)\s*(?P<name>\w[\w-]*(?:/\w[\w-]*)*)(?P<arguments>\s.*?)?\s*(?P<alone>/?)", re.DOTALL
)
_WRITTEN = re.compile(r"/\*(.*)\*/", re.DOTALL)
_PART = re.compile(r"""(?:\s|^)(?:([\w-]+)=)?(?:"((?:\\.|[^"\\])*)"|`([^`]*)`|(\S+))""")


@dataclass(frozen=True)
class Call:
    """`args` are what has no name; `line` is 1-based in the text; `inner` is what stands before its end."""

    name: str
    line: int
    args: tuple[str, ...]
    params: dict[str, str]
    inner: str = ""


Answer = Callable[[Call], Optional[str]]


@dataclass
class Expanded:
    """A text without calls. `used` are their names; where HTML is to be there stands a word of letters and digits."""

    text: str
    mark: str = ""
    used: set[str] = field(default_factory=set)
    held: list[str] = field(default_factory=list)

    def fill(self, html: str) -> str:
        """The HTML of the text with what stands for the calls, which may stand in one another."""
        if not self.held:
            return html
        return self._words.sub(lambda found: self.fill(self.held[int(found[1] or found[2])]), html)

    def clear(self, text: str) -> str:
        """Plain text without the words."""
        return " ".join(self._words.sub("", text).split()) if self.held else text

    def hold(self, html: str) -> str:
        """The word for some HTML."""
        self.held.append(html)
        return f"shortcode{self.mark}n{len(self.held) - 1}n"

    @property
    def _words(self) -> re.Pattern[str]:
        word = rf"shortcode{self.mark}n(\d+)n"
        return re.compile(f"<p>{word}</p>|{word}")


class _Piece(NamedTuple):
    """A call, or the end of one, as it stands in the text; `written` is one that is only to be shown."""

    start: int
    end: int
    markdown: bool
    written: str = ""
    name: str = ""
    arguments: str = ""
    closes: bool = False
    alone: bool = False


def expand(text: str, answer: Answer) -> Expanded:
    """Put in the place of each call what `answer` gives for it, its inner text where that is None."""
    pieces = list(_pieces(text)) if "{{" in text else []
    return _Expansion(text, answer).run(pieces) if pieces else Expanded(text)


class _Expansion:
    """One text on its way: the calls that are open, and what stands in each so far; the text's own parts come first."""

    def __init__(self, text: str, answer: Answer) -> None:
        self._text, self._answer = text, answer
        self._done = Expanded("", checksum(text)[:12])
        self._open: list[tuple[_Piece, int]] = []
        self._parts: list[list[str]] = [[]]

    def run(self, pieces: Sequence[_Piece]) -> Expanded:
        paired = _paired(pieces)
        end, line = 0, 1
        for number, piece in enumerate(pieces):
            self._parts[-1].append(self._text[end : piece.start])
            line += self._text.count("\n", end, piece.start)
            self._take(piece, line, number in paired)
            line += self._text.count("\n", piece.start, piece.end)
            end = piece.end
        self._done.text = "".join(self._parts[0]) + self._text[end:]
        return self._done

    def _take(self, piece: _Piece, line: int, paired: bool) -> None:
        if piece.written:
            self._parts[-1].append(piece.written)
        elif paired and piece.closes:
            inner = "".join(self._parts.pop())
            self._parts[-1].append(self._made(*self._open.pop(), inner))
        elif paired:
            self._open.append((piece, line))
            self._parts.append([])
        elif not piece.closes:
            self._parts[-1].append(self._made(piece, line, ""))

    def _made(self, piece: _Piece, line: int, inner: str) -> str:
        call = Call(piece.name, line, *_arguments(piece.arguments), inner)
        self._done.used.add(call.name)
        made = self._answer(call)
        if made is None:
            return inner
        if piece.markdown or call.name in IN_TEXT:
            return made
        return self._done.hold(made)


def _pieces(text: str) -> Iterator[_Piece]:
    for found in _CALL.finditer(text):
        markdown = found["html"] is None
        content = found["markdown"] if markdown else found["html"]
        written, inside = _WRITTEN.fullmatch(content), _INSIDE.fullmatch(content)
        place = (found.start(), found.end(), markdown)
        if written:
            yield _Piece(*place, written=f"{found[0][:3]}{written[1]}{found[0][-3:]}")
        elif inside:
            closes, alone = bool(inside["closes"]), bool(inside["alone"])
            yield _Piece(*place, name=inside["name"], arguments=inside["arguments"] or "", closes=closes, alone=alone)


def _paired(pieces: Sequence[_Piece]) -> set[int]:
    """The calls that have an end, and these ends: an end is that of the last open call of its name."""
    paired: set[int] = set()
    waiting: list[int] = []
    names: Counter[str] = Counter()
    for number, piece in enumerate(pieces):
        if piece.closes and names[piece.name]:
            for begin in _popped(waiting):
                names[pieces[begin].name] -= 1
                if pieces[begin].name == piece.name:
                    paired |= {begin, number}
                    break
        elif not (piece.written or piece.closes or piece.alone):
            waiting.append(number)
            names[piece.name] += 1
    return paired


def _popped(stack: list[int]) -> Iterator[int]:
    while stack:
        yield stack.pop()


def _arguments(text: str) -> tuple[tuple[str, ...], dict[str, str]]:
    args: list[str] = []
    params: dict[str, str] = {}
    for name, quoted, raw, bare in _PART.findall(text):
        value = re.sub(r"\\(.)", r"\1", quoted) or raw or bare
        if name:
            params[name] = value
        else:
            args.append(value)
    return tuple(args), params
