"""One page with a mistake keeps no other from going live."""

from __future__ import annotations

from podpipe.web.rollback import roll_back
from tests.web.conftest import NOW, Desk


def test_a_page_with_a_mistake_is_left_out_and_the_others_go_live(desk: Desk) -> None:
    desk.post("good.md", title="Good")
    desk.post("bad.md", title="Bad", draft="perhaps")
    assert desk.problems() == ["bad.md:3: `draft` is true or false, not 'perhaps'"]
    assert "Good" in desk.page("good/index.html")
    assert "bad/index.html" not in desk.files()
    assert len(desk.problems()) == 1  # as long as it is there
    desk.post("bad.md", title="Bad")
    assert desk.problems() == []
    assert "Bad" in desk.page("bad/index.html")


def test_its_last_version_stays(desk: Desk) -> None:
    desk.post("page.md", "Old words.", title="Page")
    desk.build()
    desk.post("page.md", "New words.", title="Page", date="soon")
    desk.post("other.md", "More words.", title="Other")
    assert len(desk.problems()) == 1
    assert "Old words." in desk.page("page/index.html")
    assert "More words." in desk.page("other/index.html")
    assert "Page" in desk.page("index.html")
    desk.post("page.md", "New words.", title="Page")
    desk.build()
    assert "New words." in desk.page("page/index.html")


def test_a_draft_that_gets_a_mistake_stays_a_draft(desk: Desk) -> None:
    desk.post("page.md", title="Page", draft="true")
    desk.build()
    desk.post("page.md", title="Page", draft="false", date="soon")
    assert len(desk.problems()) == 1
    assert "page/index.html" not in desk.files()


def test_what_a_template_cannot_make_stays_and_is_not_tried_again(desk: Desk) -> None:
    desk.post("a.md", "Old a.", title="A")
    desk.post("b.md", "Old b.", title="B")
    desk.build()
    desk.write("templates/page.html", "{{ page.title }} {% if page.title == 'A' %}{{ page.nothing }}{% endif %}")
    (problem,) = desk.problems()
    assert problem.startswith("templates/page.html:1: ") and problem.endswith("(while making a.md)")
    assert "Old a." in desk.page("a/index.html")
    assert desk.page("b/index.html").strip() == "B"
    again = desk.build()
    assert again.made == 0 and len(again.problems) == 1
    desk.write("templates/page.html", "{{ page.title }}")
    assert desk.problems() == []
    assert desk.page("a/index.html").strip() == "A"


def test_a_mistake_of_all_pages_is_told_once(desk: Desk) -> None:
    for number in range(5):
        desk.post(f"p{number}.md", title="P")
    desk.write("templates/page.html", "{{ page.nothing }}")
    (problem,) = desk.problems()
    assert problem.endswith("(while making p0.md and 4 more)")


def test_of_two_for_one_address_the_one_that_has_it_keeps_it(desk: Desk) -> None:
    desk.post("z.md", "First come.", title="Z", slug="same")
    desk.build()
    desk.post("a.md", "Late.", title="A", slug="same")
    assert desk.problems() == ["a.md: would become /same/index.html, and so would z.md"]
    assert "First come." in desk.page("same/index.html")


def test_a_strict_site_takes_all_or_nothing(desk: Desk) -> None:
    desk.write("site.yaml", "strict: true\n")
    desk.post("good.md", title="Good")
    desk.build()
    before = desk.files()
    desk.post("new.md", title="New")
    desk.post("bad.md", title="Bad", date="soon")
    desk.post("wide.md", title="Wide", layout="wide")
    desk.write("templates/wide.html", "{{ page.nothing }}")
    assert [line.split(":")[0] for line in desk.problems()] == ["bad.md", "templates/wide.html"]
    assert desk.files() == before
    (desk.content / "bad.md").unlink()
    (desk.content / "wide.md").unlink()
    assert desk.problems() == []
    assert "New" in desk.page("new/index.html")


def test_settings_with_a_mistake_stay_as_they_were(desk: Desk) -> None:
    desk.write("site.yaml", "title: Bees\n")
    desk.post("a.md", title="A")
    desk.build()
    desk.write("site.yaml", "title: [Wasps\n")
    desk.post("b.md", title="B")
    (problem,) = desk.problems()
    assert problem.startswith("site.yaml:")
    assert "Bees" in desk.page("b/index.html")


def test_without_settings_that_were_ever_right_nothing_goes_live(desk: Desk) -> None:
    desk.write("site.yaml", "title: [Wasps\n")
    desk.post("b.md", title="B")
    assert len(desk.problems()) == 1
    assert not (desk.output / "current").exists()


def test_a_rollback_holds_though_a_page_has_a_mistake(desk: Desk) -> None:
    desk.post("a.md", "Old.", title="A")
    desk.build()
    desk.post("a.md", "New.", title="A")
    desk.post("wide.md", title="Wide", layout="wide")
    desk.write("templates/wide.html", "{{ page.nothing }}")
    desk.build()
    roll_back(desk.output)
    built = desk.build(NOW)
    assert (built.release, len(built.problems)) == ("1", 1)
    assert "Old." in desk.page("a/index.html")
