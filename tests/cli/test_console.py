from __future__ import annotations

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from podpipe.cli.console import Console, show_table

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


@pytest.mark.parametrize("closing", ["", ">&-", "2>&-", ">&- 2>&-"])
def test_no_console_is_too_poor_for_a_message(tmp_path: Path, closing: str) -> None:
    folder = tmp_path / "Bücher\udcff"
    folder.mkdir()
    call = f"{sys.executable} -m podpipe -C '{folder}' plan {closing}"
    environment = {**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONPATH": str(ROOT)}
    done = subprocess.run(["sh", "-c", call], env=environment, capture_output=True, check=False)
    assert done.returncode == 2
    assert b"Traceback" not in done.stderr + done.stdout
    if "2>&-" not in closing:
        assert b"there is no podpipe.yaml in" in done.stderr and b"B\\xfccher" in done.stderr


def test_a_narrow_terminal_cuts_nothing(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", "20")
    address = "http://127.0.0.1:8080/"
    show_table(Console(), ("CONTAINER", "ADDRESS"), [("a-container-of-a-long-name", address)], ["red"])
    out = capsys.readouterr().out
    assert "a-container-of-a-long-name" in out and address in out
