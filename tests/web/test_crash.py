"""Killed at any moment, or out of space: the old site is whole, and the next build is right."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from pathlib import Path

from ..small_disk import run_on_small_disk
from .conftest import Desk, files_of

ROOT = Path(__file__).parents[2]
KILLS = 20
FULL = """
import sys
from pathlib import Path
from podpipe.web.__main__ import main

site = Path(sys.argv[1])
content = site.with_name("content")
arguments = ["--once", "--content", str(content), "--output", str(site)]

def live():
    folder = (site / "current").resolve()
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}

assert main(arguments) == 0
before = live()
(content / "static/big").write_bytes(bytes(600_000))
assert main(arguments) == 1
assert live() == before
(content / "static/big").unlink()
assert main(arguments) == 0
"""


def builder(desk: Desk) -> subprocess.Popen[bytes]:
    command = [
        sys.executable,
        "-m",
        "podpipe.web",
        "--once",
        "--content",
        str(desk.content),
        "--output",
        str(desk.output),
    ]
    return subprocess.Popen(command, env={**os.environ, "PYTHONPATH": str(ROOT)}, stderr=subprocess.DEVNULL)


def edit(desk: Desk, turn: int) -> None:
    for number in range(40):
        desk.post(f"posts/p{number}.md", f"Turn {turn}.", title=f"Post {number}", date="2026-01-01", tags=f"[t{turn}]")


def test_killed_at_any_moment(desk: Desk, tmp_path: Path) -> None:
    edit(desk, 0)
    began = time.monotonic()
    assert builder(desk).wait() == 0
    whole = time.monotonic() - began
    valid = [desk.files()]
    chance = random.Random(2)
    for turn in range(1, KILLS + 1):
        edit(desk, turn)
        killed = builder(desk)
        time.sleep(chance.uniform(0, whole))
        killed.kill()
        killed.wait()
        # either the old site, or the new one if the switch was made
        if desk.files() not in valid:
            assert builder(Desk(desk.content, tmp_path / f"first{turn}")).wait() == 0
            valid.append(files_of(tmp_path / f"first{turn}"))
            assert desk.files() == valid[-1]
    assert builder(desk).wait() == 0
    assert builder(Desk(desk.content, tmp_path / "first")).wait() == 0
    assert desk.files() == files_of(tmp_path / "first")
    assert not (desk.output / "releases" / ".unfinished").exists()


def test_a_full_disk_is_named_and_the_old_site_stays(desk: Desk) -> None:
    desk.post("about.md", title="About")
    desk.write("static/small", "x")
    done = run_on_small_disk(desk.output, "400k", FULL)
    assert "no space left while writing" in done.stderr
    assert "Traceback" not in done.stderr
