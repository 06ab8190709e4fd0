from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from podpipe import Project, standstill, up
from podpipe.errors import EngineUnavailable
from podpipe.starter import make_starter
from podpipe.testing import FakeEngine

OLD = 1_700_000_000  # seconds; long before the test began

PROJECT = "name: home\nimages: {base: {registry: docker.io/library/debian:12}}\n"
POD = """\
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers:
    - {name: nginx, image: "docker.io/library/debian:12", ports: [{containerPort: 80, hostPort: 8080}]}
"""
FOUND = {"web": ["http://127.0.0.1:8080/"]}


class House:
    """A project of files that were written long ago, on an engine that runs it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.engine = FakeEngine()
        self.engine.storage = folder.parent
        (folder / "pods").mkdir(parents=True)
        self.write("podpipe.yaml", PROJECT)
        self.write("pods/web.yaml", POD)
        self.up()

    def write(self, name: str, text: str, when: int = OLD) -> None:
        (self.folder / name).write_text(text)
        for path in (self.folder / name, self.folder / "pods", self.folder):
            os.utime(path, (when, when))

    def up(self) -> None:
        for _ in range(2):  # the second finds nothing to do
            Project(Project.load(self.folder).definition, connect=lambda: self.engine).up()
            around = self.folder.parent
            for written in (around / "overlay-images/images.json", *(around / "home").rglob("folder")):
                os.utime(written, (OLD, OLD))

    def recall(self) -> dict[str, list[str]] | None:
        return standstill.recall(self.folder, lambda: self.engine)


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> House:
    for variable in ("XDG_RUNTIME_DIR", "XDG_STATE_HOME"):
        monkeypatch.setenv(variable, str(tmp_path / "home"))
    monkeypatch.setattr("podpipe.effects.preflight.find_listener", lambda *_: None)
    monkeypatch.setattr("podpipe.effects.health.STEADY", 0.0)
    monkeypatch.setattr("podpipe.standstill.PACKAGE", tmp_path / "no package")
    return House(tmp_path / "project")


def test_nothing_to_do_is_remembered(house: House) -> None:
    assert house.recall() == FOUND


def test_up_of_the_folder_asks_it_first(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("podpipe.launch", "podpipe.effects.engine"):
        monkeypatch.setattr(f"{module}.connect", lambda: house.engine)
    assert up(house.folder) == (None, FOUND)
    for plan, addresses in (up(house.folder, ["web"]), up(house.folder, quick=False)):
        assert plan is not None
        assert plan.actions and not plan.changes
        assert {pod: list(urls) for pod, urls in addresses.items()} == FOUND


def test_the_log_of_health_checks_does_not_count(house: House) -> None:
    house.engine._containers["web-nginx"]["State"]["Health"]["Log"] = [{"Start": "now"}]
    assert house.recall() == FOUND


def change_a_file(house: House) -> None:
    house.write("pods/web.yaml", POD.replace("8080", "8081"), OLD + 1)


def add_a_file(house: House) -> None:
    house.write("pods/other.yaml", POD.replace("web", "other"), OLD + 1)


def remove_a_file(house: House) -> None:
    (house.folder / "pods/web.yaml").unlink()


def crash_a_container(house: House) -> None:
    house.engine.crash("web-nginx")


def remove_a_pod(house: House) -> None:
    house.engine.remove_pod("web")


def lose_a_port_forwarder(house: House) -> None:
    house.engine.deaf.add(8080)


def move_a_tag(house: House) -> None:
    house.engine.add_image("docker.io/library/debian:12")


def break_the_memory(house: House, text: str = "{") -> None:
    for file in (house.folder.parent / "home").rglob("standstill/*"):
        file.write_text(text)


SHAPES = ["[" * 100_000, "", "[]", "7", "{}", '{"inputs": 7, "stamps": {}}', '{"inputs": [7], "stamps": []}', "\0"]


def test_each_folder_has_a_memory_of_its_own() -> None:
    folders = ["/", "/root", "/sites-old/x", "/sites/old-x", "/sites/old/x", "/a/-b", "/a-/b", "/a%2d/b"]
    assert len({standstill._memory(folder) for folder in folders}) == len(folders)


@pytest.mark.parametrize("text", SHAPES)
def test_a_memory_of_another_shape_is_none(house: House, text: str) -> None:
    break_the_memory(house, text)
    assert house.recall() is None


@pytest.mark.parametrize(
    "change",
    [
        change_a_file,
        add_a_file,
        remove_a_file,
        crash_a_container,
        remove_a_pod,
        lose_a_port_forwarder,
        move_a_tag,
        break_the_memory,
    ],
)
def test_any_change_sends_it_the_ordinary_way(house: House, change: Callable[[House], Any]) -> None:
    change(house)
    assert house.recall() is None


def test_a_podman_that_does_not_answer_is_for_the_ordinary_way_to_explain(house: House) -> None:
    house.engine.fail_on("containers", EngineUnavailable("gone"))
    assert house.recall() is None


def test_what_may_have_changed_while_it_was_read_is_not_remembered(house: House) -> None:
    change_a_file(house)
    house.up()
    assert house.recall() is not None
    (house.folder / "pods/web.yaml").touch()  # now: this second's next change would leave no other trace
    house.up()
    assert house.recall() is None


def test_what_had_to_be_waited_for_is_not_remembered(house: House) -> None:
    break_the_memory(house)
    house.engine._containers["web-nginx"]["State"]["Health"]["Status"] = "unhealthy"
    house.up()
    assert house.recall() is None


def test_a_part_of_the_pods_is_not_remembered_as_the_whole(house: House) -> None:
    break_the_memory(house)
    Project(Project.load(house.folder).definition, connect=lambda: house.engine).up(["web"])
    assert house.recall() is None


READ = """\
import json, os, sys
from pathlib import Path

read = set()

def hear(event, arguments):
    if event in ("open", "os.scandir", "os.listdir") and isinstance(arguments[0], (str, os.PathLike)):
        read.add(os.path.realpath(arguments[0]))

sys.addaudithook(hear)
from podpipe import Project
from podpipe.effects.inputs import plan_inputs
from podpipe.testing import FakeEngine

project = Project(Project.load(sys.argv[1]).definition, connect=FakeEngine, find_manager=lambda: None)
assert project.plan().changes
inputs = [os.path.realpath(path) for path in plan_inputs(project.definition, project.desired(), project.state)]
here = [path for path in read for place in sys.argv[1:] if Path(path).is_relative_to(place)]
print(json.dumps([here, [path for path in here if not any(Path(path).is_relative_to(each) for each in inputs)]]))
"""


def test_every_file_that_a_plan_is_made_from_is_an_input(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder, home = tmp_path / "project", tmp_path / "home"
    make_starter(folder, (9080, 9001))
    for variable in ("XDG_RUNTIME_DIR", "XDG_STATE_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.setenv(variable, str(home))
    command = [sys.executable, "-c", READ, str(folder), str(home)]
    read, forgotten = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
    assert {str(folder / "podpipe.yaml"), str(folder / "containerfiles/nginx/Containerfile")} <= {*read}
    assert forgotten == []
