"""The manual says what the reader reads."""

from __future__ import annotations

from pathlib import Path

import pytest

from podpipe.definition.reference import MANIFESTS, render_reference, update_readme
from podpipe.definition.subset import project
from podpipe.definition.subset.section import Section

ROOT = Path(__file__).parents[2]
COMMAND = "run python3 -m podpipe.definition.reference docs/manifests.md README.md"
SECTIONS = [value for module in (*MANIFESTS, project) for value in vars(module).values() if isinstance(value, Section)]


def test_the_manual_is_not_stale() -> None:
    assert (ROOT / "docs/manifests.md").read_text() == render_reference(), COMMAND


def test_the_readme_is_not_stale() -> None:
    readme = (ROOT / "README.md").read_text()
    assert readme == update_readme(readme), COMMAND


@pytest.mark.parametrize("section", SECTIONS, ids=[section.where for section in SECTIONS])
def test_a_key_is_either_supported_or_refused(section: Section) -> None:
    assert not section.keys.keys() & section.refused.keys()
    assert all(text.strip() for text in (*section.keys.values(), *section.refused.values()))


def test_every_supported_key_is_read_somewhere() -> None:
    """A key in the table that no reader asks for would be accepted and ignored."""
    source = "".join(path.read_text() for path in (ROOT / "podpipe/definition").glob("*.py"))
    keys = {key for section in SECTIONS for key in section.keys}
    assert {key for key in keys if f'"{key}"' not in source} == set()
