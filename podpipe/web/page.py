"""A page: what its front matter and its place say about it."""

from __future__ import annotations

import contextlib
import json
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone, tzinfo
from pathlib import PurePosixPath
from urllib.parse import quote, unquote, urljoin

from podpipe.files import checksum
from podpipe.web.fields import Fields
from podpipe.web.problems import Problem

PAGE, SECTION, HOME = "page", "section", "home"
_DATED = re.compile(r"(\d{4}-\d\d-\d\d)[-_]+(.+)", re.DOTALL)  # a file's name as Jekyll has it
_SPELLED = {"+": "plus", "#": "sharp", "*": "star", "&": "and", "@": "at", "%": "percent"}
INDEX_FILES = ("_index.md", "index.md")
MAX_PART, MAX_URL = 255, 2000  # bytes of a file's name, and of an address that every browser takes


@dataclass(frozen=True)
class Page:
    """`folder` is the section it stands in ("" at the top); `summary` is plain text.

    It is to be seen from `publish` (else `date`) until `expires`; `aliases` are paths in the site that lead to it.
    Its text calls `shortcodes` and leads to pages, by their files as it names them: `links`.
    `key` is the checksum of all that a list may show of the page, `body` that of its text as HTML.
    """

    source: str
    kind: str
    url: str
    folder: str
    title: str
    key: str
    summary: str = ""
    date: datetime | None = None
    updated: datetime | None = None
    publish: datetime | None = None
    expires: datetime | None = None
    tags: tuple[str, ...] = ()
    draft: bool = False
    layout: str = ""
    weight: int = 0
    params: Mapping[str, object] = field(default_factory=dict)
    aliases: tuple[str, ...] = ()
    shortcodes: tuple[str, ...] = ()
    links: tuple[str, ...] = ()
    warnings: tuple[Problem, ...] = ()
    body: str = ""

    @property
    def appears(self) -> datetime | None:
        """When it is to be seen first."""
        return self.publish or self.date


@dataclass(frozen=True)
class Text:
    """A page's text as HTML, and what there is to know of it."""

    html: str
    summary: str
    shortcodes: frozenset[str] = frozenset()
    links: frozenset[str] = frozenset()
    warnings: tuple[Problem, ...] = ()


def describe_page(path: str, fields: Fields, text: Text) -> str:
    """A page's row in the cache: JSON of everything but its body. Errors: ContentError, with lines."""
    kind, folder, name = _place(path)
    url = _url(kind, folder, fields.text("slug", name))
    tags = fields.texts("tags")
    aliases = fields.texts("aliases")
    day, rest = _day_of(name)
    row = {
        "source": path,
        "kind": kind,
        "url": url,
        "folder": folder,
        "title": fields.text("title", title_of(rest)),
        "summary": fields.text("summary") or fields.text("description") or text.summary,
        "date": _iso(fields.moment("date")) or day,
        "updated": _iso(fields.moment(fields.first("updated", "lastmod", "modified"))),
        "publish": _iso(fields.moment("publishDate")),
        "expires": _iso(fields.moment("expiryDate")),
        "tags": tags,
        "aliases": [_alias(fields, url, alias) for alias in aliases],
        "draft": fields.flag("draft") or not fields.flag("published", default=True),
        "layout": fields.text("layout"),
        "weight": fields.number("weight"),
        "shortcodes": sorted(text.shortcodes),
        "links": sorted(text.links),
        "params": {**fields.mapping("params"), **fields.own()},
    }
    _check_names(fields, url, tags)
    fields.check()
    warnings = [warning.as_json() for warning in (*fields.warnings, *text.warnings)]
    return json.dumps({**row, "warnings": warnings}, ensure_ascii=False, default=str)


def load_page(row: str, body: str, zone: tzinfo) -> Page:
    """The Page that `describe_page` described; `body` is the checksum of its HTML, `zone` the writer's."""
    values = json.loads(row)
    for key in ("date", "updated", "publish", "expires"):
        values[key] = _moment(values[key], zone) if values[key] else None
    values.update((key, tuple(values[key])) for key in ("tags", "aliases", "shortcodes", "links"))
    values["warnings"] = tuple(map(Problem.of_json, values["warnings"]))
    return Page(**values, key=checksum(row), body=body)


def slugify(text: str) -> str:
    """Text as a part of an address: letters and digits of any script, lower case, hyphens between."""
    slug = ""
    for character in unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold()):
        kind = unicodedata.category(character)
        if character in "._" or kind[0] in "LN" or (kind[0] == "M" and slug[-1:] not in ("", "-")):  # a vowel in Hindi
            slug += character
        elif kind != "Cf" and not slug.endswith("-"):  # what only joins or parts letters is not to be seen
            slug += "-"
    return slug.strip("-.")


def title_of(name: str) -> str:
    """A title for what has none but its file's or folder's name."""
    return name.replace("-", " ").replace("_", " ").capitalize()


def folder_url(folder: str) -> str:
    """The address of a section."""
    return "/" + "".join(f"{slugify(part)}/" for part in folder.split("/") if part)


def tag_url(tag: str) -> str:
    """The address of a tag's page, in which what sets `C++` and `C#` apart from `C` is spelled out."""
    spelled = "".join(f" {_SPELLED[each]} " if each in _SPELLED else each for each in tag.lstrip("#"))
    return f"/tags/{slugify(spelled)}/"


def is_same_tag(one: str, other: str) -> bool:
    """Whether two spellings differ in no more than case and what stands between the words."""
    return _words(one) == _words(other)


def _words(tag: str) -> list[str]:
    return re.split(r"[\s_-]+", unicodedata.normalize("NFKC", tag.lstrip("#")).casefold())


def _place(path: str) -> tuple[str, str, str]:
    """Kind, folder and name. `posts/x.md` and `posts/x/index.md` are the same page of `posts`."""
    place = PurePosixPath(path)
    folder = "" if place.parent.name == "" else str(place.parent)
    if place.name not in INDEX_FILES:
        return PAGE, folder, place.stem
    if not folder:
        return HOME, "", "home"
    if place.name == "_index.md":
        return SECTION, folder, place.parent.name
    return PAGE, folder.rpartition("/")[0], place.parent.name


def _url(kind: str, folder: str, slug: str) -> str:
    base = folder_url(folder)
    return f"{base}{slugify(slug)}/" if kind == PAGE else base


def _day_of(name: str) -> tuple[str, str]:
    """The date that a file's name begins with, and the rest of it; "" and the name where it begins with none."""
    found = _DATED.fullmatch(name)
    with contextlib.suppress(ValueError):
        return (datetime.fromisoformat(found[1]).isoformat(), found[2]) if found else ("", name)
    return "", name


def _alias(fields: Fields, url: str, alias: str) -> str:
    """The path of the file that leads from an old address, which may be relative to the page's section, to the page."""
    parts = [part for part in urljoin(url, quote(alias, safe="/%")).split("/") if part]
    path = "/".join(unquote(part) for part in parts)
    if not path or ".." in parts or not path.isprintable() or "://" in alias or alias.startswith("//"):
        fields.reject("aliases", f"`{alias}` is no path of an address in this site")
    return path if path.endswith((".html", ".htm")) else f"{path}/index.html"


def _moment(text: str, zone: tzinfo) -> datetime:
    """In the zone that was written, else the writer's, but where the calendar ends before that is UTC."""
    moment = datetime.fromisoformat(text)
    with contextlib.suppress(OverflowError):
        moment = moment if moment.tzinfo else moment.replace(tzinfo=zone)
        moment.astimezone(timezone.utc)
        return moment
    return moment.replace(tzinfo=timezone.utc)


def _iso(moment: datetime | None) -> str:
    return moment.isoformat() if moment else ""


def _check_names(fields: Fields, url: str, tags: tuple[str, ...]) -> None:
    if "//" in url:
        fields.reject("slug", "its address would be empty: give it a `slug`, or its folder a name, with letters")
    _check_length(fields, "slug", url)
    for tag in tags:
        if tag_url(tag) == "/tags//":
            fields.reject("tags", f"the tag {tag!r} has no letter or digit to make an address of")
        _check_length(fields, "tags", tag_url(tag))


def _check_length(fields: Fields, key: str, url: str) -> None:
    if max(len(part.encode()) for part in url.split("/")) > MAX_PART or len(url.encode()) > MAX_URL:
        fields.reject(key, f"its address would be too long, over {MAX_PART} bytes in a part or {MAX_URL} in all: {url}")
