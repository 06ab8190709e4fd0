"""Which images a push touched."""

from __future__ import annotations

from pathlib import Path

import pytest

from podpipe.definition.specs import BuiltImage, DebianImage, Definition
from podpipe.delivery.touched import changed_entries, project_file, touched_images

ROOT = Path("/p")


def built(name: str, context: str, containerfile: str = "", bases: tuple[str, ...] = ()) -> BuiltImage:
    folder = ROOT / context
    return BuiltImage(name, folder, ROOT / containerfile if containerfile else folder / "Containerfile", bases=bases)


IMAGES = (
    DebianImage("base", "bookworm"),
    built("upper", "c/upper", bases=("lower", "base")),
    built("lower", "c/lower", bases=("base",)),
    built("all", ".", "files/All"),
    built("own", "c/own"),
)
DEFINITION = Definition("home", ROOT, images=IMAGES)


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ([], []),
        (["c/own/nginx.conf"], ["all", "own"]),
        (["c/ownership"], ["all"]),
        (["files/All"], ["all"]),
        (["c/lower/.containerignore"], ["lower", "upper", "all"]),
        (["c/upper/deep/in/it"], ["upper", "all"]),
    ],
)
def test_by_files(changed: list[str], expected: list[str]) -> None:
    assert touched_images(DEFINITION, changed, ()) == expected


def test_by_entries() -> None:
    assert touched_images(DEFINITION, (), {"base"}) == ["lower", "upper"]
    assert touched_images(DEFINITION, (), {"own", "stranger"}) == ["own"]


def test_a_project_below_the_repositorys_root() -> None:
    assert project_file("sub/home/") == "sub/home/podpipe.yaml"
    assert touched_images(DEFINITION, ["sub/home/c/own/x", "README.md"], (), "sub/home/") == ["all", "own"]
    assert touched_images(DEFINITION, ["c/own/x", "README.md"], (), "sub/home/") == []


TEXT = "name: x\nimages:\n  a: {debian: bookworm}\n  b: b\n"


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        (TEXT, set()),
        (f"# more\n\n{TEXT}content: x\n", set()),
        (TEXT.replace("bookworm", "trixie"), {"a"}),
        (TEXT + "  c: c\n", {"c"}),
        (TEXT.replace("  b: b\n", ""), {"b"}),
        ("name: x\n", {"a", "b"}),
        ("", None),
        ("images: [", None),
        ("images: [a]", None),
        ("- a", None),
    ],
)
def test_entries_that_differ(after: str, expected: set[str] | None) -> None:
    assert changed_entries(TEXT, after) == expected
    assert changed_entries(after, TEXT) == expected
