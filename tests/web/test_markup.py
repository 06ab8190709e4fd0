"""Markdown as people write it: what a forge or Hugo makes of it, and where this differs."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from podpipe.web.markup import SUMMARY_LENGTH, Renderer, shorten

NESTED_BY_TWO = "<ul>\n<li>a\n<ul>\n<li>b\n<ul>\n<li>c</li>\n</ul>\n</li>\n</ul>\n</li>\n</ul>\n"


@pytest.fixture(scope="module")
def renderer() -> Renderer:
    return Renderer()


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("1. a\n\n   ```sh\n   # b\n   ```\n2. c", '<pre><code class="language-sh"># b\n</code></pre>\n</li>\n<li>'),
        ("- a\n\n    ```\n    # b\n    ```", "<pre><code># b\n</code></pre>\n</li>"),
        ("```rust,ignore\n# a\n\nb\n```", "<code class=\"language-rust,ignore\"># a\n\nb\n</code>"),
        ('~~~py title="x"\n# a\n~~~', '<code class="language-py"># a\n</code>'),
        ("Buy:\n- bread\n- tea", "<p>Buy:</p>\n<ul>\n<li>bread</li>\n<li>tea</li>\n</ul>"),
        ("Then:\n1. a\n2. b", "<p>Then:</p>\n<ol>\n<li>a</li>"),
        ("In\n1984. It was cold.", "<p>In\n1984. It was cold.</p>"),
        ("- a\n  - b\n    - c", NESTED_BY_TWO),
        ("3) a\n4) b", '<ol start="3">\n<li>a</li>'),
        ("- [x] a", '<input class="task-list-item-checkbox" checked="checked" disabled="disabled" type="checkbox"> a'),
        ("~~a~~", "<s>a</s>"),
        ("#tag and #another", "<p>#tag and #another</p>"),
        ("*a*{b} **c**{d e} [f](g){h}", '<em>a</em>{b} <strong>c</strong>{d e} <a href="g">f</a>{h}'),
        ("snake_case_name", "<p>snake_case_name</p>"),
        ("See https://a.example/b_c_d, or.", '<a href="https://a.example/b_c_d">https://a.example/b_c_d</a>, or.'),
        ("Write to me@example.org.", '<a href="mailto:me@example.org">'),
        ("[a](https://b.example) HTTPS://c.example", '<a href="HTTPS://c.example">HTTPS://c.example</a>'),
        ("README.md is no address", "<p>README.md is no address</p>"),
        ("| a | b |\n|---|--:|\n| `x\\|y` | 2 |", "<td><code>x|y</code></td>"),
        ("A[^1]\n\n[^1]: B", '<li id="fn1" class="footnote-item"><p>B '),
        ("Term\n: Meaning", "<dt>Term</dt>\n<dd>Meaning</dd>"),
        ("a  \nb\\\nc", "a<br>\nb<br>\nc"),
        ("<details>\n\n*a*\n\n</details>", "<details>\n<p><em>a</em></p>\n</details>"),
        ("[a](b){target=_blank .c} ![d](e){.right}", '<a href="b" target="_blank" class="c">a</a>'),
        ("[a](javascript:b)", "<p>[a](javascript:b)</p>"),
    ],
)
def test_markdown_is_what_forges_make_of_it(renderer: Renderer, text: str, html: str) -> None:
    assert html in renderer.render(text).html


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("www.a.example", "<p>www.a.example</p>"),  # GitHub: a link
        ("<script>a</script>", "<script>a</script>"),  # GitHub: escaped; the site is the writer's own
        ("> [!NOTE]\n> a", "<blockquote>\n<p>[!NOTE]\na</p>"),  # GitHub: a coloured box
        (":tada: @you #1", "<p>:tada: @you #1</p>"),  # GitHub: a picture and links
        ("$a_b$", "<p>$a_b$</p>"),  # GitHub: a formula
        ("*[A]: B\n\nA", "<p>*[A]: B</p>"),  # Python-Markdown: an abbreviation
        ("a\n{: .b}", "<p>a\n{: .b}</p>"),  # Jekyll: a class of the paragraph
    ],
)
def test_where_it_differs_from_others(renderer: Renderer, text: str, html: str) -> None:
    assert html in renderer.render(text).html


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("# Über `Code` & *mehr*!", ["über-code-mehr"]),
        ("## 見出し\n## Κεφάλαιο\n## हिन्दी", ["見出し", "κεφάλαιο", "हिन्दी"]),
        ("# a\n# a\n# a-1\n# a", ["a", "a-1", "a-1-1", "a-2"]),
        ("# A {#own .big}\n# Own", ["own", "own-1"]),
        ("# !\n# {a}", ["section", "a"]),
    ],
)
def test_headings_have_ids_that_say_what_they_say(renderer: Renderer, text: str, ids: list[str]) -> None:
    html = renderer.render(text).html
    assert [part.split('"')[0] for part in html.split(' id="')[1:]] == ids


def test_what_is_written_behind_a_heading_is_not_shown(renderer: Renderer) -> None:
    assert renderer.render("# A *b* {#c .d}").html == '<h1 id="c" class="d">A <em>b</em></h1>\n'


@pytest.mark.parametrize(
    ("text", "summary"),
    [
        ("![A wave](w.svg)\n\nThe *real* first `words`[^1].\n\n[^1]: Not this.", "The real first words."),
        ("Word  \nnext<br>line\nand &amp; <b>more</b>", "Word next line and & more"),
        ("# Title\n\n- not\n- this\n\nThis", "This"),
        ("> quoted", "quoted"),
        ("| a |\n|---|", ""),
    ],
)
def test_the_summary_is_the_first_paragraph_with_words(renderer: Renderer, text: str, summary: str) -> None:
    assert renderer.render(text).summary == summary


@pytest.mark.parametrize("text", ["word " * 100, "สวนของเรามี" * 40, "हिन्दी" * 60, "名前を。" * 80, "で" + "庭" * 300])
def test_a_long_summary_is_cut_where_it_may_be(text: str) -> None:
    short = shorten(text)
    assert SUMMARY_LENGTH / 2 < len(short) <= SUMMARY_LENGTH + 1
    assert short.endswith("…")
    assert unicodedata.category(text[len(short) - 1])[0] != "M"


@given(st.text(st.characters(categories=("L", "M", "Z", "P")), min_size=SUMMARY_LENGTH + 1))
def test_a_summary_is_the_texts_beginning(text: str) -> None:
    short = shorten(text)
    assert text.startswith(short[:-1])
    assert len(short) <= SUMMARY_LENGTH + 1


@given(st.text(st.sampled_from("ab \n\t*_`[]()<>#-+.:|~^{}\\!&\"'1=https://")))
def test_any_text_is_a_page(text: str) -> None:
    body = Renderer().render(text)
    assert "\0" not in body.html
