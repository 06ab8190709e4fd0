"""The linters are tests too, so that one command says whether a change is good."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SHELL = re.compile(rb"#.*\b(ba|da)?sh\b")


def shell_scripts() -> list[str]:
    """Whatever in the folders of scripts begins with a comment that names a shell."""
    files = [path for folder in ("scripts", ".ci", "bench", "examples") for path in (ROOT / folder).rglob("*")]
    return [str(path) for path in files if path.is_file() and SHELL.match(path.read_bytes())]


@pytest.mark.parametrize(
    "command",
    [
        [sys.executable, "-m", "ruff", "check", "."],
        [sys.executable, "-m", "mypy"],
        ["shellcheck", *shell_scripts()],
    ],
    ids=["ruff", "mypy", "shellcheck"],
)
def test_linter_has_nothing_to_say(command: list[str]) -> None:
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert result.returncode == 0, result.stdout + result.stderr
