"""Markdown to HTML.

Costs the import of Python-Markdown: import it where a page has to be rendered.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass

import markdown
from markdown.extensions.abbr import AbbrExtension
from markdown.extensions.attr_list import AttrListExtension
from markdown.extensions.def_list import DefListExtension
from markdown.extensions.fenced_code import FencedCodeExtension
from markdown.extensions.footnotes import FootnoteExtension
from markdown.extensions.md_in_html import MarkdownInHtmlExtension
from markdown.extensions.tables import TableExtension
from markdown.extensions.toc import TocExtension

SUMMARY_LENGTH = 200  # characters

# What "extra" stands for, and anchors. Given by name, each would cost a search of every installed distribution.
_EXTENSIONS = (
    AbbrExtension,
    AttrListExtension,
    DefListExtension,
    FencedCodeExtension,
    FootnoteExtension,
    MarkdownInHtmlExtension,
    TableExtension,
    TocExtension,
)
_PARAGRAPH = re.compile(r"<p>(.*?)</p>", re.DOTALL)
_FOOTNOTE = re.compile(r"<sup[ >].*?</sup>", re.DOTALL)
_TAG = re.compile(r"<[^>]*>")


@dataclass(frozen=True)
class Body:
    """`summary` is the first paragraph's plain text, cut at a word."""

    html: str
    summary: str


class Renderer:
    """Python-Markdown with tables, fenced code, footnotes, definition lists and anchors on headings."""

    def __init__(self) -> None:
        self._markdown = markdown.Markdown(extensions=[extension() for extension in _EXTENSIONS], output_format="html")

    def render(self, text: str) -> Body:
        """One page's text. Errors: RecursionError where it is nested too deep."""
        self._markdown.reset()
        body = self._markdown.convert(text)
        return Body(body, _summary(body))


def _summary(body: str) -> str:
    first = _PARAGRAPH.search(body)
    if not first:
        return ""
    text = " ".join(html.unescape(_TAG.sub("", _FOOTNOTE.sub("", first.group(1)))).split())
    if len(text) <= SUMMARY_LENGTH:
        return text
    return text[:SUMMARY_LENGTH].rpartition(" ")[0].rstrip(",;:. ") + "…"
