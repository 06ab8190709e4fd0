"""A page's two halves: the fields on top, between `---` (YAML) or `+++` (TOML), and the text below."""

from __future__ import annotations

import re
from dataclasses import dataclass

from podpipe.web.fields import Fields, lines_not_xml
from podpipe.web.problems import ContentError, Problem

MAX_FRONT_MATTER = 64 * 1024  # characters


@dataclass(frozen=True)
class Document:
    """`text` is the Markdown."""

    fields: Fields
    text: str


def parse_document(file: str, data: bytes) -> Document:
    """A page's file as fields and text. Errors: ContentError, with the line."""
    text = _decode(file, data)
    fence = text[:3]
    if fence not in ("---", "+++") or text[3:].split("\n", 1)[0].strip():
        return Document(Fields(file, {}, ""), text)
    closing = re.compile(rf"^{re.escape(fence)}[ \t]*$\n?", re.MULTILINE).search(text, 4)
    if not closing:
        raise ContentError(Problem(file, 1, f"the front matter that {fence} opens is never closed with {fence}"))
    front = text[text.index("\n") + 1 : closing.start()]
    if len(front) > MAX_FRONT_MATTER:
        raise ContentError(Problem(file, 1, f"the front matter is longer than {MAX_FRONT_MATTER // 1024} KiB"))
    values = _parse_yaml(file, front) if fence == "---" else _parse_toml(file, front)
    return Document(Fields(file, values, front, first_line=2), text[closing.end() :])


def _decode(file: str, data: bytes) -> str:
    try:
        text = data.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ContentError(Problem(file, line, "is not UTF-8: save it as UTF-8")) from None
    for line in lines_not_xml(text):
        raise ContentError(Problem(file, line + 1, "holds a control character that no page can carry"))
    return text


def _parse_yaml(file: str, text: str) -> dict[str, object]:
    from podpipe.web.yamltext import parse_yaml

    return parse_yaml(file, text, first_line=2)


def _parse_toml(file: str, text: str) -> dict[str, object]:
    import sys

    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"\(at line (\d+),", str(error))
        line = int(found.group(1)) + 1 if found else 1
        raise ContentError(Problem(file, line, f"TOML: {str(error).split(' (at ')[0]}")) from None
    except ValueError:  # Python's own limit on a number's digits
        raise ContentError(Problem(file, 1, "TOML: holds a number that is too long: put it in quotes")) from None
    except RecursionError:
        raise ContentError(Problem(file, 1, "TOML: nested too deep")) from None
