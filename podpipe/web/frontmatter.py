"""A page's two halves: the fields on top, between `---` (YAML) or `+++` (TOML), and the text below."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace

from podpipe.web.fields import Fields, lines_not_xml
from podpipe.web.problems import ContentError, Problem

MAX_FRONT_MATTER = 64 * 1024  # characters
DOUBTFUL_WITHIN = 4096  # characters from the top
_FENCE = re.compile(r"(?:---|\+\+\+)[ \t]*(?:\n|\Z)")
_CLOSING = {"---": r"^(?:---|\.\.\.)[ \t]*$\n?", "+++": r"^\+\+\+[ \t]*$\n?"}
_METADATA = re.compile(r"((?:[A-Za-z][\w -]{0,30}:(?:[ \t].*)?\n)+)(?:[ \t]*\n|---[ \t]*\n|\Z)")
_DOUBTFUL = re.compile(
    r"^(?:-{3,}|\+{3,})[ \t]*\n((?:[\"']?\w[\w -]{0,30}[\"']?[ \t]*[:=].*\n|[ \t]+.*\n|-[ \t].*\n)+)", re.MULTILINE
)
# Keys that keep a page from being published, and others that tell what the lines around them are.
_HIDING = {"draft", "status", "published", "publishdate", "expirydate"}
_TELLING = {"title", "date", "tags", "slug", "layout", "category", "modified", "lastmod", "summary", "aliases"}


@dataclass(frozen=True)
class Document:
    """`text` is the Markdown, which begins in line `first_line` of the file."""

    fields: Fields
    text: str
    first_line: int = 1


def parse_document(file: str, data: bytes) -> Document:
    """A page's file as fields and text.

    What looks like front matter and is none may be a draft: it is refused. Errors: ContentError, with the line.
    """
    text = _decode(file, data)
    document = _split(file, text)
    return replace(document, first_line=1 + text.count("\n") - document.text.count("\n"))


def _split(file: str, text: str) -> Document:
    begin = len(text) - len(text.lstrip())
    first_line, front = text.count("\n", 0, begin) + 1, text[begin:]
    if _FENCE.match(front):
        return _fenced(file, text, begin, first_line)
    if front.startswith("{") and front[1:].lstrip().startswith('"'):
        return _json(file, front, first_line)
    if metadata := _METADATA.match(front):
        lines = metadata[1].splitlines()
        keys = {line.partition(":")[0].casefold() for line in lines}
        if keys & _HIDING or (len(lines) > 1 and keys & _TELLING):
            return _metadata(file, lines, front[metadata.end() :], first_line)
    _refuse_doubtful(file, text)
    return Document(Fields(file, {}, ""), text)


def _fenced(file: str, text: str, begin: int, first_line: int) -> Document:
    """Between lines of `---` as YAML, which `...` may end too, or of `+++` as TOML."""
    fence = text[begin : begin + 3]
    closing = re.compile(_CLOSING[fence], re.MULTILINE).search(text, begin + 4)
    if not closing:
        what = f"the front matter that {fence} opens is never closed with {fence}"
        raise ContentError(Problem(file, first_line, what))
    front = text[text.index("\n", begin) + 1 : closing.start()]
    _check_size(file, first_line, front)
    parse = _parse_yaml if fence == "---" else _parse_toml
    fields = Fields(file, parse(file, front, first_line + 1), front, first_line=first_line + 1)
    return Document(fields, text[closing.end() :])


def _json(file: str, text: str, first_line: int) -> Document:
    """An object in front of the text, as Hugo has it."""
    _check_size(file, first_line, text[: text.find("\n}") + 1])
    try:
        values, end = json.JSONDecoder().raw_decode(text)
    except (ValueError, RecursionError) as error:
        line = first_line + getattr(error, "lineno", 1) - 1
        raise ContentError(Problem(file, line, f"looks like front matter in JSON: {error}")) from None
    return Document(Fields(file, values, text[:end], first_line), text[end:].lstrip("\n"))


def _metadata(file: str, lines: list[str], text: str, first_line: int) -> Document:
    """Lines of `Key: value` before the first empty one, as Pelican and MultiMarkdown have them."""
    values: dict[str, object] = {}
    for line in lines:
        key, _, value = line.partition(":")
        values[key.strip().casefold()] = value.strip() or None
    status = str(values.pop("status", "") or "").casefold()
    if status and status != "published":
        values["draft"] = True
    tags = str(values.get("tags") or "")
    values["tags"] = [tag.strip() for tag in tags.split(",") if tag.strip()]
    return Document(Fields(file, values, "\n".join(lines), first_line), text)


def _refuse_doubtful(file: str, text: str) -> None:
    """A block of `key: value` between rules near the top, with a key that a front matter has."""
    for found in _DOUBTFUL.finditer(text[:DOUBTFUL_WITHIN]):
        keys = {re.split("[:=]", line)[0].strip(" \"'").casefold() for line in found[1].splitlines()}
        if keys & (_HIDING | _TELLING):
            line = text.count("\n", 0, found.start()) + 1
            what = "looks like front matter, which has to come first in the file, between lines of exactly --- or +++"
            raise ContentError(Problem(file, line, what))


def _check_size(file: str, line: int, front: str) -> None:
    if len(front) > MAX_FRONT_MATTER:
        raise ContentError(Problem(file, line, f"the front matter is longer than {MAX_FRONT_MATTER // 1024} KiB"))


def _decode(file: str, data: bytes) -> str:
    try:
        text = data.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ContentError(Problem(file, line, "is not UTF-8: save it as UTF-8")) from None
    for line in lines_not_xml(text):
        raise ContentError(Problem(file, line + 1, "holds a control character that no page can carry"))
    return text


def _parse_yaml(file: str, text: str, first_line: int) -> dict[str, object]:
    from podpipe.web.yamltext import parse_yaml

    return parse_yaml(file, text, first_line)


def _parse_toml(file: str, text: str, first_line: int) -> dict[str, object]:
    import sys

    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"\(at line (\d+),", str(error))
        line = int(found.group(1)) + first_line - 1 if found else first_line
        raise ContentError(Problem(file, line, f"TOML: {str(error).split(' (at ')[0]}")) from None
    except ValueError:  # Python's own limit on a number's digits
        what = "TOML: holds a number that is too long: put it in quotes"
        raise ContentError(Problem(file, first_line, what)) from None
    except RecursionError:
        raise ContentError(Problem(file, first_line, "TOML: nested too deep")) from None
