"""A page: what its front matter and its place say about it."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import PurePosixPath

from podpipe.files import checksum
from podpipe.web.fields import Fields

PAGE, SECTION, HOME = "page", "section", "home"
INDEX_FILES = ("_index.md", "index.md")
MAX_PART, MAX_URL = 255, 2000  # bytes of a file's name, and of an address that every browser takes


@dataclass(frozen=True)
class Page:
    """`folder` is the section it stands in ("" at the top); `summary` is plain text.

    `key` is the checksum of all that a list may show of the page, `body` that of its Markdown.
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
    tags: tuple[str, ...] = ()
    draft: bool = False
    layout: str = ""
    weight: int = 0
    params: Mapping[str, object] = field(default_factory=dict)
    body: str = ""


def describe_page(path: str, fields: Fields, summary: str) -> str:
    """A page's row in the cache: JSON of everything but its body. Errors: ContentError, with lines."""
    kind, folder, name = _place(path)
    url = _url(kind, folder, fields.text("slug", name))
    tags = fields.texts("tags")
    layout = fields.text("layout")
    row = {
        "source": path,
        "kind": kind,
        "url": url,
        "folder": folder,
        "title": fields.text("title", title_of(name)),
        "summary": fields.text("summary") or fields.text("description") or summary,
        "date": _iso(fields.moment("date")),
        "updated": _iso(fields.moment("updated")),
        "tags": tags,
        "draft": fields.flag("draft"),
        "layout": layout,
        "weight": fields.number("weight"),
        "params": {**fields.mapping("params"), **fields.own()},
    }
    _check_names(fields, url, tags, layout)
    fields.check()
    return json.dumps(row, ensure_ascii=False, default=str)


def load_page(row: str, body: str) -> Page:
    """The Page that `describe_page` described; `body` is the checksum of its Markdown."""
    values = json.loads(row)
    for key in ("date", "updated"):
        values[key] = datetime.fromisoformat(values[key]) if values[key] else None
    values["tags"] = tuple(values["tags"])
    return Page(**values, key=checksum(row), body=body)


def slugify(text: str) -> str:
    """Text as a part of an address: letters and digits of any script, lower case, hyphens between."""
    return re.sub(r"[^\w.]+", "-", unicodedata.normalize("NFKC", text).casefold()).strip("-.")


def title_of(name: str) -> str:
    """A title for what has none but its file's or folder's name."""
    return name.replace("-", " ").replace("_", " ").capitalize()


def folder_url(folder: str) -> str:
    """The address of a section."""
    return "/" + "".join(f"{slugify(part)}/" for part in folder.split("/") if part)


def tag_url(tag: str) -> str:
    """The address of a tag's page."""
    return f"/tags/{slugify(tag)}/"


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


def _iso(moment: datetime | None) -> str:
    return moment.isoformat() if moment else ""


def _check_names(fields: Fields, url: str, tags: tuple[str, ...], layout: str) -> None:
    if "//" in url:
        fields.reject("slug", "its address would be empty: give it a `slug`, or its folder a name, with letters")
    _check_length(fields, "slug", url)
    for tag in tags:
        if not slugify(tag):
            fields.reject("tags", f"the tag {tag!r} has no letter or digit to make an address of")
        _check_length(fields, "tags", tag_url(tag))
    if not re.fullmatch(r"[a-z0-9-]*", layout):
        fields.reject("layout", f"`layout` names a template: letters, digits and hyphens, not {layout!r}")


def _check_length(fields: Fields, key: str, url: str) -> None:
    if max(len(part.encode()) for part in url.split("/")) > MAX_PART or len(url.encode()) > MAX_URL:
        fields.reject(key, f"its address would be too long, over {MAX_PART} bytes in a part or {MAX_URL} in all: {url}")
