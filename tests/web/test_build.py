"""From a folder of Markdown to a site."""

from __future__ import annotations

import os
import time
from datetime import timedelta
from pathlib import Path

import pytest

from podpipe.web import reading
from podpipe.web.build import build

from .conftest import NOW, Desk


@pytest.fixture
def small(desk: Desk) -> Desk:
    desk.write("site.yaml", "title: Mine\nurl: https://example.org\nauthor: Me\n")
    desk.post("_index.md", "Welcome.")
    desk.post("about.md", title="About")
    desk.post("posts/first.md", "First *words*.", title="First", date="2026-01-01", tags="[Red, blue]")
    desk.post("posts/second.md", title="Second", date="2026-02-01", tags="[red]")
    desk.write("static/robots.txt", "User-agent: *\n")
    return desk


def test_every_part_of_a_site_is_there(small: Desk) -> None:
    built = small.build()
    assert {path for path, data in small.files().items() if data != b"<folder>"} == {
        "404.html",
        "about/index.html",
        "favicon.svg",
        "feed.xml",
        "index.html",
        "posts/first/index.html",
        "posts/index.html",
        "posts/second/index.html",
        "robots.txt",
        "sitemap.xml",
        "style.css",
        "tags/blue/index.html",
        "tags/index.html",
        "tags/red/index.html",
    }
    assert (built.release, built.made, built.kept) == ("1", 14, 0)


def test_home_lists_posts_newest_first(small: Desk) -> None:
    small.build()
    home = small.page("index.html")
    assert "<h1>Mine</h1>" in home
    assert "Welcome." in home
    assert home.index("/posts/second/") < home.index("/posts/first/")
    assert "First words." in home


def test_a_page_has_its_text_its_tags_and_its_neighbours(small: Desk) -> None:
    small.build()
    page = small.page("posts/first/index.html")
    assert "First <em>words</em>." in page
    assert 'href="/tags/red/">Red</a>' in page
    assert 'rel="next" href="/posts/second/"' in page
    assert 'rel="prev"' not in page


def test_drafts_and_the_future_are_left_out_until_their_time(small: Desk) -> None:
    soon = NOW + timedelta(days=2)
    small.post("posts/draft.md", title="Draft", draft="true", date="2026-01-01")
    small.post("posts/later.md", title="Later", date=soon.isoformat())
    assert small.build().due == soon
    assert not {"posts/draft/index.html", "posts/later/index.html"} & small.files().keys()
    assert small.build(soon).due is None
    assert "posts/later/index.html" in small.files()


def test_a_bundle_carries_its_files_and_a_draft_does_not(small: Desk) -> None:
    small.post("trips/My Sea/index.md", title="Sea", slug="the-sea")
    small.write("trips/My Sea/wave.svg", "<svg/>")
    small.post("trips/hill/index.md", title="Hill", draft="true")
    small.write("trips/hill/top.svg", "<svg/>")
    small.write("trips/loose.svg", "<svg/>")
    built = small.build()
    svgs = {path for path in small.files() if path.endswith(".svg")}
    assert svgs == {"favicon.svg", "trips/the-sea/wave.svg"}
    assert built.stray == ("trips/loose.svg",)


def test_a_template_of_ones_own_replaces_the_themes(small: Desk) -> None:
    small.write(
        "templates/page.html",
        '{% extends "theme/page.html" %}{% block title %}Own {{ page.title }}{% endblock %}',
    )
    small.post("wide.md", title="Wide", layout="wide", mood="calm")
    small.write("templates/wide.html", "{{ page.title }} is {{ page.params.mood }} & {{ texts[page.source] }}")
    small.build()
    assert "<title>Own First</title>" in small.page("posts/first/index.html")
    assert small.page("wide/index.html") == "Wide is calm & <p>Words.</p>\n"


def test_a_title_is_text_and_not_html(small: Desk) -> None:
    small.post("posts/odd.md", title="'<b>&'", date="2026-03-01")
    small.build()
    assert "<h1>&lt;b&gt;&amp;</h1>" in small.page("posts/odd/index.html")


def test_a_second_build_changes_nothing(small: Desk) -> None:
    small.build()
    again = small.build()
    assert (again.release, again.made) == ("1", 0)


def test_one_changed_post_is_one_new_file(small: Desk) -> None:
    for name in "abcdef":
        small.post(f"posts/{name}.md", title=name, date="2025-01-01", summary="x")
    for number in range(5):
        small.build()
        small.post("posts/c.md", f"Words {number}.", title="c", date="2025-01-01", summary="x")
        built = small.build()
        # the feed carries the text too
        assert built.made == 2


def test_the_newest_releases_stay_and_are_never_written_to(small: Desk) -> None:
    releases = small.output / "releases"
    seen: dict[str, dict[Path, bytes]] = {}
    for number in range(8):
        small.post("posts/first.md", f"Words {number}.", title="First", date="2026-01-01")
        name = small.build().release
        folder = releases / name
        seen[name] = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    assert [name for name in ("8", "7", "6", "5", "4") if not (releases / name).is_dir()] == []
    assert len(list(releases.iterdir())) <= 6
    for name in ("8", "7", "6", "5", "4"):
        assert {path: path.read_bytes() for path in (releases / name).rglob("*") if path.is_file()} == seen[name]


def test_a_release_somebody_damaged_is_mended_from_the_content(small: Desk) -> None:
    small.build()
    before = small.files()
    (small.output / "current" / "about" / "index.html").unlink()
    small.post("posts/first.md", "Other.", title="First", date="2026-01-01")
    small.build()
    assert small.page("about/index.html").encode() == before["about/index.html"]


def test_a_lost_or_broken_cache_costs_only_time(small: Desk) -> None:
    small.build()
    before = small.files()
    for name in ("pages.db", "pages.db-wal", "pages.db-shm"):
        (small.output / "cache" / name).unlink(missing_ok=True)
    (small.output / "cache" / "pages.db").write_bytes(b"no database" * 1000)
    small.build()
    assert small.files() == before


def test_going_back_to_an_older_release_by_hand_is_respected(small: Desk) -> None:
    small.build()
    small.post("posts/first.md", "Other.", title="First", date="2026-01-01")
    small.build()
    after = small.files()
    (small.output / "current").unlink()
    (small.output / "current").symlink_to("releases/1")
    small.build()
    assert small.files() == after


def test_all_mistakes_are_told_at_once(small: Desk) -> None:
    small.build()
    small.post("posts/first.md", title="First", date="yesterday", draft="perhaps")
    small.write("posts/bytes.md", b"\xff")
    small.post("wide.md", layout="wide")
    small.write("templates/wide.html", "{{ page.nothing }}")
    (small.content / "static/link").symlink_to("nowhere")
    assert [line.split(": ")[0] for line in small.problems()] == [
        "static/link", "posts/bytes.md:1", "posts/first.md:3", "posts/first.md:4", "templates/wide.html:1",
    ]  # fmt: skip
    assert "<em>words</em>" in small.page("posts/first/index.html")


def test_two_sources_for_one_address_are_refused(small: Desk) -> None:
    small.post("posts/First!.md", title="Other")
    small.post("tags/red.md", title="Red")
    small.write("static/about/index.html", "x")
    small.write("static/posts/second/index.html/oops", "x")
    said = "\n".join(small.problems())
    assert "posts/First!.md: would become /posts/first/index.html, and so would posts/first.md" in said
    assert "would become /tags/red/index.html" in said
    assert "static/about/index.html: would become /about/index.html, and so would about.md" in said
    assert "static/posts/second/index.html/oops: would lie in /posts/second/index.html/, which is a file" in said


@pytest.mark.parametrize(
    ("template", "said"),
    [
        ("a\n{% if %}", "templates/page.html:2: Expected an expression"),
        ("a\n\n{{ page.nothing }}", "templates/page.html:3: 'podpipe.web.page.Page object' has no attribute 'nothing'"),
        ("{{ 1 / 0 }}", "templates/page.html:1: division by zero"),
        ("{{ ''.__class__.__mro__ }}", "templates/page.html:1: access to attribute '__class__'"),
        ("{% for i in range(10000000) %}{% endfor %}", "templates/page.html:1: Range too big"),
        ("{% include 'missing.html' %}", "templates/page.html:1: asks for the template missing.html"),
        ("{{ texts['posts/first.md'] }}", "templates/page.html:1: 'dict object' has no attribute 'posts/first.md'"),
        (b"\xff", "templates/page.html: is not UTF-8: save it as UTF-8"),
    ],
)
def test_a_template_error_has_its_line_and_the_old_files_stay(small: Desk, template: str | bytes, said: str) -> None:
    small.build()
    before = small.files()
    small.write("templates/page.html", template)
    (problem,) = small.problems()
    assert problem.startswith(said)
    assert small.files().keys() == before.keys()
    assert not (small.output / "releases" / ".unfinished").exists()


def test_a_page_whose_layout_is_not_there_has_the_usual_one_and_is_told(small: Desk) -> None:
    small.post("wide.md", title="Wide", layout="wide")
    (warning,) = small.build().warnings
    assert str(warning).startswith("wide.md: asks for the template wide.html, which is not there")
    assert "<h1>Wide</h1>" in small.page("wide/index.html")
    small.write("templates/wide.html", "{{ page.title }}!")
    assert not small.build().warnings
    assert small.page("wide/index.html") == "Wide!"


def test_links_that_lead_out_are_refused_by_name(small: Desk, tmp_path: Path) -> None:
    outside = tmp_path / "secret.md"
    outside.write_text("secret")
    (small.content / "out.md").symlink_to(outside)
    (small.content / "static" / "up").symlink_to("../..")
    (small.content / "posts" / "gone.md").symlink_to("nowhere.md")
    (small.content / "posts" / "same.md").symlink_to("first.md")
    (small.content / "loop").symlink_to("posts")
    os.mkfifo(small.content / "pipe")
    assert sorted(small.problems()) == [
        "loop: is a link to a folder: only links to files are followed",
        "out.md: is a link that leads out of the content folder: put the file itself here",
        "pipe: is neither a file nor a folder",
        "posts/gone.md: is a link that leads nowhere",
        "static/up: is a link that leads out of the content folder: put the file itself here",
    ]


def test_names_no_address_can_carry_are_refused(small: Desk) -> None:
    Path(os.fsdecode(bytes(small.content) + b"/\xff.md")).write_text("x")
    (small.content / "a\n\x1bb.md").write_text("x")
    small.post("posts/!!!.md", title="x")
    small.post("posts/tagged.md", title="x", tags="['!']")
    assert [line.split(": ")[0] for line in small.problems()] == [
        r"a\n\x1bb.md", r"\udcff.md", "posts/!!!.md:2", "posts/tagged.md:3",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("posts/a.md", f"slug: {'s' * 256}"),
        ("posts/a.md", f"tags: [x, {'t' * 256}]"),
        (f"posts/{'ﷺ' * 60}.md", "title: it grows under NFKC"),
        (f"{'ﷺ' * 60}/a.md", "title: so does its folder"),
        ("/".join(["f" * 250] * 9) + "/a.md", "title: x"),
    ],
)
def test_an_address_that_is_too_long_is_refused(small: Desk, path: str, field: str) -> None:
    small.write(path, f"---\n{field}\n---\n")
    (problem,) = small.problems()
    assert problem.startswith(f"{path}:2: its address would be too long")


def test_an_address_of_the_greatest_length_is_published(small: Desk) -> None:
    small.post("posts/a.md", title="x", slug="s" * 255, tags=f"[{'ü' * 127}]")
    small.build()
    assert f"posts/{'s' * 255}/index.html" in small.files()
    assert f"tags/{'ü' * 127}/index.html" in small.files()


@pytest.mark.parametrize("text", ["[" * 20000, "[a](" * 10000, "![a](" * 10000, "^[" * 5000, "- a\n" * 20000])
def test_a_page_that_takes_too_long_is_named(small: Desk, text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "PAGE_TIME", 0.05)
    small.write("posts/slow.md", text)
    began = time.monotonic()
    assert small.problems() == ["posts/slow.md: took more than 0.05 s to convert"]
    assert time.monotonic() - began < 10


def test_what_nobody_foresaw_in_a_page_is_its_own_problem(small: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise KeyError("a\nb")

    monkeypatch.setattr(reading, "describe_page", fail)
    assert "about.md: cannot be converted: KeyError: 'a\\nb'" in small.problems()


def test_toml_tables_within_tables_without_end_are_refused(small: Desk) -> None:
    small.write("posts/deep.md", "+++\n" + ".".join("a" * 3000) + " = 1\n+++\n")
    (problem,) = small.problems()
    assert problem.startswith("posts/deep.md:")
    assert problem.endswith("nested too deep")  # which of the parsers says so depends on its version


def test_a_page_that_is_too_large_is_refused(small: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MAX_TEXT", 1000)
    small.write("posts/large.md", "x" * 1001)
    assert small.problems() == ["posts/large.md: is larger than 0 MiB"]


def test_markdown_nested_without_end_is_refused_and_loses_nothing_in_silence(small: Desk) -> None:
    small.write("posts/deep.md", "> " * 5000 + "innermost")
    assert small.problems() == ["posts/deep.md: is nested too deep"]
    small.write("posts/deep.md", "> " * 90 + "innermost")
    small.build()
    assert "innermost" in small.page("posts/deep/index.html")


def test_no_content_folder_is_named(tmp_path: Path) -> None:
    desk = Desk(tmp_path / "nowhere", tmp_path / "site")
    assert desk.problems() == [f"{tmp_path}/nowhere: is not a folder: the site's content is looked for here"]


def test_an_empty_folder_is_a_site_too(desk: Desk) -> None:
    desk.build()
    assert "<h1>A site</h1>" in desk.page("index.html")


def test_the_starter_site_builds(tmp_path: Path) -> None:
    starter = Path(__file__).parents[2] / "content"
    built = build(starter, tmp_path, now=NOW)
    home = (tmp_path / "current" / "index.html").read_text()
    assert home.count("<time") == 3
    assert not (tmp_path / "current" / "posts" / "a-draft").exists()
    assert built.stray == ()
