"""Front matter: YAML and TOML alike, and each mistake at its line."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest

from podpipe.web.fields import Fields
from podpipe.web.frontmatter import parse_document
from podpipe.web.problems import ContentError


def mistake(data: bytes) -> str:
    with pytest.raises(ContentError) as caught:
        parse_document("a.md", data)
    (problem,) = caught.value.problems
    return str(problem)


@pytest.mark.parametrize(
    "data",
    [
        b"---\ntitle: One\ntags: [a, b]\ndate: 2026-01-02T03:04:05+01:00\ndraft: true\n---\ntext\n",
        b"\xef\xbb\xbf---\r\ntitle: One\r\ntags:\r\n- a\r\n- b\r\n"
        b"date: 2026-01-02 03:04:05+0100\r\ndraft: yes\r\n---\r\ntext\r\n",
        b'+++\ntitle = "One"\ntags = ["a", "b"]\ndate = 2026-01-02T03:04:05+01:00\ndraft = true\n+++\ntext\n',
    ],
)
def test_yaml_and_toml_say_the_same(data: bytes) -> None:
    document = parse_document("a.md", data)
    fields = document.fields
    assert fields.text("title") == "One"
    assert fields.texts("tags") == ("a", "b")
    assert fields.moment("date") == datetime(2026, 1, 2, 2, 4, 5, tzinfo=timezone.utc)
    assert fields.flag("draft") is True
    assert document.text == "text\n"
    fields.check()


@pytest.mark.parametrize("text", ["", "no front matter", "----\nrule\n", "--- title\nnone\n", "text\n---\nmore\n"])
def test_text_without_front_matter_is_all_text(text: str) -> None:
    document = parse_document("a.md", text.encode())
    assert document.text == text
    assert document.fields.own() == {}


def test_front_matter_may_be_empty() -> None:
    assert parse_document("a.md", b"---\n---\ntext").text == "text"


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"---\ntitle: One\ntext\n", "a.md:1: the front matter that --- opens is never closed with ---"),
        (b"---\ntitle: One\n  bad: [\n---\n", "a.md:3: YAML:"),
        (b"---\ntitle: One\ntitle: Two\n---\n", "a.md:3: YAML: the key `title` stands here twice"),
        (b"---\na: &x [1]\nb: *x\n---\n", "a.md:3: YAML: aliases"),
        (b"---\na: " + b"[" * 5000 + b"]" * 5000 + b"\n---\n", "a.md:2: YAML: nested more than 20 deep"),
        (b"---\na: !!python/object:os.system x\n---\n", "a.md:2: YAML: tags (`tag:yaml.org,2002:python/object:"),
        (b"---\na: 1\nb: !!timestamp hello\n---\n", "a.md:3: YAML: tags (`tag:yaml.org,2002:timestamp`)"),
        (b"---\na: !!bool hello\n---\n", "a.md:2: YAML: tags"),
        (b"---\na: !!map [a]\n---\n", "a.md:2: YAML: tags"),
        (b"---\nparams: {!!binary aGk=: a}\n---\n", "a.md:2: YAML: tags"),
        (b"---\na: 1\n? [a, b]\n: c\n---\n", "a.md:3: YAML: a key is a text, not a list or a mapping"),
        (b"---\n- a\n---\n", "a.md:2: YAML: write lines of `key: value` here"),
        (b"---\nparams: {2: a, b: !!int x}\n---\n", "a.md:2: YAML:"),
        (b"---\na: " + b"x" * 70000 + b"\n---\n", "a.md:1: the front matter is longer than 64 KiB"),
        (b'+++\ntitle = "One"\ndate = 2026-13-01\n+++\n', "a.md:3: TOML:"),
        (b"+++\na = " + b"[" * 30000 + b"\n+++\n", "a.md:2: TOML: nested too deep"),
        (b"---\ntitle: One\n---\nab\n\xff\n", "a.md:5: is not UTF-8"),
        (b"---\ntitle: One\n---\nab\n\x00\n", "a.md:5: holds a control character"),
    ],
)
def test_mistakes_have_a_place(data: bytes, said: str) -> None:
    assert mistake(data).startswith(said)


def fields_of(text: str) -> Fields:
    return parse_document("a.md", f"---\n{text}\n---\n".encode()).fields


@pytest.mark.parametrize(
    ("text", "key", "kind", "said"),
    [
        ("x: 1\ndate: 2026-02-30", "date", "moment", "a.md:3: `date` is no date: '2026-02-30'"),
        ("date: soon", "date", "moment", "a.md:2: `date` is no date: 'soon'"),
        ("date: 0001-01-01T00:00+10:00", "date", "moment", "a.md:2: `date` is no date"),
        ("title: [a]", "title", "text", "a.md:2: `title` is text; put ['a'] in quotes"),
        ("title: true", "title", "text", "a.md:2: `title` is text; put True in quotes"),
        ("title: 1.10", "title", "text", "a.md:2: `title` is text"),
        ('title: "a\\x08"', "title", "text", "a.md:2: `title` holds a character that no page can carry"),
        ("draft: maybe", "draft", "flag", "a.md:2: `draft` is true or false, not 'maybe'"),
        ("weight: high", "weight", "number", "a.md:2: `weight` is a whole number, not 'high'"),
        ("params: 3", "params", "mapping", "a.md:2: `params` holds lines of `key: value`"),
        ("menu: [a]", "menu", "mappings", "a.md:2: `menu` is a list of entries with keys"),
    ],
)
def test_wrong_types_are_named(text: str, key: str, kind: str, said: str) -> None:
    fields = fields_of(text)
    getattr(fields, kind)(key)
    with pytest.raises(ContentError) as caught:
        fields.check()
    assert str(caught.value.problems[0]).startswith(said)


@pytest.mark.parametrize("number", ["1" * 400, "-9223372036854775809", "[1, {a: 18446744073709551616}]"])
@pytest.mark.parametrize("key", ["title", "weight", "draft", "own"])
def test_a_number_beyond_64_bits_is_named(key: str, number: str) -> None:
    with pytest.raises(ContentError, match=rf"a\.md:3: `{key}` holds a number of more than 64 bits"):
        fields_of(f"x: 1\n{key}: {number}").check()


@pytest.mark.parametrize("number", ["1" * 5000, "0x" + "f" * 6000])
def test_a_number_without_end_in_toml_is_named(number: str) -> None:
    with pytest.raises(ContentError, match=r"a\.md:\d: .* a number .*: put it in quotes"):
        parse_document("a.md", f"+++\nx = {number}\n+++\n".encode()).fields.check()


def test_a_key_is_text_whatever_it_looks_like() -> None:
    assert fields_of("yes: {2: a, 1.0: b, ~: c, 2026-01-01: d}").own() == {
        "yes": {"2": "a", "1.0": "b", "~": "c", "2026-01-01": "d"}
    }


def test_a_number_may_be_a_title() -> None:
    assert fields_of("title: 1984").text("title") == "1984"


def test_of_a_near_miss_there_is_a_warning_and_a_key_of_ones_own_is_ones_own() -> None:
    own = {"titel": "One", "mood": "calm", "subtitle": "b", "rate": 4, "dates": 1}
    fields = fields_of("".join(f"{key}: {value}\n" for key, value in own.items()))
    fields.text("title")
    fields.moment("date")
    assert fields.own() == own
    fields.check()
    assert [str(each) for each in fields.warnings] == [
        "a.md:2: `titel` is a key of your own: did you mean `title`?"
    ]


@pytest.mark.parametrize(
    "word", ["12:30", "007", "0x1F", "1_000", "0b1", "1e5", ".5", "yes", "off", "2024-01-05", "=", "+1.e3"]
)
def test_what_only_older_yaml_takes_for_another_kind_is_text(word: str) -> None:
    assert fields_of(f"title: {word}").text("title") == word


def test_numbers_and_flags_may_be_written_otherwise() -> None:
    fields = fields_of("weight: 007\ndraft: Yes\npublished: off")
    assert (fields.number("weight"), fields.flag("draft"), fields.flag("published", default=True)) == (7, True, False)


def test_a_key_may_be_written_in_any_case() -> None:
    fields = fields_of("Title: One\nDRAFT: true")
    assert (fields.text("title"), fields.flag("draft"), fields.own()) == ("One", True, {})


@pytest.mark.parametrize(
    "text",
    [
        "\n\n---\ntitle: One\ndraft: true\n---\ntext",
        "---\ntitle: One\ndraft: true\n...\ntext",
        "---\rtitle: One\rdraft: true\r---\rtext",
        '{\n  "title": "One",\n  "draft": true\n}\n\ntext',
        "Title: One\nStatus: draft\n\ntext",
        "title: One\ndraft: true\n---\ntext",
    ],
)
def test_other_forms_of_front_matter(text: str) -> None:
    document = parse_document("a.md", text.encode())
    assert (document.fields.text("title"), document.fields.flag("draft")) == ("One", True)
    assert document.text == "text"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("# a comment\n---\ntitle: One\ndraft: true\n---\ntext", 2),
        ("<!-- a comment -->\n---\ntags:\n- a\ndraft: true\n---\ntext", 2),
        ("----\ntitle: One\n----\ntext", 1),
        ('intro\n\n+++\ntitle = "One"\n+++\ntext', 3),
        ('{\n  "title": "One",\n  draft: true\n}\n\ntext', 3),
    ],
)
def test_what_looks_like_front_matter_is_refused(text: str, line: int) -> None:
    assert mistake(text.encode()).startswith(f"a.md:{line}: looks like front matter")


@pytest.mark.parametrize(
    "text",
    [
        "Note: bees sleep at night.\n\nMore.\n",
        "One\n\n---\n\nTwo\n",
        "One\n---\nTwo: three\n\n---\n",
        "{{< figure >}}\n",
        "{ braces }\n",
        "Bees: a story\nWasps: another\n\ntext\n",
    ],
)
def test_what_only_resembles_it_is_text(text: str) -> None:
    assert parse_document("a.md", text.encode()).text == text
