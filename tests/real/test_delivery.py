"""From a branch into the starter's pods and back out, with real builds, whoever keeps the pods."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from podpipe import Delivery
from podpipe.delivery.flight import load_flight
from podpipe.effects.systemd import user_manager
from podpipe.errors import BuildFailed, RolledBack
from podpipe.ledger import Release
from tests.real.starter import MARK, Starter
from tests.real.test_front_door import SLOWEST, Visitors, changed, started
from tests.real.waiting import wait_until

pytestmark = [pytest.mark.real, pytest.mark.ends]

IMAGE, CONTAINER = f"{MARK}-nginx", f"{MARK}-web-nginx"
FOLDER = "containerfiles/nginx"
ROOT = Path(__file__).parents[2]
REQUESTS = 10_000


class Repository:
    """The starter's folder as a checkout."""

    def __init__(self, starter: Starter) -> None:
        self.starter = starter
        self.folder = starter.folder
        self.settings = self.folder / "podpipe.yaml"
        self.was = self.settings.read_text()
        self.settings.write_text(f"{self.was}\nreleases: {{minReadySeconds: 1}}\n")
        self.git("init", "--quiet")
        self.git("checkout", "--quiet", "-b", "main")
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message=begin")

    def git(self, *arguments: str) -> None:
        who = ("-c", "user.name=a", "-c", "user.email=a@b")
        subprocess.run(["git", *who, *arguments], cwd=self.folder, check=True, capture_output=True)

    def branch(self, name: str, file: str, old: str, new: str) -> str:
        """A branch off main on which a file of nginx's image says `new` in the place of `old`."""
        self.git("checkout", "--quiet", "-B", name, "main")
        path = self.folder / FOLDER / file
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new, 1))
        self.git("commit", "--quiet", "--all", "--message", name)
        self.git("checkout", "--quiet", "main")
        return name

    def marked(self, word: str) -> str:
        """A branch whose nginx is another one, and as good."""
        return self.branch(word, "serve", "#!/bin/sh\n", f"#!/bin/sh\n# {word}\n")

    def broken(self) -> str:
        return self.branch("broken", "serve", "#!/bin/sh\n", "#!/bin/sh\necho no such luck; exit 3\n")

    def rebuild(self, branch: str) -> Release:
        return Delivery(self.starter.project).rebuild(IMAGE, branch=branch)

    def first_lines(self) -> str:
        words = ["podman", "exec", CONTAINER, "cat", "/usr/local/bin/serve"]
        return subprocess.run(words, capture_output=True, text=True).stdout[:60]

    def remove(self) -> None:
        """What was released is forgotten, and the folder's own image back."""
        subprocess.run(["rm", "-rf", str(self.folder / ".git")], check=True)
        self.settings.write_text(self.was)
        (self.starter.project.state / "released.json").unlink(missing_ok=True)
        self.starter.project.up()


@pytest.fixture
def repository(starter: Starter) -> Iterator[Repository]:
    starter.project.up()
    repository = Repository(starter)
    yield repository
    repository.remove()


def test_a_branch_takes_the_place_of_its_container_alone(repository: Repository) -> None:
    before = started(repository.starter)
    release = repository.rebuild(repository.marked("one"))
    assert release.result == "live"
    assert "# one" in repository.first_lines()
    assert changed(before, started(repository.starter)) == {CONTAINER}
    assert repository.starter.project.plan().changes == ()
    assert repository.rebuild("one").id == 0
    Delivery(repository.starter.project).rollback(IMAGE)
    assert "# one" not in repository.first_lines()
    assert "<html" in repository.starter.get(repository.starter.web)


def test_a_broken_one_is_out_again_before_the_command_returns(repository: Repository) -> None:
    before, branch = repository.first_lines(), repository.broken()
    repository.settings.write_text(f"{repository.was}\nreleases: {{minReadySeconds: 1, trial: false}}\n")
    with pytest.raises(RolledBack) as error:
        repository.rebuild(branch)
    assert "no such luck" in "\n".join(error.value.lines)
    assert repository.first_lines() == before
    assert "<html" in repository.starter.get(repository.starter.web)
    assert Delivery(repository.starter.project).history(IMAGE, 1)[0].result == "rolled back"


def test_a_test_stage_must_pass(repository: Repository) -> None:
    before = started(repository.starter)
    base = f"FROM localhost/{MARK}-base\n"
    tested = f"{base[:-1]} AS test\nRUN echo not good; false\n\n{base}"
    branch = repository.branch("tested", "Containerfile", base, tested)
    with pytest.raises(BuildFailed, match="false failed") as error:
        repository.rebuild(branch)
    assert "not good" in error.value.lines
    assert started(repository.starter) == before
    assert Delivery(repository.starter.project).history(IMAGE, 1)[0].step == "test"


def test_killed_at_any_step_the_next_command_finds_it(repository: Repository) -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    for number in range(6):
        branch = repository.marked(f"kill-{number}")
        words = [sys.executable, "-m", "podpipe", "-C", str(repository.folder), "rebuild", IMAGE, "--branch", branch]
        process = subprocess.Popen(words, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(random.Random(number).uniform(0.3, 9))
        process.kill()
        process.wait()
        Delivery(repository.starter.project).recover()
        assert load_flight(repository.starter.project.state) is None
        repository.starter.project.up()
        assert repository.starter.project.plan().changes == ()
        assert "<html" in repository.starter.get(repository.starter.web)
    assert all(release.is_over for release in Delivery(repository.starter.project).history(IMAGE))


def test_five_swaps_cost_nobody_a_request(repository: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    if user_manager() is None:
        pytest.skip("no systemd of the user's answers here")
    monkeypatch.setenv("PODPIPE_SUPERVISOR", "systemd")
    with Visitors(repository.starter.web) as visitors:
        for branch in [repository.marked("a"), repository.marked("b"), repository.broken(), repository.marked("c")]:
            if branch == "broken":
                with pytest.raises(RolledBack):
                    repository.rebuild(branch)
            else:
                repository.rebuild(branch)
        Delivery(repository.starter.project).rollback(IMAGE)
        wait_until(lambda: len(visitors.waits) >= REQUESTS, 60)
    assert visitors.errors == []
    assert max(visitors.waits) < SLOWEST
