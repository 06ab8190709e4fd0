"""Pages as they were written for other builders: what their keys and names say counts here too."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from tests.web.conftest import NOW, Desk


def test_a_date_in_the_files_name_makes_a_post(desk: Desk) -> None:
    desk.post("posts/2020-03-04-hello-world.md")
    desk.post("posts/2020-02-31-no-day.md")
    desk.build()
    page = desk.page("posts/2020-03-04-hello-world/index.html")
    assert ">4 March 2020<" in page and "Hello world" in page
    assert "<time" not in desk.page("posts/2020-02-31-no-day/index.html")


@pytest.mark.parametrize(
    "fields",
    [
        {"published": "false"},
        {"publishDate": "2026-12-01"},
        {"expiryDate": "2026-11-01"},
        {"Draft": "true"},
        {"date": "2020-01-01", "publishDate": "2026-12-01"},
    ],
)
def test_what_is_not_to_be_seen_is_not(desk: Desk, fields: dict[str, str]) -> None:
    desk.post("a.md", title="A", **fields)
    desk.build()
    assert "a/index.html" not in desk.files()


def test_the_next_build_is_due_when_a_page_comes_or_goes(desk: Desk) -> None:
    desk.post("comes.md", title="Comes", date="2020-01-01", publishDate="2026-12-02")
    desk.post("goes.md", title="Goes", expiryDate="2026-12-01")
    assert desk.build().due == datetime(2026, 12, 1, tzinfo=timezone.utc)
    assert desk.build(NOW + timedelta(days=8)).due == datetime(2026, 12, 2, tzinfo=timezone.utc)
    assert "goes/index.html" not in desk.files()


@pytest.mark.parametrize("key", ["updated", "lastmod", "modified"])
def test_a_revision_has_several_names(desk: Desk, key: str) -> None:
    desk.post("a.md", title="A", date="2020-01-01", **{key: "2021-02-03"})
    desk.build()
    assert "revised" in desk.page("a/index.html") and "3 February 2021" in desk.page("a/index.html")


def test_the_day_is_the_one_that_was_written(desk: Desk) -> None:
    desk.post("a.md", title="A", date="2025-01-01T07:30:00+09:00")
    desk.build()
    assert ">1 January 2025<" in desk.page("a/index.html")
    assert "<published>2024-12-31T22:30:00Z<" in desk.page("feed.xml")


def test_a_day_without_a_zone_is_the_writers(desk: Desk) -> None:
    desk.write("site.yaml", "timezone: Asia/Tokyo\n")
    desk.post("a.md", title="A", date="2026-11-24")
    desk.post("end.md", title="End", date="9999-12-31T23:59-12:00")
    desk.post("beginning.md", title="Beginning", date="0001-01-01")
    assert desk.build().due == datetime(2026, 11, 23, 15, tzinfo=timezone.utc)
    assert "a/index.html" not in desk.files()
    desk.build(datetime(2026, 11, 23, 15, tzinfo=timezone.utc))
    assert ">24 November 2026<" in desk.page("a/index.html")
    desk.write("site.yaml", "timezone: America/Lima\n")
    desk.build(datetime(2026, 11, 23, 15, tzinfo=timezone.utc))
    assert "a/index.html" not in desk.files()


@pytest.mark.parametrize("name", ["Europe/Atlantis", "../../etc/passwd", "Europe", "CET+1 x"])
def test_a_zone_that_nobody_knows_is_a_mistake(desk: Desk, name: str) -> None:
    desk.write("site.yaml", f"title: A\ntimezone: {name}\n")
    (problem,) = desk.problems()
    assert problem.startswith("site.yaml:2: no time zone is called")


def test_old_addresses_lead_to_the_page(desk: Desk) -> None:
    desk.post("posts/a.md", title="A", aliases="[/old/place, /2019/a.html, ../b/, 'ü x/']")
    desk.build()
    for path in ("old/place/index.html", "2019/a.html", "posts/b/index.html", "posts/a/ü x/index.html"):
        assert '<meta http-equiv="refresh" content="0; url=/posts/a/">' in desk.page(path)


@pytest.mark.parametrize("alias", ["https://other.example/", "//other.example/x", "/"])
def test_an_alias_outside_the_site_is_a_mistake(desk: Desk, alias: str) -> None:
    desk.post("a.md", title="A", aliases=f"['{alias}']")
    (problem,) = desk.problems()
    assert problem.startswith("a.md:3: ")


def test_a_warning_keeps_nothing_from_being_published(desk: Desk) -> None:
    desk.post("a.md", titel="A")
    for _ in range(2):
        built = desk.build()
        assert [str(each) for each in built.warnings] == ["a.md:2: `titel` is a key of your own: did you mean `title`?"]
        assert not built.problems
    assert "a/index.html" in desk.files()


def test_a_page_at_a_folders_address_is_the_folders(desk: Desk) -> None:
    desk.post("posts/index.md", "All my posts", title="Posts")
    desk.post("posts/a.md", title="A")
    desk.post("docs/install.md", "How to begin", title="Install")
    desk.post("docs/install/linux.md", title="Linux")
    desk.write("posts/wave.svg", "<svg/>")
    assert not desk.build().problems
    assert "All my posts" in desk.page("posts/index.html") and 'href="/posts/a/"' in desk.page("posts/index.html")
    assert "How to begin" in desk.page("docs/install/index.html")
    assert 'href="/docs/install/linux/"' in desk.page("docs/install/index.html")
    assert "posts/wave.svg" in desk.files()


def test_a_post_stays_one_beside_a_folder_of_its_name(desk: Desk) -> None:
    desk.post("trip.md", "We left", title="Trip", date="2026-01-01")
    desk.post("trip/first-day.md", title="First day")
    assert not desk.build().problems
    assert "We left" in desk.page("trip/index.html")
    assert "Trip" in desk.page("feed.xml")
    assert "trip/first-day/index.html" in desk.files()


def test_of_two_pages_for_one_folder_there_is_word(desk: Desk) -> None:
    desk.post("docs.md", title="One")
    desk.post("docs/_index.md", title="Two")
    desk.post("docs/a.md", title="A")
    assert desk.problems() == ["docs.md: would become /docs/index.html, and so would docs/_index.md"]


def test_tags_that_differ_in_signs_are_different_tags(desk: Desk) -> None:
    names = ["C", "C++", "C#", "A*", "A+", "A", "R&D", "काल", "कील"]
    for number, name in enumerate(names):
        desk.post(f"p{number}.md", title=f"P{number}", tags=f"['{name}']")
    assert not desk.build().warnings
    assert len([path for path in desk.files() if path.startswith("tags/") and path.endswith("/index.html")]) == 10
    assert "tags/c-sharp/index.html" in desk.files()


def test_spellings_of_a_tag_are_one_in_silence_others_are_told(desk: Desk) -> None:
    desk.post("a.md", title="A", tags="[big data, 'Big_Data', 'big-data', '#big data']")
    assert not desk.build().warnings
    desk.post("b.md", title="B", tags="['big/data']")
    (warning,) = desk.build().warnings
    assert str(warning).startswith("b.md: the tags `big data` and `big/data` have one address, /tags/big-data/,")
