"""The content folder as it lies there: which file plays which part."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from podpipe.web.problems import ContentError, Problem
from podpipe.web.settings import SETTINGS_FILE

STATIC, TEMPLATES = "static/", "templates/"
SETTLED = 2.0  # seconds after which a changed file's time stamp must have moved on


@dataclass(frozen=True)
class Source:
    """A file of the content. `path` is relative; equal `stamp`s mean equal content, "" proves nothing."""

    path: str
    stamp: str
    size: int


@dataclass(frozen=True)
class Tree:
    """Every file by its part: `bundled` files lie beside an index.md; `stray` ones are not published."""

    pages: tuple[Source, ...]
    static: tuple[Source, ...]
    bundled: tuple[Source, ...]
    settings: tuple[Source, ...]
    templates: tuple[Source, ...]
    stray: tuple[str, ...]

    @property
    def paths(self) -> set[str]:
        """Every file that has a part."""
        return {source.path for part in (self.pages, self.static, self.bundled, self.templates) for source in part}


def scan(content: Path) -> Tree:
    """Sort the folder's files into pages, files to copy and the rest.

    Dot files and editors' leftovers are passed over. Errors: ContentError names every
    symlink that leads outside or to a folder, and everything that is no file.
    """
    if not content.is_dir():
        raise ContentError(Problem(str(content), 0, "is not a folder: the site's content is looked for here"))
    problems: list[Problem] = []
    sources = sorted(_walk(content.resolve(), "", problems), key=lambda source: source.path)
    if problems:
        raise ContentError(*problems)
    return _sort(sources)


def _sort(sources: list[Source]) -> Tree:
    pages = tuple(source for source in sources if _is_page(source.path))
    bundles = {folder_of(page.path) for page in pages if page.path.endswith("/index.md")}
    parts: dict[str, list[Source]] = {"static": [], "bundled": [], "settings": [], "templates": [], "stray": []}
    for source in sources:
        if not _is_page(source.path):
            parts[_part(source.path, bundles)].append(source)
    return Tree(
        pages=pages,
        static=tuple(parts["static"]),
        bundled=tuple(parts["bundled"]),
        settings=tuple(parts["settings"]),
        templates=tuple(parts["templates"]),
        stray=tuple(source.path for source in parts["stray"]),
    )


def _part(path: str, bundles: set[str]) -> str:
    if path.startswith(STATIC):
        return "static"
    if path.startswith(TEMPLATES):
        return "templates"
    if path == SETTINGS_FILE:
        return "settings"
    return "bundled" if folder_of(path) in bundles else "stray"


def folder_of(path: str) -> str:
    """The folder part of a relative path; "" for the top."""
    return path.rpartition("/")[0]


def _is_page(path: str) -> bool:
    return path.endswith(".md") and not path.startswith((STATIC, TEMPLATES))


def _walk(root: Path, folder: str, problems: list[Problem]) -> Iterator[Source]:
    with os.scandir(root / folder) as entries:
        for entry in entries:
            if entry.name.startswith((".", "#")) or entry.name.endswith("~"):
                continue
            path = f"{folder}/{entry.name}" if folder else entry.name
            reason = _refusal(root, entry)
            if reason:
                problems.append(Problem(path, 0, reason))
            elif entry.is_dir():
                yield from _walk(root, path, problems)
            else:
                yield _source(path, entry.stat())


def _refusal(root: Path, entry: os.DirEntry[str]) -> str:
    if not entry.name.isprintable():
        return "has a name that no address can carry (a control character, or not UTF-8): rename it"
    if entry.is_symlink():
        return _link_refusal(root, Path(entry.path))
    if not (entry.is_dir() or entry.is_file()):
        return "is neither a file nor a folder"
    return ""


def _link_refusal(root: Path, link: Path) -> str:
    try:
        target = link.resolve(strict=True)
    except (OSError, RuntimeError):
        return "is a link that leads nowhere"
    if root not in target.parents:
        return "is a link that leads out of the content folder: put the file itself here"
    return "" if target.is_file() else "is a link to a folder: only links to files are followed"


def _source(path: str, status: os.stat_result) -> Source:
    """A file changed within the clock's coarseness could change again under the same stamp: it gets none."""
    settled = abs(time.time() - status.st_ctime) > SETTLED
    stamp = f"{status.st_ino}.{status.st_mtime_ns}.{status.st_ctime_ns}.{status.st_size}" if settled else ""
    return Source(path, stamp, status.st_size)
