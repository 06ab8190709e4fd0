"""A small file system of a test's own, to be filled up."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MOUNT = 'mount -t tmpfs -o size="$1" tmpfs "$2" && exec "$3" - "$2"'


def run_on_small_disk(folder: Path, size: str, script: str) -> subprocess.CompletedProcess[str]:
    """Run Python's `script`, which has to succeed, with a file system of that size in `folder`; sys.argv[1] names it.

    The mount is seen by the script alone, and gone with it.
    """
    if not shutil.which("unshare") or subprocess.run(["unshare", "-rm", "true"], capture_output=True).returncode:
        pytest.skip("needs a mount namespace of its own")
    folder.mkdir(exist_ok=True)
    command = ["unshare", "-rm", "sh", "-c", MOUNT, "sh", size, str(folder), sys.executable]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, input=script, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done
