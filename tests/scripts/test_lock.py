"""requirements.lock holds what pyproject.toml asks for, and the data pod's image the same versions."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LOCK = (ROOT / "requirements.lock").read_text().splitlines()
IMAGE = (ROOT / "containerfiles/datasette/requirements.txt").read_text().splitlines()


def name_of(requirement: str) -> str:
    return re.split(r"[^\w.-]", requirement)[0].lower().replace("_", "-")


def wanted() -> set[str]:
    """Names in every list of pyproject.toml that holds requirements; Python 3.9 cannot read TOML."""
    text = (ROOT / "pyproject.toml").read_text()
    lists = re.findall(r"^(?:requires|dependencies|web|test|tools) = \[(.*?)\]$", text, re.DOTALL | re.MULTILINE)
    assert len(lists) == 5
    return {name_of(each) for each in re.findall(r'"([^"]+)"', "".join(lists))} - {"podpipe"}


def test_the_lock_has_what_pyproject_asks_for() -> None:
    assert wanted() <= {name_of(line) for line in LOCK}


@pytest.mark.parametrize("line", LOCK + IMAGE)
def test_each_line_is_one_version(line: str) -> None:
    assert re.fullmatch(r"[\w.-]+==[\w.]+( ; .+)?", line)


def test_the_image_has_the_locked_versions() -> None:
    locked = {line.partition(" ; ")[0] for line in LOCK}
    assert [line for line in IMAGE if line not in locked] == []
