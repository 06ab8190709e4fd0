from __future__ import annotations

import os
import pty
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
MANY = """
from concurrent.futures import ThreadPoolExecutor
from podpipe.cli.console import Console
console = Console()
with ThreadPoolExecutor(8) as pool:
    list(pool.map(console.report, (f"step [{number}]" for number in range(50))))
console.log("a line")
console.result("the answer")
"""


def test_on_a_terminal_many_threads_share_one_line() -> None:
    ours, theirs = pty.openpty()
    done = subprocess.run([sys.executable, "-c", MANY], cwd=ROOT, stdout=subprocess.PIPE, stderr=theirs, check=False)
    os.close(theirs)
    shown = b""
    while True:
        try:
            chunk = os.read(ours, 1 << 16)
        except OSError:  # how a pseudo-terminal says that nobody writes any more
            break
        if not chunk:
            break
        shown += chunk
    os.close(ours)
    assert done.returncode == 0, shown
    assert done.stdout == b"the answer\n"
    assert b"step [" in shown
    assert b"a line" in shown
    assert b"Traceback" not in shown
