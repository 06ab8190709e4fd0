"""Filling a release: each file rendered from its template or copied."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from podpipe.web.beneath import open_file
from podpipe.web.cache import Cache
from podpipe.web.links import resolved
from podpipe.web.plan import Copy, Item, Output
from podpipe.web.problems import ContentError, Problem
from podpipe.web.release import Release
from podpipe.web.scan import Source
from podpipe.web.settings import Site

if TYPE_CHECKING:
    from podpipe.web.theme import Theme

THEME_STATIC = Path(__file__).parent / "theme" / "static"
THEME_TEMPLATES = {file.name for file in (Path(__file__).parent / "theme" / "templates").iterdir()}


class Maker:
    """Makes the outputs and copies of one build."""

    def __init__(self, content: Path, templates: Iterable[Source], site: Site, cache: Cache) -> None:
        self._content = content
        self._templates = templates
        self._site = site
        self._cache = cache
        self._theme: Theme | None = None

    def make(self, item: Item, release: Release) -> None:
        """Put one file into the release. Errors: ContentError, DiskFull."""
        if isinstance(item, Copy):
            self._copy(item, release)
        else:
            release.write(item.path, self._render(item))

    def _copy(self, item: Copy, release: Release) -> None:
        folder, path = (self._content, item.file.file) if item.file else (THEME_STATIC, item.path)
        try:
            with open_file(folder, path) as file:
                release.copy(item.path, file)
        except OSError as error:
            raise ContentError(Problem(item.source, 0, f"cannot be copied: {error.strerror}")) from None

    def _render(self, output: Output) -> str:
        """The template sees the text of the output's own pages only: of nothing else would a change be noticed."""
        from markupsafe import Markup

        bodies = {source: resolved(self._cache.html(source), links) for source, links in output.links.items()}
        texts = {source: Markup(text) for source, text in bodies.items()}  # noqa: S704 (the writer's own HTML)
        context = {**output.context, "texts": texts}
        return self.open_theme().render(output.template, context, output.source)

    def open_theme(self) -> Theme:
        """The site's templates."""
        if self._theme is None:
            from podpipe.web.theme import Theme

            self._theme = Theme(self._content, self._templates, self._cache, self._site)
        return self._theme
