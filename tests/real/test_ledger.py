"""The ledger in the data pod: podpipe writes it on the host, datasette reads it through a read-only mount."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from podpipe.delivery import Delivery
from podpipe.ledger import Ledger, Step
from tests.data.test_ledger import COUNTED, KILLED, WRITER
from tests.real.starter import MARK, Starter

pytestmark = pytest.mark.real

ROOT = Path(__file__).parents[2]


@pytest.fixture
def ledger(starter: Starter) -> Ledger:
    """The project's, without a release."""
    ledger = Delivery(starter.project).ledger
    for file in ledger.file.parent.iterdir():  # `up` made the folder
        file.unlink()
    return ledger


def ask(starter: Starter, sql: str) -> dict[str, Any]:
    """The only row of an answer."""
    (row,) = json.loads(starter.get(f"{starter.data}/podpipe.json?_shape=array&sql={sql}"))
    return dict(row)


def page(starter: Starter, holds: Callable[[str], bool]) -> bool:
    """Whether the page of deployments comes to hold something within ten seconds."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        if holds(starter.get(f"{starter.data}/-/deployments")):
            return True
        time.sleep(0.1)
    return False


def test_releases_are_read_as_they_are_written(starter: Starter, ledger: Ledger) -> None:
    assert page(starter, lambda html: "Nothing has been deployed yet" in html)
    ledger.begin("nginx", "command")
    writer = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(ledger.file)], env={**os.environ, "PYTHONPATH": str(ROOT)}
    )
    seen = 0
    while writer.poll() is None:
        counted = ask(starter, COUNTED)
        assert counted["steps"] == 3 * counted["releases"] >= 3 * seen
        seen = counted["releases"]
    assert writer.returncode == 0
    assert ask(starter, COUNTED) == {"releases": 200, "steps": 600}


def test_the_page_tells_of_the_last_one(starter: Starter, ledger: Ledger) -> None:
    release = replace(ledger.release(ledger.begin("nginx", "push", "try/this")), result="failed", step="test",
                      message="nginx: test failed", steps=(Step("test", 1.5, "failed"),))  # fmt: skip
    ledger.end(release, "the log")
    assert page(starter, lambda html: "try/this" in html and "nginx: test failed" in html)
    assert "the log" in starter.get(f"{starter.data}/podpipe/logs/{release.id}")
    assert "/-/deployments" in starter.get(f"{starter.data}/")


def test_a_killed_writer_and_a_damaged_file(starter: Starter, ledger: Ledger) -> None:
    ledger.begin("nginx", "command")
    subprocess.run([sys.executable, "-c", KILLED, str(ledger.file)], check=True)
    assert json.loads(starter.get(f"{starter.data}/data.json"))["database"] == "data"
    assert [each.image for each in ledger.releases()] == ["nginx"]
    assert page(starter, lambda html: '<span class="image">nginx</span>' in html)
    ledger.file.write_text("no database " * 1000)
    ledger.begin("builder", "command")
    assert page(starter, lambda html: '<span class="image">builder</span>' in html and ">nginx<" not in html)


def test_no_container_writes_it_and_up_does_not_mind_it(starter: Starter, ledger: Ledger) -> None:
    ledger.begin("nginx", "command")
    files = ["/srv/ledger/podpipe.db", "/srv/ledger/new"]
    # The container's root is the user to whom the files belong outside.
    touch = ["podman", "exec", "--user=0:0", f"{MARK}-data-datasette", "touch", *files]
    done = subprocess.run(touch, capture_output=True, text=True)
    assert done.returncode != 0
    assert done.stderr.count("Read-only file system") == 2
    assert starter.project.up().changes == ()
