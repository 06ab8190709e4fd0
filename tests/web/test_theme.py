"""What the theme makes is valid HTML5, Atom and sitemap, whatever a writer's titles are like."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree

import html5lib
import pytest

from podpipe.web.build import build

from .conftest import NOW, Desk

ATOM = "{http://www.w3.org/2005/Atom}"
SITEMAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
RICH = """An *opening* with a footnote[^1] & an <abbr>HTML</abbr> tag.

| a | b |
|---|--:|
| 1 | 2 |

Term
:   Meaning

> quoted

```python
if a < b and c > d: ...
```

![A wave](wave.svg)

[^1]: Said below.
"""


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A site with every kind of page, and more posts than a home page shows."""
    folder = tmp_path_factory.mktemp("rich")
    desk = Desk(folder / "content", folder / "site")
    desk.write(
        "site.yaml", "title: Sea & <Hill>\nurl: https://example.org\ndescription: \"'Quoted' & more\"\nlanguage: de\n"
    )
    desk.post("_index.md", RICH)
    desk.post("about.md", RICH, title="About & <so> on", weight="2")
    desk.post("posts/deep/_index.md", "Deep.", title="Deep")
    for number in range(12):
        desk.post(
            f"posts/p{number}.md", RICH, title=f"'Post <{number}>'", date=f"2026-01-{number + 1:02}", tags="[a & b, é]"
        )
    desk.post("posts/deep/ünder.md", RICH, title="Ünder", date="2026-03-01", updated="2026-04-01T10:00+02:00")
    build(desk.content, desk.output, now=NOW)
    return desk.output / "current"


def test_every_page_is_valid_html(live: Path) -> None:
    pages = sorted(live.rglob("*.html"))
    assert len(pages) == 21
    for page in pages:
        html5lib.HTMLParser(strict=True).parse(page.read_text())


def test_every_page_is_accessible_and_without_script(live: Path) -> None:
    for page in live.rglob("*.html"):
        text = page.read_text()
        assert '<html lang="de">' in text
        assert len(re.findall(r"<h1>", text)) == 1
        assert '<a class="skip" href="#main">' in text
        assert '<main id="main">' in text
        assert "<title>" in text
        assert "<script" not in text


def test_every_internal_link_leads_somewhere(live: Path) -> None:
    for page in live.rglob("*.html"):
        for address in re.findall(r'(?:href|src)="(/[^"#]*)"', page.read_text()):
            target = live / address.lstrip("/")
            assert (target / "index.html" if address.endswith("/") else target).is_file(), (page, address)


def test_the_feed_is_atom_with_the_newest_posts(live: Path) -> None:
    feed = ElementTree.parse(live / "feed.xml").getroot()
    entries = feed.findall(f"{ATOM}entry")
    assert feed.findtext(f"{ATOM}title") == "Sea & <Hill>"
    assert feed.findtext(f"{ATOM}updated") == "2026-04-01T08:00:00Z"
    assert feed.findtext(f"{ATOM}author/{ATOM}name")
    assert len(entries) == 13
    first = entries[0]
    assert first.findtext(f"{ATOM}id") == "https://example.org/posts/deep/%C3%BCnder/"
    assert first.findtext(f"{ATOM}published") == "2026-03-01T00:00:00Z"
    assert "<em>opening</em>" in (first.findtext(f"{ATOM}content") or "")
    assert entries[1].findtext(f"{ATOM}title") == "Post <11>"
    ids = [entry.findtext(f"{ATOM}id") for entry in entries]
    assert len(set(ids)) == len(ids)


def test_the_sitemap_names_every_page(live: Path) -> None:
    root = ElementTree.parse(live / "sitemap.xml").getroot()
    addresses = [element.text or "" for element in root.iter(f"{SITEMAP}loc")]
    assert len(addresses) == len(set(addresses)) == 19
    assert "https://example.org/tags/%C3%A9/" in addresses
    assert "https://example.org/" in addresses


def test_a_full_home_page_says_where_the_rest_is(live: Path) -> None:
    home = (live / "index.html").read_text()
    assert home.count("<time") == 10
    assert '<a href="/posts/">Posts</a>' in home
    assert '<meta name="description" content="&#39;Quoted&#39; &amp; more">' in home


def test_the_style_sheet_is_small_and_knows_the_dark(live: Path) -> None:
    style = (live / "style.css").read_text()
    assert "prefers-color-scheme: dark" in style
    assert len(style) < 6000
    assert "http" not in style
