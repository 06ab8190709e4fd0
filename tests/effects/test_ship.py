"""What is asked of another machine, and what is made of its answer. The scripts run here, by a real shell."""

from __future__ import annotations

import hashlib
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from podpipe.effects.ship_there import parse_look, plan_files, render_delivery
from podpipe.effects.ssh import Host
from podpipe.errors import PodpipeError

PI = Host("pi")
IMAGES = """[
  {"Id": "sha256:abc", "RepoTags": ["localhost/web:latest"], "RootFS": {"Type": "layers", "Layers": ["sha256:1"]}},
  {"Id": "def", "RepoTags": null, "RootFS": {"Layers": null}}
]
"""


def test_the_answer() -> None:
    there = parse_look(f"armhf\nholds 12 aa.part\nholds 3 a b\n{IMAGES}", PI)
    assert str(there.platform) == "linux/arm/v7"
    assert there.holds == {"aa.part": 12, "a b": 3}
    assert there.layers == {"sha256:1"}
    assert there.tags == {"abc": ("localhost/web:latest",), "def": ()}


def test_an_answer_without_images() -> None:
    assert parse_look("amd64\n", PI).layers == frozenset()


@pytest.mark.parametrize("said", ["", "vax\n", "amd64\nholds x y\n", "amd64\n[{}]", "amd64\n[1"])
def test_an_answer_that_is_none(said: str) -> None:
    with pytest.raises(PodpipeError):
        parse_look(said, PI)


def test_a_machine_without_skopeo() -> None:
    with pytest.raises(PodpipeError, match="pi has no skopeo") as caught:
        parse_look("armhf\nlacks skopeo\n", PI)
    assert caught.value.hint.endswith("apt-get install --no-install-recommends skopeo")


def test_what_is_left_of_each_file() -> None:
    sizes = {"new": 5, "half": 5, "whole": 5, "long": 5}
    holds = {"half.part": 2, "whole": 5, "long.part": 6}
    assert plan_files(sizes, holds) == [("new", 5, 0), ("half", 5, 2), ("whole", 5, 5), ("long", 5, 0)]


class Machine:
    """A folder where the script runs, with a skopeo and a podman that only tell what they were given."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.ship = folder / "podpipe/ship"
        self.ship.mkdir(parents=True)
        for name, text in (("skopeo", f'cp -r "${{3#dir:}}" {folder}/taken'), ("podman", "echo sha256:1d")):
            (folder / name).write_text(f"#!/bin/sh\n{text}\n")
            (folder / name).chmod(0o755)

    def deliver(self, content: Mapping[str, bytes], arriving: bytes | None = None) -> subprocess.CompletedProcess[str]:
        names = {hashlib.sha256(data).hexdigest(): data for data in content.values()}
        manifest = hashlib.sha256(content["manifest"]).hexdigest()
        holds = {file.name: file.stat().st_size for file in self.ship.iterdir()}
        files = plan_files({name: len(data) for name, data in names.items()}, holds)
        script = render_delivery(files, manifest, "localhost/web:latest", "1d")
        sent = b"".join(names[name][there:] for name, _, there in files)
        env = {"PATH": f"{self.folder}:{os.environ['PATH']}", "XDG_CACHE_HOME": str(self.folder), "HOME": "/nowhere"}
        done = subprocess.run(
            ["sh", "-c", script], input=sent if arriving is None else arriving, env=env, capture_output=True
        )
        return subprocess.CompletedProcess([], done.returncode, done.stdout.decode(), done.stderr.decode())


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


CONTENT = {"manifest": b"{}", "layer": b"x" * 100_000, "config": b"c"}


def test_what_arrives_becomes_an_image_and_goes(machine: Machine) -> None:
    assert machine.deliver(CONTENT).stdout == "sha256:1d\n"
    taken = {file.name: file.read_bytes() for file in (machine.folder / "taken").iterdir()}
    layer = hashlib.sha256(CONTENT["layer"]).hexdigest()
    assert taken["manifest.json"] == b"{}"
    assert taken["version"] == b"Directory Transport Version: 1.1\n"
    assert taken[layer] == CONTENT["layer"]
    assert list(machine.ship.iterdir()) == []


def test_a_connection_that_breaks_off_leaves_what_arrived(machine: Machine) -> None:
    done = machine.deliver(CONTENT, b"{}" + b"x" * 70_000)
    assert done.returncode == 1
    assert "broke off" in done.stderr
    assert sorted(file.stat().st_size for file in machine.ship.iterdir()) == [2, 70_000]
    assert machine.deliver(CONTENT).stdout == "sha256:1d\n"
    assert list(machine.ship.iterdir()) == []


def test_damage_is_found_and_thrown_away(machine: Machine) -> None:
    done = machine.deliver(CONTENT, b"{}" + b"y" * 100_000 + b"c")
    assert "what arrived is not what was sent" in done.stderr
    assert [file.stat().st_size for file in machine.ship.iterdir()] == [2]
    (next(machine.ship.iterdir())).write_bytes(b"[]")  # whole by its size, and not what it says
    assert "what arrived is not what was sent" in machine.deliver(CONTENT).stderr
    assert machine.deliver(CONTENT).returncode == 0
