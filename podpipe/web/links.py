"""Links from page to page by their files, as forges and editors follow them, and the addresses that they lead to."""

from __future__ import annotations

import html
import posixpath
import re
from collections.abc import Iterable, Mapping
from urllib.parse import quote, unquote

from podpipe.web.page import INDEX_FILES, Page

PAGE_SCHEME = "x-podpipe-page:"  # before the file of a page, as the text names it, where its address is to be
_MARKED = re.compile(rf"{PAGE_SCHEME}([^\"'\s<>)]*)")
_FILE = re.compile(r"(?!//|[A-Za-z][\w+.-]*:)[^?#]+\.md(?:#.*)?")


def marked(target: str) -> str:
    """A link's target, marked if it is the file of a page."""
    return f"{PAGE_SCHEME}{target}" if _FILE.fullmatch(target) else target


def mark(target: str) -> str:
    """What a text names a page by, marked."""
    return PAGE_SCHEME + quote(target, safe="/#")


def marked_in(text: str) -> frozenset[str]:
    """What a page's HTML names other pages by."""
    return frozenset(_named(found) for found in _MARKED.finditer(text))


def resolved(text: str, addresses: Mapping[str, str]) -> str:
    """A page's HTML with the addresses of the pages that it names; what has none stays as it was written."""
    return _MARKED.sub(lambda found: html.escape(addresses.get(_named(found)) or unquote(found[1])), text)


class Directory:
    """Where the pages are by what others name them: file, path without its ending, or name alone where there is one."""

    def __init__(self, pages: Iterable[Page]) -> None:
        self._urls = {page.source: page.url for page in pages}
        self._named: dict[str, list[str]] = {}
        for source, url in self._urls.items():
            folder, _, file = source.rpartition("/")
            for name in {file, file[: -len(".md")], *([posixpath.basename(folder)] if file in INDEX_FILES else ())}:
                self._named.setdefault(name, []).append(url)

    def address(self, target: str, source: str) -> str:
        """What a page's text means, which lies in the file `source`; "" if there is no such page to be seen."""
        path, hash_sign, fragment = target.partition("#")
        if not path:
            return target
        near = posixpath.normpath(posixpath.join(posixpath.dirname(source), path))
        for place in (near, posixpath.normpath(path.strip("/"))):
            for file in (place, f"{place}.md", *(f"{place}/{index}" for index in INDEX_FILES)):
                if file in self._urls:
                    return f"{quote(self._urls[file])}{hash_sign}{fragment}"
        named = self._named.get(path, ())
        return f"{quote(named[0])}{hash_sign}{fragment}" if len(named) == 1 else ""


def _named(found: re.Match[str]) -> str:
    return unquote(html.unescape(found[1]))
