"""The content folder as it lies there: which file plays which part."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from podpipe.web.beneath import open_folder
from podpipe.web.problems import ContentError, Problem
from podpipe.web.settings import SETTINGS_FILE

STATIC, TEMPLATES = "static/", "templates/"
DEEPEST = 100  # folders: what removes a tree, or makes it, calls itself for each
SETTLED = 2.0  # seconds after which a changed file's time stamp must have moved on


@dataclass(frozen=True)
class Source:
    """A file of the content; equal `stamp`s mean equal content, "" proves nothing.

    `path` is relative, and so is `file`, where it lies: not the same where `path` is a link.
    """

    path: str
    file: str
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
    problems: tuple[Problem, ...] = ()

    @property
    def paths(self) -> set[str]:
        """Every file that has a part."""
        return {source.path for part in (self.pages, self.static, self.bundled, self.templates) for source in part}


def scan(content: Path) -> Tree:
    """Sort the folder's files into pages, files to copy and the rest.

    Dot files and editors' leftovers are passed over. Left out, and among the `problems`: every symlink that leads
    outside, to a dot file or to a folder, and everything that is no file or cannot be read. Errors: ContentError.
    """
    if not content.is_dir():
        raise ContentError(Problem(str(content), 0, "is not a folder: the site's content is looked for here"))
    problems: list[Problem] = []
    sources = sorted(_walk(content.resolve(), problems), key=lambda source: source.path)
    return _sort(sources, problems)


def _sort(sources: list[Source], problems: list[Problem]) -> Tree:
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
        problems=tuple(problems),
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


def _walk(root: Path, problems: list[Problem]) -> Iterator[Source]:
    folders = [""]
    while folders:
        folder = folders.pop()
        try:
            descriptor = open_folder(root, folder)
        except OSError as error:
            problems.append(Problem(folder or ".", 0, f"cannot be read: {error.strerror}"))
            continue
        try:
            yield from _look_into(root, folder, descriptor, folders, problems)
        finally:
            os.close(descriptor)


def _look_into(
    root: Path, folder: str, descriptor: int, folders: list[str], problems: list[Problem]
) -> Iterator[Source]:
    """A folder's files; the folders in it are added to `folders`."""
    with os.scandir(descriptor) as entries:
        for entry in entries:
            if _is_passed_over(entry.name):
                continue
            path = f"{folder}/{entry.name}" if folder else entry.name
            file, reason = _where(root, path, entry)
            if reason:
                problems.append(Problem(path, 0, reason))
            elif entry.is_dir(follow_symlinks=False):
                folders.append(path)
            else:
                with contextlib.suppress(FileNotFoundError):  # it went away: the next build knows
                    yield _source(path, file, entry.stat())


def _is_passed_over(name: str) -> bool:
    return name.startswith((".", "#")) or name.endswith("~")


def _where(root: Path, path: str, entry: os.DirEntry[str]) -> tuple[str, str]:
    """Where a file lies, or why it is refused."""
    if not entry.name.isprintable():
        return "", "has a name that no address can carry (a control character, or not UTF-8): rename it"
    if path.count("/") > DEEPEST:
        return "", f"lies more than {DEEPEST} folders deep"
    if entry.is_symlink():
        return _target(root, root / path)
    if not (entry.is_dir() or entry.is_file()):
        return "", "is neither a file nor a folder"
    return path, ""


def _target(root: Path, link: Path) -> tuple[str, str]:
    try:
        target = link.resolve(strict=True)
    except (OSError, RuntimeError):
        return "", "is a link that leads nowhere"
    if root not in target.parents:
        return "", "is a link that leads out of the content folder: put the file itself here"
    file = target.relative_to(root)
    if any(part.startswith(".") for part in file.parts):  # .git holds the address, maybe with a password
        return "", "is a link to what is hidden: put the file itself here"
    return str(file), "" if target.is_file() else "is a link to a folder: only links to files are followed"


def _source(path: str, file: str, status: os.stat_result) -> Source:
    """A file changed within the clock's coarseness could change again under the same stamp: it gets none."""
    settled = abs(time.time() - status.st_ctime) > SETTLED
    stamp = f"{status.st_ino}.{status.st_mtime_ns}.{status.st_ctime_ns}.{status.st_size}" if settled else ""
    return Source(path, file, stamp, status.st_size)
