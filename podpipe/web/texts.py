"""A page's text on its way to HTML: its shortcodes, then its Markdown."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from podpipe.web.frontmatter import Document
from podpipe.web.links import mark, marked_in
from podpipe.web.page import Text
from podpipe.web.problems import Problem
from podpipe.web.shortcodes import IN_TEXT, Call, expand

if TYPE_CHECKING:
    from podpipe.web.markup import Renderer
    from podpipe.web.theme import Theme


class Texts:
    """Converts texts. `open_theme` is asked where one has shortcodes; `key` stands for all that these depend on."""

    def __init__(self, open_theme: Callable[[], Theme], key: str) -> None:
        self.key = key
        self._open_theme = open_theme
        self._renderer: Renderer | None = None

    def convert(self, path: str, document: Document) -> Text:
        """The text of the page in the file `path`. Errors: ContentError; RecursionError where it is nested too deep."""
        warnings = []

        def answer(call: Call) -> str | None:
            if call.name in IN_TEXT:
                return mark(call.params.get("path") or "".join(call.args[:1]))
            made = self._open_theme().shortcode(call, path)
            if made is None:
                what = f"no shortcode is called `{call.name}`: make it, templates/shortcodes/{call.name}.html"
                warnings.append(Problem(path, document.first_line + call.line - 1, what))
            return made

        expanded = expand(document.text, answer)
        body = self._markdown().render(expanded.text)
        html = expanded.fill(body.html)
        used = frozenset(expanded.used.difference(IN_TEXT))
        return Text(html, expanded.clear(body.summary), used, marked_in(html), tuple(warnings))

    def _markdown(self) -> Renderer:
        if self._renderer is None:
            from podpipe.web.markup import Renderer

            self._renderer = Renderer()
        return self._renderer
