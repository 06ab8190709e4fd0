"""`.containerignore`: which files a build context leaves out, by Docker's rules.

buildah knows the file only since 1.23, so podpipe decides for every version. The rules are those of
https://docs.docker.com/build/concepts/context/#dockerignore-files: Go's filepath.Match, `**` for any
number of folders, `!` takes back, the last line that matches decides, a folder stands for all in it.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from podpipe.errors import UsageError

IGNORE_FILES = (".containerignore", ".dockerignore")  # the first that is there counts
MOST_DEEP = 3  # `**` in a pattern: each may stand for any number of folders, and so multiplies what is to be tried
PIECE = re.compile(r"\*\*/?|\*|\?|\[\^?(?:\\.|[^\\\]])+\]|\\.|[^\[\\]")


@dataclass(frozen=True)
class Pattern:
    """One line: what it matches, and whether it takes back (`!`) instead of leaving out."""

    matches: re.Pattern[str]
    takes_back: bool


@dataclass(frozen=True)
class Ignore:
    """All lines of a file, in order."""

    patterns: tuple[Pattern, ...] = ()

    def leaves_out(self, path: str) -> bool:
        """Whether the context lacks `path`, relative to it and with slashes."""
        parts = path.split("/")
        ways = ["/".join(parts[:count]) for count in range(1, len(parts) + 1)]
        left_out = False
        for pattern in self.patterns:
            if any(pattern.matches.fullmatch(way) for way in ways):
                left_out = not pattern.takes_back
        return left_out

    @property
    def takes_back(self) -> bool:
        """Whether a folder that is left out may hold files that are not."""
        return any(pattern.takes_back for pattern in self.patterns)


def load_ignore(context: Path) -> Ignore:
    """The rules of a context folder; none: nothing is left out. Errors: UsageError for a malformed line."""
    for name in IGNORE_FILES:
        file = context / name
        if file.is_file():
            return parse_ignore(file.read_text(encoding="utf-8-sig").splitlines(), str(file))
    return Ignore()


def parse_ignore(lines: Iterable[str], file: str = IGNORE_FILES[0]) -> Ignore:
    """Rules from lines. Errors: UsageError naming `file` and the line."""
    numbered = ((number, line.strip()) for number, line in enumerate(lines, 1) if not line.startswith("#"))
    return Ignore(tuple(_pattern(line, f"{file}:{number}") for number, line in numbered if line))


def _pattern(line: str, place: str) -> Pattern:
    takes_back = line.startswith("!")
    glob = line[1:].strip() if takes_back else line
    if not glob:
        raise UsageError(f"{place}: `!` takes back nothing", hint="write a pattern after it, or remove the line")
    return Pattern(_expression(posixpath.normpath(glob).lstrip("/") or ".", place), takes_back)


def _expression(glob: str, place: str) -> re.Pattern[str]:
    """A glob as a regular expression for a whole path."""
    pieces: list[str] = []
    end = 0
    while piece := PIECE.match(glob, end):
        end = piece.end()
        if pieces[-1:] != ["**/"] or piece.group() != "**/":  # a second one says nothing more
            pieces.append(piece.group())
    deep = [at for at, piece in enumerate(pieces) if piece.startswith("**")]
    if len(deep) > MOST_DEEP:
        raise UsageError(f"{place}: more than {MOST_DEEP} `**` in {glob[:80]}", hint="write it as several lines")
    if pieces.count("*") + len(deep) > 1 and any(at and pieces[at - 1] not in ("/", "**/") for at in deep):
        raise UsageError(f"{place}: `**` within a name in {glob[:80]}", hint="write whole folders: a/**/b")
    try:
        if end == len(glob):
            return re.compile("".join(_translate_all(pieces)), re.DOTALL)
    except re.error:  # a range that runs backwards
        pass
    raise UsageError(f"{place}: bad pattern {glob}", hint="a backslash before a bracket makes it mean itself")


def _translate_all(pieces: list[str]) -> Iterator[str]:
    """Where a name has several `*`, each but the last takes as little as it can, and never more: else a pattern of
    twenty could be matched in more ways than there is time to try."""
    at = 0
    while at < len(pieces):
        following = next((place for place, each in enumerate(pieces[at + 1 :], at + 1) if each[0] in "*/"), len(pieces))
        if pieces[at] == "*" == "".join(pieces[following : following + 1]):
            fixed = "".join(_translate(each, last=False) for each in pieces[at + 1 : following])
            yield f"(?=(?P<star{at}>[^/]*?{fixed}))(?P=star{at})"
            at = following
        else:
            yield _translate(pieces[at], last=at == len(pieces) - 1)
            at += 1


def _translate(piece: str, *, last: bool) -> str:
    if piece.startswith("**"):
        return ".*" if last else "(?:.*/)?"
    if piece == "*":
        return "[^/]*"
    if piece == "?":
        return "[^/]"
    if piece.startswith("["):
        return _translate_class(piece)
    return re.escape(piece[-1])


def _translate_class(piece: str) -> str:
    negated = piece.startswith("[^")
    members = re.findall(r"\\.|[^\\]", piece[2 if negated else 1 : -1])
    inside = "".join(member if member == "-" else re.escape(member[-1]) for member in members)
    return f"(?!/)[{'^' if negated else ''}{inside}]"
