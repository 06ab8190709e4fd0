"""Pushes into a real bare repository, worked off by real processes; only the delivery itself is pretended."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from podpipe.definition import DefinitionError
from podpipe.delivery.push import Push
from podpipe.delivery.requests import Request, Requests
from tests.definition.folder import POD, claim
from tests.delivery.pushed import open_queue

ROOT = Path(__file__).parents[2]
PROJECT = """\
name: home
images:
  base: {debian: bookworm}
  lower: c/lower
  upper: c/upper
  own: c/own
branches: {main: deploy, gone/*: ignore, show: preview, "*": test}
"""
FILES = {
    "podpipe.yaml": PROJECT,
    "pods/web.yaml": POD.replace("localhost/base", "localhost/own"),
    "c/lower/Containerfile": "FROM localhost/base\n",
    "c/upper/Containerfile": "FROM localhost/lower\n",
    "c/own/Containerfile": "FROM localhost/base\n",
}


class House:
    """A laptop's clone, the bare repository with its hook, and the project beside it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.clone, self.bare, self.project = folder / "clone", folder / "home.git", folder / "project"
        self.requests = Requests(folder / "state")
        for path, text in FILES.items():
            self.write(path, text)
            self.write(path, text, self.project)
        self.git("init", "--quiet", "--initial-branch=main")
        self.git("init", "--quiet", "--bare", "--initial-branch=main", str(self.bare))
        self.git("remote", "add", "pi", str(self.bare))

    def hook(self) -> None:
        """From now on pushes are received by processes, as they are in earnest."""
        hook = self.bare / "hooks/post-receive"
        hook.parent.mkdir(exist_ok=True)
        receive = f"{sys.executable} -m tests.delivery.pushed receive {self.folder} {self.bare}"
        hook.write_text(f"#!/bin/sh\ncd {ROOT} && exec {receive}\n")
        hook.chmod(0o755)

    def git(self, *words: str) -> str:
        return subprocess.run(self._command(*words), check=True, capture_output=True, text=True).stdout.strip()

    def start(self, *words: str) -> subprocess.Popen[str]:
        return subprocess.Popen(self._command(*words), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    def _command(self, *words: str) -> list[str]:
        return ["git", "-C", str(self.clone), "-c", "user.name=a", "-c", "user.email=a@b", *words]

    def write(self, path: str, text: str, folder: Path | None = None) -> None:
        target = (folder or self.clone) / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)

    def commit(self, **texts: str) -> str:
        """A commit that changes the files of these images."""
        for image, text in texts.items():
            self.write(f"c/{image}/file", text)
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message=x")
        return self.git("rev-parse", "HEAD")

    def push(self, refspec: str = "main", *more: str) -> list[str]:
        """What a push tells, line by line."""
        before = self._references()
        output = self.start("push", *more, "pi", "--", refspec).communicate(timeout=60)[0]
        if (self.bare / "hooks/post-receive").exists():
            return [line.partition("remote: ")[2].rstrip() for line in output.splitlines() if "remote: " in line]
        after, none, told = self._references(), "0" * 40, list[str]()
        names = [name for name in {**before, **after} if before.get(name) != after.get(name)]
        lines = [f"{before.get(name, none)} {after.get(name, none)} {name}\n" for name in names]
        Push(self.requests, self.bare, told.append).receive(lines, self.work)
        return told

    def _references(self) -> dict[str, str]:
        lines = self.git(f"--git-dir={self.bare}", "for-each-ref", "--format=%(refname) %(objectname)").splitlines()
        return {name: commit for name, _, commit in (line.rpartition(" ") for line in lines)}

    def is_there(self, commit: str, branch: str = "main") -> bool:
        said = subprocess.run(["git", f"--git-dir={self.bare}", "rev-parse", branch], capture_output=True, text=True)
        return said.stdout.strip() == commit

    @property
    def calls(self) -> list[dict[str, Any]]:
        path = self.folder / "calls"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

    @property
    def rebuilt(self) -> list[str]:
        return [call["image"] for call in self.calls]

    def forget(self) -> None:
        (self.folder / "calls").unlink(missing_ok=True)

    def work(self) -> list[str]:
        said: list[str] = []
        open_queue(self.folder, said).work()
        return said


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    house = House(tmp_path)
    yield house
    (tmp_path / "gate").unlink(missing_ok=True)


@pytest.fixture
def pushed(house: House) -> House:
    """One to which all was pushed once."""
    house.commit()
    house.push()
    house.forget()
    return house


def wait_for(truth: Any) -> None:
    deadline = time.monotonic() + 120
    while not truth():
        assert time.monotonic() < deadline, "it did not come to pass"
        time.sleep(0.01)


def test_a_push_delivers_what_it_touched_and_tells_how(house: House) -> None:
    house.hook()
    commit = house.commit()
    told = house.push()
    assert told[0] == f"main {commit[:12]}: in the queue; it goes on if you leave"
    assert told[1:] == [
        "main: begun",
        *(f"    | building {image}\\x1b[31m" for image in ("lower", "upper", "own")),
        "main: deployed: lower, upper, own",
    ]
    assert [(call["commit"], call["deploy"], call["git"], call["by"]) for call in house.calls] == [
        (commit, True, [], "push")
    ] * 3


@pytest.mark.parametrize(
    ("images", "expected"),
    [({"own": "1"}, ["own"]), ({"lower": "1"}, ["lower", "upper"]), ({"upper": "1"}, ["upper"]), ({}, [])],
    ids=str,
)
def test_only_what_was_touched(pushed: House, images: dict[str, str], expected: list[str]) -> None:
    pushed.commit(**images)
    told = pushed.push()
    assert pushed.rebuilt == expected
    assert expected or told[-1] == "main: no image is made of what changed: nothing to do"


def test_a_changed_entry_of_podpipe_yaml_touches_its_image(pushed: House) -> None:
    pushed.write("podpipe.yaml", PROJECT.replace("own: c/own", "own: {context: c/own}"))
    pushed.commit()
    pushed.push()
    assert pushed.rebuilt == ["own"]


@pytest.mark.parametrize("branch", ["feature/x", "größe", "a;rm$IFS-rf"])
def test_another_branch_is_built_and_not_deployed(pushed: House, branch: str) -> None:
    commit = pushed.commit(own="2")
    told = pushed.push(f"HEAD:refs/heads/{branch}")
    assert [(each["image"], each["branch"], each["deploy"]) for each in pushed.calls] == [("own", branch, False)]
    assert told[-1] == f"{branch}: built and tested: own"
    assert pushed.is_there(commit, branch)


def test_a_new_branch_that_is_deployed_brings_all_of_it(pushed: House) -> None:
    pushed.write("podpipe.yaml", PROJECT.replace("main: deploy", "live: deploy"), pushed.project)
    pushed.push("HEAD:refs/heads/live")
    assert pushed.rebuilt == ["lower", "upper", "own"]


def test_what_is_no_branch_that_anything_is_made_of(pushed: House) -> None:
    assert pushed.push("HEAD:refs/tags/v1") == ["refs/tags/v1 is no branch: nothing is made of it"]
    assert pushed.push("HEAD:refs/heads/gone/a")[-1] == "gone/a: podpipe.yaml's branches ignore gone/a"
    assert pushed.push(":refs/heads/gone/a") == ["gone/a was deleted: nothing is made of it"]
    assert "--help` is not a name of a branch" in pushed.push("HEAD:refs/heads/--help")[0]
    assert pushed.push("HEAD:refs/heads/show")[-1] == "show: its preview is up"
    assert pushed.calls == []


def test_several_branches_in_one_push(pushed: House) -> None:
    pushed.hook()
    pushed.commit(own="3")
    pushed.git("checkout", "--quiet", "-b", "side")
    pushed.commit(own="3, but otherwise")
    told = pushed.push("refs/heads/*:refs/heads/*")
    assert sorted((each["branch"], each["image"]) for each in pushed.calls) == [("main", "own"), ("side", "own")]
    assert {"main: deployed: own", "side: built and tested: own"} <= set(told)


def test_one_that_fails_stops_no_other_and_is_made_up_for(pushed: House) -> None:
    (pushed.folder / "bad").write_text("lower")
    pushed.commit(lower="4", own="4")
    told = pushed.push()
    assert pushed.rebuilt == ["lower", "own"]
    assert "  lower does not build" in told and "    hint: mend it" in told
    assert "  upper stands on lower: it stays as it is" in told
    assert told[-1] == "main: deployed: own; failed: lower, upper"
    (pushed.folder / "bad").unlink()
    pushed.forget()
    pushed.commit()  # touches nothing
    assert pushed.push()[-1] == "main: deployed: lower, upper, own"
    assert pushed.requests.listed("failed") == []


def test_going_back_undoes_what_a_failed_push_did_deploy(pushed: House) -> None:
    before = pushed.git("rev-parse", "HEAD")
    (pushed.folder / "bad").write_text("lower")
    pushed.commit(lower="5", own="5")
    pushed.push()
    pushed.forget()
    (pushed.folder / "bad").unlink()
    pushed.push(f"{before}:refs/heads/main", "--force")
    assert [(each["image"], each["commit"]) for each in pushed.calls] == [
        (image, before) for image in ("lower", "upper", "own")
    ]


def test_twenty_quick_pushes_are_at_most_two_rebuilds(pushed: House) -> None:
    pushed.hook()
    (pushed.folder / "gate").touch()
    pushes, commits = [], []
    for number in range(20):
        commits.append(pushed.commit(own=f"quick {number}"))
        pushes.append(pushed.start("push", "pi", "main"))
        wait_for(lambda: pushed.is_there(commits[-1]))
        assert len(pushed.requests.listed("waiting")) <= 1
    wait_for(lambda: [each.commit for each in pushed.requests.listed("waiting")] == [commits[-1]])
    (pushed.folder / "gate").unlink()
    told = [process.communicate(timeout=60)[0] for process in pushes]
    assert 1 <= len(pushed.calls) <= 2
    assert pushed.calls[-1]["commit"] == commits[-1]
    assert sum("is built in its place" in each for each in told) >= 18
    assert "main: deployed: own" in told[-1] or "main: went well already" in told[-1]  # where its hook was late


def test_a_worker_that_is_killed_loses_nothing(pushed: House) -> None:
    pushed.hook()
    (pushed.folder / "gate").touch()
    first = pushed.commit(own="6")
    push = pushed.start("push", "pi", "main")
    wait_for(lambda: pushed.rebuilt == ["own"])
    os.kill(int((pushed.requests.folder / "worker").read_text()), signal.SIGKILL)
    (pushed.folder / "gate").unlink()
    assert [each.commit for each in pushed.requests.listed("working")] == [first]
    wait_for(lambda: pushed.work() or pushed.rebuilt == ["own", "own"])
    assert "main: deployed: own" in push.communicate(timeout=60)[0]  # it follows the next worker
    assert not pushed.requests.is_open(Request("main", repository=str(pushed.bare)).key)


def test_the_push_may_end_and_the_work_goes_on(pushed: House) -> None:
    pushed.hook()
    (pushed.folder / "gate").touch()
    pushed.commit(own="7")
    push = pushed.start("push", "pi", "main")
    wait_for(lambda: pushed.rebuilt == ["own"])
    push.kill()
    push.wait()
    (pushed.folder / "gate").unlink()
    wait_for(lambda: not pushed.requests.listed("working"))
    assert pushed.requests.listed("failed") == []


def test_mistakes_in_the_definition_lose_nothing(pushed: House) -> None:
    pushed.requests.put(Request("main", at=1.0))
    pushed.write("podpipe.yaml", "name: [", pushed.project)
    with pytest.raises(DefinitionError):
        pushed.work()
    assert [each.attempts for each in pushed.requests.listed("waiting")] == [0]
    pushed.write("podpipe.yaml", PROJECT, pushed.project)
    assert pushed.work()[-1] == "main: deployed: lower, upper, own"


def test_an_old_commit_that_is_gone_means_everything(pushed: House) -> None:
    pushed.requests.put(Request("other", pushed.git("rev-parse", "HEAD"), "1" * 40, repository=str(pushed.bare)))
    pushed.work()
    assert pushed.rebuilt == ["lower", "upper", "own"]


def test_a_repository_that_is_gone_is_a_failure_like_others(pushed: House) -> None:
    pushed.requests.put(Request("main", "2" * 40, "1" * 40, repository="/nowhere.git"))
    assert pushed.work()[-1].startswith("main: failed: there is no folder /nowhere.git")
    assert len(pushed.requests.listed("failed")) == 1


def test_no_wakeup_is_lost(house: House) -> None:
    """Whoever puts a request calls a worker, which returns at once where there is one: that one must see it."""

    def ask(number: int) -> None:
        house.requests.put(Request(f"b{number % 7}", f"{number:040x}", at=float(number)))
        open_queue(house.folder, []).work()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(ask, range(60)))
    assert not house.requests.listed("waiting") and not house.requests.listed("working")
    assert {call["branch"] for call in house.calls} == {f"b{number}" for number in range(7)}


def test_the_spool_comes_first_and_the_definition_decides(house: House) -> None:
    house.write("podpipe.yaml", PROJECT + "volumes: {spool: {folder: drop}}\n", house.project)
    house.write("pods/spool.yaml", claim("spool"), house.project)
    house.write("drop/1.json", '{"branch": "feature", "images": ["own"]}', house.project)
    house.write("drop/2.json", '{"branch": "main", "repository": "/etc"}', house.project)
    house.write("drop/x\n.json", '{"branch": "main"}', house.project)
    said = house.work()
    assert [(each["image"], each["deploy"], each["commit"], each["by"]) for each in house.calls] == [
        ("own", False, "", "webhook")
    ]
    assert any("refused 2.json of the spool: it has a key `repository`" in line for line in said)
    assert any("refused x\\n.json of the spool" in line for line in house.requests.refusals())
    assert not list((house.project / "drop").iterdir())


def test_a_full_queue_takes_no_more_of_the_spool(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("podpipe.delivery.queue.KEPT", 3)
    house.write("podpipe.yaml", PROJECT + "volumes: {spool: {folder: drop}}\n", house.project)
    house.write("pods/spool.yaml", claim("spool"), house.project)
    for number in range(10):
        house.write(f"drop/{number}.json", json.dumps({"branch": f"b{number}", "images": ["own"]}), house.project)
    house.work()
    assert len(house.calls) == 3
    assert len([line for line in house.requests.refusals() if line.endswith(": 3 requests wait already")]) == 7
    assert not list((house.project / "drop").iterdir())
