"""Whole units, as Podman 5.8.2's own generator makes them of these files (tests/quadlet/golden/CASE)."""

from __future__ import annotations

from pathlib import Path

import pytest

from podpipe.quadlet.generator import generate
from podpipe.quadlet.names import ORDER

GOLDEN = Path(__file__).parent / "golden"
FOLDER = "/etc/containers/systemd"
CASES = sorted(path for path in GOLDEN.iterdir() if path.is_dir())


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_units_are_as_they_were(case: Path) -> None:
    texts = {path: path.read_text() for path in case.rglob("*") if path.suffix in (*ORDER, ".conf")}
    done = generate({f"{FOLDER}/{path.relative_to(case)}": text for path, text in texts.items()}, user=True)
    assert (done.errors, done.warnings) == ([], [])
    assert done.files == {path.name: path.read_text() for path in case.glob("*.service")}
    links = "".join(f"{link} -> {target}\n" for link, target in sorted(done.links.items()))
    assert links == "".join(path.read_text() for path in case.glob("links"))
