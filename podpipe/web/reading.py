"""Reading the content with the cache's help: only a file whose stamp changed is opened."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Iterable, Iterator
from datetime import tzinfo
from pathlib import Path
from typing import TYPE_CHECKING

from podpipe.errors import PodpipeError
from podpipe.files import checksum
from podpipe.web.beneath import open_file
from podpipe.web.cache import Cache, Known
from podpipe.web.frontmatter import parse_document
from podpipe.web.limits import Overtime, cpu_limit
from podpipe.web.page import Page, describe_page, load_page
from podpipe.web.problems import ContentError, Problem
from podpipe.web.scan import Source
from podpipe.web.settings import Site, parse_settings

if TYPE_CHECKING:
    from podpipe.web.texts import Texts

MAX_TEXT = 8 * 1024 * 1024  # bytes of a page, a template, the settings
PAGE_TIME = 10.0  # seconds of computing for one page: no parser of Markdown is linear in every text
_CHUNK = 1024 * 1024


class Reader:
    """The content folder's files through the cache; `problems` are what was wrong with them so far."""

    def __init__(self, content: Path, cache: Cache) -> None:
        self._content = content
        self._cache = cache
        self.problems: list[Problem] = []

    def settings(self, sources: Iterable[Source]) -> Site:
        """site.yaml, the last one that was right, or the defaults where there is none. Errors: ContentError."""
        for source in sources:
            try:
                data = read_source(self._content, source)
                site = parse_settings(data)
            except ContentError as error:
                if not self._cache.settings:
                    raise
                self.problems += error.problems
                return parse_settings(self._cache.settings.encode())
            self._cache.settings = data.decode("utf-8-sig")
            return site
        return Site()

    def pages(self, sources: Iterable[Source], texts: Texts, zone: tzinfo) -> list[Page]:
        """Every page, drafts included; of one with a mistake its last version without. `zone` is the writer's."""
        pages: list[Page] = []
        for source in sources:
            try:
                known = self._known(source, texts)
                pages.append(load_page(known.row, known.body, zone))
            except ContentError as error:
                self.problems += error.problems
                pages += self._last_version(source, zone)
        return pages

    def digests(self, sources: Iterable[Source]) -> dict[str, str]:
        """The checksums of files that are no pages, by path; of one that cannot be read none."""
        found = {}
        for source in sources:
            try:
                found[source.path] = self._digest(source)
            except ContentError as error:
                self.problems += error.problems
        return found

    def _last_version(self, source: Source, zone: tzinfo) -> list[Page]:
        known = self._cache.sources.get(source.path)
        with contextlib.suppress(ValueError, TypeError, KeyError):  # another version's
            return [load_page(known.row, known.body, zone)] if known else []
        return []

    def _digest(self, source: Source) -> str:
        """The checksum of a file that is no page. Errors: ContentError if it cannot be read."""
        known = self._cache.sources.get(source.path)
        if known and known.stamp == source.stamp != "":
            return known.digest
        digest = hashlib.sha256()
        with _explain_unreadable(source), open_file(self._content, source.file) as file:
            while chunk := file.read(_CHUNK):
                digest.update(chunk)
        self._cache.remember(Known(source.path, source.stamp, digest.hexdigest()))
        return digest.hexdigest()

    def _known(self, source: Source, texts: Texts) -> Known:
        """A page as it is now. Its digest names, beside its file's, what its shortcodes were made of."""
        known = self._cache.sources.get(source.path)
        if known and known.stamp == source.stamp != "" and known.digest.partition(" ")[2] in ("", texts.key):
            return known
        data = read_source(self._content, source)
        digest = checksum(data)
        if known and known.digest in (digest, f"{digest} {texts.key}"):
            known = known._replace(stamp=source.stamp)
            self._cache.remember(known)
            return known
        with _explain_unconvertible(source):
            document = parse_document(source.path, data)
            text = texts.convert(source.path, document)
            row = describe_page(source.path, document.fields, text)
        known = Known(source.path, source.stamp, digest, row, checksum(text.html))
        if text.shortcodes:
            known = known._replace(digest=f"{digest} {texts.key}")
        self._cache.remember(known, text.html)
        return known


def read_source(content: Path, source: Source) -> bytes:
    """A file that is text. Errors: ContentError if it cannot be read or is larger than MAX_TEXT."""
    with _explain_unreadable(source), open_file(content, source.file) as file:
        data = file.read(MAX_TEXT + 1)
    if len(data) > MAX_TEXT:
        raise ContentError(Problem(source.path, 0, f"is larger than {MAX_TEXT // 1024**2} MiB"))
    return data


@contextlib.contextmanager
def _explain_unreadable(source: Source) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise ContentError(Problem(source.path, 0, f"cannot be read: {error.strerror}")) from None


@contextlib.contextmanager
def _explain_unconvertible(source: Source) -> Iterator[None]:
    """Whatever a page's text does to the code that reads it is the page's problem, not the build's end."""
    try:
        with cpu_limit(PAGE_TIME):
            yield
    except PodpipeError:
        raise
    except Overtime:
        raise ContentError(Problem(source.path, 0, f"took more than {PAGE_TIME:g} s to convert")) from None
    except RecursionError:
        raise ContentError(Problem(source.path, 0, "is nested too deep")) from None
    except MemoryError:
        raise ContentError(Problem(source.path, 0, "takes too much memory to convert")) from None
    except Exception as error:
        raise ContentError(Problem(source.path, 0, f"cannot be converted: {type(error).__name__}: {error}")) from None
