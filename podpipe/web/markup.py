"""Markdown to HTML: CommonMark with what GitHub and Hugo have beside it.

Costs the import of markdown-it-py: import it where a page has to be rendered.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.token import Token
from mdit_py_plugins.attrs import attrs_plugin
from mdit_py_plugins.deflist import deflist_plugin
from mdit_py_plugins.footnote import footnote_plugin
from mdit_py_plugins.tasklists import tasklists_plugin

from podpipe.web.links import marked
from podpipe.web.page import slugify

SUMMARY_LENGTH = 200  # characters
DEEPEST = 100  # levels of lists and quotes: of what lies deeper the parser leaves everything out
_ATTRIBUTES = re.compile(r"\s*\{\s*((?:[#.][\w:.-]+\s*)+)\}\s*$")
# What may be an address without brackets. Looking for one costs the library a tenth of a second before the first.
_BARE_ADDRESS = re.compile(r"(?<![(<\"'=])https?://|\w@\w", re.IGNORECASE)
_ENDS = " 、。，．！？"  # where a line may be cut: in Japanese and Chinese there are no spaces


@dataclass(frozen=True)
class Body:
    """`summary` is the first paragraph's plain text, cut at a word."""

    html: str
    summary: str


class Renderer:
    """CommonMark, tables, strikes, check boxes, bare addresses, footnotes, definition lists, ids on headings."""

    def __init__(self) -> None:
        self._markdown = MarkdownIt("gfm-like", {"xhtmlOut": False, "maxNesting": DEEPEST})
        if self._markdown.linkify:  # `README.md` in a text is no address in Moldova
            self._markdown.linkify.set({"fuzzy_link": False})
        for plugin in (footnote_plugin, deflist_plugin, tasklists_plugin, attrs_plugin):
            self._markdown.use(plugin)
        self._markdown.core.ruler.push("headings", _identify_headings)
        self._markdown.core.ruler.push("pages", _mark_pages)

    def render(self, text: str) -> Body:
        """One page's text. Errors: RecursionError where it is nested too deep."""
        self._markdown.options["linkify"] = bool(_BARE_ADDRESS.search(text))
        environment: dict[str, object] = {}
        tokens = self._markdown.parse(text, environment)
        if any(token.level >= DEEPEST - 1 for token in tokens):
            raise RecursionError
        html = self._markdown.renderer.render(tokens, self._markdown.options, environment)
        return Body(str(html), _summary(tokens))


def shorten(text: str) -> str:
    """The beginning of a text, cut at a word; in a script without spaces between two letters."""
    if len(text) <= SUMMARY_LENGTH:
        return text
    cut = max(text.rfind(end, SUMMARY_LENGTH // 2, SUMMARY_LENGTH) for end in _ENDS)
    if cut < 0:
        cut = SUMMARY_LENGTH
        while cut and unicodedata.category(text[cut])[0] in "MC":  # a mark belongs to the letter before it
            cut -= 1
    return text[:cut].rstrip(_ENDS + ",;:.") + "…"


def _summary(tokens: Sequence[Token]) -> str:
    """Of the first paragraph that has words."""
    for paragraph, inline in zip(tokens, tokens[1:]):
        if paragraph.type == "paragraph_open" and not paragraph.hidden:
            words = " ".join("".join(_plain(inline.children or ())).split())
            if words:
                return shorten(words)
    return ""


def _plain(tokens: Iterable[Token]) -> Iterator[str]:
    """What a reader reads of a line, without pictures."""
    for token in tokens:
        if token.type in ("text", "text_special", "code_inline"):
            yield token.content
        elif token.type in ("softbreak", "hardbreak") or (token.type == "html_inline" and "<br" in token.content):
            yield " "


def _identify_headings(state: StateCore) -> None:
    """An id for each heading: the one that is written behind it (`{#id .class}`), else what it says."""
    taken: dict[str, int] = {}
    for heading, inline in zip(state.tokens, state.tokens[1:]):
        if heading.type == "heading_open":
            _read_attributes(heading, inline.children or [])
            words = str(heading.attrs.get("id") or slugify("".join(_plain(inline.children or ())))) or "section"
            heading.attrs["id"] = _unlike(taken, words)


def _mark_pages(state: StateCore) -> None:
    """A link to the file of a page is one to the page."""
    for token in state.tokens:
        for part in token.children or ():
            if part.type == "link_open":
                part.attrs["href"] = marked(str(part.attrs.get("href", "")))


def _read_attributes(heading: Token, children: list[Token]) -> None:
    last = children[-1] if children else None
    found = _ATTRIBUTES.search(last.content) if last and last.type == "text" else None
    if last and found:
        last.content = last.content[: found.start()]
        for word in found[1].split():
            if word.startswith("#"):
                heading.attrs["id"] = word[1:]
            else:
                heading.attrJoin("class", word[1:])


def _unlike(taken: dict[str, int], words: str) -> str:
    """The words, with the first number behind them that makes them unlike all that are taken."""
    name = words
    while name in taken:
        taken[words] += 1
        name = f"{words}-{taken[words]}"
    taken[name] = 0
    return name
