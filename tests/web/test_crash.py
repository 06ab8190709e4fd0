"""Killed at any moment, or out of space: the old site is whole, and the next build is right."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from .conftest import Desk, files_of

ROOT = Path(__file__).parents[2]
KILLS = 20
FULL = """
set -e
mount -t tmpfs -o size=400k tmpfs "$1/site"
"$2" -m podpipe.web --once --content "$1/content" --output "$1/site"
before=$(cd "$1/site/current/" && find . -type f | sort | xargs sha256sum)
head -c 600000 /dev/zero > "$1/content/static/big"
status=0
"$2" -m podpipe.web --once --content "$1/content" --output "$1/site" || status=$?
[ "$status" = 1 ]
after=$(cd "$1/site/current/" && find . -type f | sort | xargs sha256sum)
[ "$before" = "$after" ]
rm "$1/content/static/big"
"$2" -m podpipe.web --once --content "$1/content" --output "$1/site"
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
    if not shutil.which("unshare") or subprocess.run(["unshare", "-rm", "true"], capture_output=True).returncode:
        pytest.skip("needs a mount namespace of its own")
    desk.post("about.md", title="About")
    desk.write("static/small", "x")
    desk.output.mkdir()
    done = subprocess.run(
        ["unshare", "-rm", "sh", "-c", FULL, "sh", str(desk.output.parent), sys.executable],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert "no space left while writing" in done.stderr
    assert "Traceback" not in done.stderr
