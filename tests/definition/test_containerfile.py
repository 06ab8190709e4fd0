"""What a Containerfile builds on."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from podpipe.definition.containerfile import Base, parse_bases, replace_bases

FILES = [
    ("FROM localhost/base", ["localhost/base"]),
    ("from localhost/base as x\nRUN true", ["localhost/base"]),
    ("FROM --platform=linux/arm/v7 localhost/base:latest AS x", ["localhost/base:latest"]),
    ("FROM a.b/c AS one\nFROM one\nFROM localhost/x", ["a.b/c", "localhost/x"]),
    ("FROM a.b/c AS One\nFROM ONE AS two\nFROM two", ["a.b/c"]),
    ("FROM scratch", []),
    ("ARG BASE=localhost/base\nFROM $BASE", ["localhost/base"]),
    ('ARG BASE="localhost/base" TAG=1\nFROM ${BASE}:${TAG}', ["localhost/base:1"]),
    ("ARG TAG\nFROM a.b/c:${TAG:-2}", ["a.b/c:2"]),
    ("ARG TAG=1\nFROM a.b/c${TAG:+:x}", ["a.b/c:x"]),
    ("ARG A=a.b/c\nARG B=$A:1\nFROM $B", ["a.b/c:1"]),
    ("FROM $NOBODY", ["$NOBODY"]),
    ("# FROM x\n\nFROM \\\n  # why\n\n  a.b/c \\\n  AS y\n", ["a.b/c"]),
    ("FROM a.b/c AS x\nCOPY --from=x /a /a\nCOPY --from=0 /a /a", ["a.b/c"]),
    ("FROM a.b/c\nCOPY --from=localhost/y --chown=1 /a /a", ["a.b/c", "localhost/y"]),
    ("RUN echo FROM x", []),
    ("", []),
]


@pytest.mark.parametrize(("text", "references"), FILES)
def test_bases(text: str, references: list[str]) -> None:
    assert [base.reference for base in parse_bases(text)] == references


def test_a_base_knows_the_line_of_its_instruction() -> None:
    found = parse_bases("# a\n\nFROM \\\n a.b/c\nCOPY --from=d.e/f a b")
    assert found == [Base("a.b/c", 3, "a.b/c"), Base("d.e/f", 5, "d.e/f")]


@given(st.text(alphabet="FROMARGfromCPY \n\\$-={}:as#/x\"'\0", max_size=80))
def test_any_text_can_be_read(text: str) -> None:
    assert all(1 <= base.line <= len(text.splitlines()) for base in parse_bases(text))


@pytest.mark.parametrize(
    ("text", "replaced"),
    [
        ("FROM localhost/base\n", "FROM localhost/x.base:latest\n"),
        ("FROM localhost/base:latest AS b\nFROM b", "FROM localhost/x.base:latest AS b\nFROM b"),
        ("from \\\n  localhost/base\r\nRUN x", "from \\\n  localhost/x.base:latest\r\nRUN x"),
        ("ARG B=base\nFROM localhost/$B", "ARG B=base\nFROM localhost/x.base:latest"),
        ("ARG B=localhost/base\nFROM ${B:-x}\n# ${B}", "ARG B=localhost/base\nFROM localhost/x.base:latest\n# ${B}"),
        ("FROM localhost/base2\n", "FROM localhost/base2\n"),
        ("FROM localhost/base:1\n", "FROM localhost/base:1\n"),
        ("FROM localhost/base2 AS localhost/base\n", "FROM localhost/base2 AS localhost/base\n"),
        (
            "FROM localhost/c\nCOPY --from=localhost/base /localhost/base /b",
            "FROM localhost/c\nCOPY --from=localhost/x.base:latest /localhost/base /b",
        ),
        ("", ""),
    ],
)
def test_other_images_can_stand_in(text: str, replaced: str) -> None:
    assert replace_bases(text, {"localhost/base:latest": "localhost/x.base:latest"}) == replaced
