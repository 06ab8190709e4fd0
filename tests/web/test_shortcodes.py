"""What a text calls by name, and links to pages by their files."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from podpipe.web.shortcodes import Call, expand
from tests.web.conftest import Desk


def tagged(call: Call) -> str | None:
    args = "".join(f" {arg}" for arg in (*call.args, *(f"{key}={value}" for key, value in call.params.items())))
    return None if call.name == "unknown" else f"<{call.name}{args}>{call.inner}</>"


@pytest.mark.parametrize(
    ("text", "made"),
    [
        ('{{< a "b c" d="e \\"f\\"" `g"` h >}}', '<a b c g" h d=e "f"></>'),
        ("{{<a b>}}{{% c d%}}{{< e />}}", "<a b></><c d></><e></>"),
        ("{{< a >}}1{{< b >}}2{{< /a >}}3", "<a>1<b></>2</>3"),
        ("{{% a %}}{{% a %}}1{{% /a %}}{{% /a %}}", "<a><a>1</></>"),
        ("{{< a >}}{{< /b >}}{{</ a >}}", "<a></>"),
        ("{{< unknown x >}}*read* me{{< /unknown >}}", "*read* me"),
        ("{{</* a b */>}} {{%/* c */%}}", "{{< a b >}} {{% c %}}"),
        ("{{ a }} {% b %} {{< >}} {{<>}} {{< a", "{{ a }} {% b %} {{< >}} {{<>}} {{< a"),
        ("{{< a href=https://b.example/c >}}", "<a href=https://b.example/c></>"),
        ("{{< a\n  b=c\n>}}", "<a b=c></>"),
    ],
)
def test_calls_are_read_as_hugo_reads_them(text: str, made: str) -> None:
    expanded = expand(text, tagged)
    assert expanded.fill(expanded.text) == made


@given(st.lists(st.sampled_from(["{{< a >}}", "{{< /a >}}", "{{% b %}}", "{{% /b %}}", "{{</* c */>}}", "word", "\n"])))
def test_whatever_is_paired_all_text_stays(parts: list[str]) -> None:
    text = "".join(parts)
    expanded = expand(text, lambda call: None)
    assert expanded.text.replace("{{< c >}}", "") == "".join(part for part in parts if "{" not in part)


@pytest.mark.parametrize("text", ["{{< a >}}" * 20000, "{{< a >}}" * 9999 + "{{< /a >}}" * 9999, '{{< a "' * 20000])
def test_many_calls_take_no_longer_each(text: str) -> None:
    expand(text, lambda call: "x").fill("")


def test_what_is_html_is_left_alone_and_what_is_markdown_is_not(desk: Desk) -> None:
    desk.write("templates/shortcodes/box.html", "<aside>\n\n{{ inner }}\n</aside>")
    desk.post("a.md", "One\n\n{{< box >}}*raw*{{< /box >}}\n\n{{% box %}}*made*{{% /box %}}\n", title="A")
    assert not desk.build().problems
    page = desk.page("a/index.html")
    assert "<aside>\n\n*raw*\n</aside>\n<aside>\n<p><em>made</em></p>\n</aside>" in page
    assert "shortcode" not in page


def test_figure_and_highlight_are_there(desk: Desk) -> None:
    figure = '{{< figure src="/w.svg" caption="A *wave* & more" width="50%" >}}'
    desk.post("a.md", f"Words.\n\n{figure}\n\n{{{{< highlight go >}}}}\na < b\n{{{{< /highlight >}}}}", title="A")
    assert not desk.build().problems
    page = desk.page("a/index.html")
    assert '<img src="/w.svg" alt="A *wave* &amp; more" width="50%">' in page
    assert "<figcaption>\n<p>A <em>wave</em> &amp; more</p>" in page
    assert '<pre><code class="language-go">a &lt; b\n</code></pre>' in page


def test_an_unknown_one_is_told_and_its_text_is_read(desk: Desk) -> None:
    desk.post("a.md", "Words.\n\n{{< youtube 123 >}}{{< tip >}}Do *this*.{{< /tip >}}\n", title="A")
    built = desk.build()
    assert [str(each) for each in built.warnings] == [
        "a.md:6: no shortcode is called `youtube`: make it, templates/shortcodes/youtube.html",
        "a.md:6: no shortcode is called `tip`: make it, templates/shortcodes/tip.html",
    ]
    assert not built.problems
    assert "Do <em>this</em>." in desk.page("a/index.html")


def test_a_changed_shortcode_changes_the_pages_that_call_it(desk: Desk) -> None:
    desk.write("templates/shortcodes/sea.html", "one")
    desk.post("a.md", "{{< sea >}}", title="A")
    desk.post("b.md", "Words", title="B")
    desk.build()
    desk.write("templates/shortcodes/sea.html", "{{ broken")
    assert desk.problems()[0].startswith("templates/shortcodes/sea.html:1: ")
    assert "one" in desk.page("a/index.html")
    desk.write("templates/shortcodes/sea.html", "two")
    assert not desk.build().problems
    assert "two" in desk.page("a/index.html")


def test_a_shortcode_that_never_ends_is_stopped_once(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("podpipe.web.theme.RENDER_TIME", 0.5)
    loops = "".join(f"{{% for {name} in range(99999) %}}" for name in "abcd")
    desk.write("templates/shortcodes/long.html", loops + "{% endfor %}" * 4)
    for number in range(50):
        desk.post(f"p{number}.md", "{{< long >}}", title="P")
    desk.post("b.md", "Words", title="B")
    began = time.monotonic()
    (problem,) = desk.problems()
    assert problem.startswith("templates/shortcodes/long.html:1: takes longer than")
    assert problem.endswith("(while making p0.md and 49 more)")
    assert "Words" in desk.page("b/index.html")
    assert time.monotonic() - began < 20  # each would take half a second


@pytest.mark.parametrize(
    ("link", "address"),
    [
        ("[x](b.md)", "/posts/b-b/"),
        ("[x](./b.md#top)", "/posts/b-b/#top"),
        ("[x](../about.md)", "/about/"),
        ("[x](/about.md)", "/about/"),
        ("[x](../trip/index.md)", "/trip/"),
        ("[x][1]\n\n[1]: b.md", "/posts/b-b/"),
        ('[x]({{< ref "b" >}})', "/posts/b-b/"),
        ('[x]({{< relref "/posts/b.md" >}})', "/posts/b-b/"),
        ('[x]({{% ref "about#x" %}})', "/about/#x"),
        ('<a href="{{< ref "trip" >}}">x</a>', "/trip/"),
        ('[x]({{< ref path="é e.md" >}})', "/%C3%A9-e/"),
        ("[x](<../é e.md>)", "/%C3%A9-e/"),
        ("[x](https://a.example/b.md)", "https://a.example/b.md"),
    ],
)
def test_a_link_to_a_file_leads_to_its_page(desk: Desk, link: str, address: str) -> None:
    desk.post("posts/a.md", link, title="A")
    desk.post("posts/b.md", title="B", slug="b-b")
    desk.post("about.md", title="About")
    desk.post("trip/index.md", title="Trip")
    desk.post("é e.md", title="E")
    assert not desk.build().warnings
    assert f'href="{address}"' in desk.page("posts/a/index.html")


def test_a_link_follows_the_page_that_it_leads_to(desk: Desk) -> None:
    desk.post("a.md", "[x](b.md)", title="A")
    desk.post("b.md", title="B")
    desk.build()
    desk.post("b.md", title="B", slug="new")
    desk.build()
    assert 'href="/new/"' in desk.page("a/index.html")
    desk.post("b.md", title="B", draft="true")
    (warning,) = desk.build().warnings
    assert str(warning) == "a.md: leads to `b.md`, which is no page that is to be seen"
    assert 'href="b.md"' in desk.page("a/index.html")
