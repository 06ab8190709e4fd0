"""The site's own settings: site.yaml in the content folder."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timezone, tzinfo
from typing import NamedTuple

from podpipe.web.fields import Fields
from podpipe.web.problems import ContentError, Problem

SETTINGS_FILE = "site.yaml"
MAX_SETTINGS = 64 * 1024  # bytes


class Link(NamedTuple):
    """An entry of the menu."""

    title: str
    url: str


@dataclass(frozen=True)
class Site:
    """`url` has no slash at its end; `date_format` is strftime's; an empty `menu` is made from the pages.

    `timezone` is one like Europe/Berlin, in which a day begins and ends where no zone is written.
    `strict`: with any mistake nothing goes live.
    """

    title: str = "A site"
    url: str = "http://localhost:8080"
    description: str = ""
    author: str = ""
    language: str = "en"
    date_format: str = "%-d %B %Y"
    menu: tuple[Link, ...] = ()
    params: Mapping[str, object] = field(default_factory=dict)
    timezone: str = "UTC"
    strict: bool = field(default=False, repr=False)  # no file depends on it

    @property
    def zone(self) -> tzinfo:
        """Where a date without a zone is meant. Errors: ValueError or OSError where no such zone is known."""
        from zoneinfo import ZoneInfo

        return timezone.utc if self.timezone == "UTC" else ZoneInfo(self.timezone)


def parse_settings(data: bytes) -> Site:
    """site.yaml's text as a Site. Errors: ContentError with every mistake."""
    from podpipe.web.yamltext import parse_yaml

    if len(data) > MAX_SETTINGS:
        raise ContentError(Problem(SETTINGS_FILE, 0, f"is larger than {MAX_SETTINGS // 1024} KiB"))
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ContentError(Problem(SETTINGS_FILE, line, "is not UTF-8: save it as UTF-8")) from None
    return _read_site(Fields(SETTINGS_FILE, parse_yaml(SETTINGS_FILE, text), text))


def _read_site(fields: Fields) -> Site:
    site = Site(
        title=fields.text("title", Site.title),
        url=fields.text("url", Site.url).rstrip("/"),
        description=fields.text("description"),
        author=fields.text("author"),
        language=fields.text("language", Site.language),
        date_format=fields.text("date_format", Site.date_format),
        menu=tuple(_read_link(fields, entry) for entry in fields.mappings("menu")),
        params=fields.mapping("params"),
        timezone=fields.text("timezone", Site.timezone),
        strict=fields.flag("strict"),
    )
    try:
        _ = site.zone
    except (KeyError, ValueError, OSError):
        fields.reject("timezone", f"no time zone is called {site.timezone!r}: `timezone` is one like Europe/Berlin")
    if not re.fullmatch(r"https?://[^/?#\s]+", site.url):
        fields.reject("url", f"`url` is http:// or https:// and a host (a site has a host to itself), not {site.url!r}")
    fields.refuse_own("what is your own goes under `params`")
    fields.check()
    return site


def _read_link(fields: Fields, entry: Mapping[str, object]) -> Link:
    if set(entry) != {"title", "url"} or not all(isinstance(value, str) for value in entry.values()):
        fields.reject("menu", "an entry of `menu` is {title: TEXT, url: ADDRESS}")
    return Link(str(entry.get("title", "")), str(entry.get("url", "")))
