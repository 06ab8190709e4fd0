"""What is asked of another machine before its Podman is driven. The scripts run here, by a real shell."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from podpipe.effects.host_supervisor import HostSupervisor
from podpipe.effects.remote import HAND_OVER, LOOK, START, Machine, parse_look, with_arguments
from podpipe.effects.remote_storage import LOOK_FOR, UNPACK, pack
from podpipe.effects.ssh import Host
from podpipe.errors import EngineMissing, NotOurs, PodpipeError
from podpipe.plan import Observed, ObservedPod
from podpipe.render import ConfigFolder
from podpipe.render.labels import PROJECT, UNIT
from podpipe.testing import FakeEngine
from tests.samples import definition, desired

PI = Host("pi")
SAID = "armhf\n/run/user/1000/podpipe\n/home/pi/.local/state/podpipe\n/home/pi/.config/podpipe/secrets\n{}\n{}\n"


def sh(script: str, env: dict[str, str] | None = None, given: bytes = b"") -> str:
    done = subprocess.run(["sh", "-c", script], env={**os.environ, **(env or {})}, input=given, capture_output=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.decode()


def test_the_answer() -> None:
    machine = parse_look(PI, SAID.format("memory pids", "/usr/bin/podman"))
    assert str(machine.platform) == "linux/arm/v7"
    assert machine.runtime == Path("/run/user/1000/podpipe")
    assert machine.controllers == ("memory", "pids")
    assert parse_look(PI, SAID.format("", "/usr/bin/podman")).controllers == ()


def test_the_answer_of_this_machine(tmp_path: Path) -> None:
    (tmp_path / "podman").write_text("#!/bin/sh\n")
    (tmp_path / "podman").chmod(0o755)
    env = {"PATH": f"{tmp_path}:{os.environ['PATH']}", "XDG_RUNTIME_DIR": str(tmp_path), "XDG_STATE_HOME": "/state"}
    machine = parse_look(PI, sh(LOOK, env))
    assert (machine.runtime, machine.state) == (tmp_path / "podpipe", Path("/state/podpipe"))
    assert machine.runtime.stat().st_mode & 0o777 == 0o700


def test_a_machine_without_podman() -> None:
    with pytest.raises(EngineMissing, match="not installed on pi"):
        parse_look(PI, SAID.format("", "none"))
    with pytest.raises(PodpipeError, match="cannot be read"):
        parse_look(PI, "Welcome!\n" + SAID.format("", "none"))


def test_the_scripts_are_shell() -> None:
    for script in (LOOK, START.format(unit="a.service", limit=1), HAND_OVER, UNPACK, LOOK_FOR):
        subprocess.run(["sh", "-n", "-c", script], check=True)


def test_config_maps_arrive_once(tmp_path: Path) -> None:
    place = tmp_path / "config maps"
    folders = [ConfigFolder(place / f"words-{digest}", (("a b", "1"), ("c", digest))) for digest in ("11", "22")]
    for _ in range(2):
        sh(with_arguments(UNPACK, str(place)), given=pack(folders))
        assert sorted(path.name for path in place.iterdir()) == ["words-11", "words-22"]
    assert (place / "words-22/c").read_text() == "22"
    assert (place / "words-11").stat().st_mode & 0o777 == 0o755
    assert (place / "words-11/a b").stat().st_mode & 0o777 == 0o644


def test_secrets_that_are_missing_are_named(tmp_path: Path) -> None:
    store = tmp_path / "secrets"
    (store / "there").mkdir(parents=True)
    (store / "there/key").write_text("")
    calls = f"secret {store}/there False key\nsecret {store}/there False\nsecret {store}/may True key\n"
    assert sh(LOOK_FOR + calls) == ""
    assert (store / "may").is_dir()
    assert store.stat().st_mode & 0o777 == 0o700
    assert sh(f"{LOOK_FOR}secret {store}/there False other") == f"{store}/there/other\n"
    assert sh(f"{LOOK_FOR}secret {store}/none False") == f"{store}/none/.\n"


def test_a_volume_is_handed_over_while_it_is_new(tmp_path: Path) -> None:
    (tmp_path / "podman").write_text('#!/bin/sh\necho "$@"\n')
    (tmp_path / "podman").chmod(0o755)
    volume, env = tmp_path / "volume", {"PATH": f"{tmp_path}:{os.environ['PATH']}"}
    volume.mkdir()
    script = with_arguments(HAND_OVER, str(volume), "1000:1000")
    assert sh(script, env) == f"unshare chown 1000:1000 {volume}\n"
    (volume / "page").write_text("")
    assert sh(script, env) == ""


def test_what_systemd_keeps_there_is_not_touched() -> None:
    kept = ObservedPod("web", "1", {PROJECT: "home", UNIT: "x"}, "running", infra_running=True)
    machine = Machine(PI, parse_look(PI, SAID.format("", "/p")).platform, Path("/r"), Path("/s"), Path("/k"), ())
    project = definition()
    supervisor = HostSupervisor(machine, FakeEngine(), project, desired(project), print)
    with pytest.raises(NotOurs) as caught:
        supervisor.plan(Observed((5, 4, 2), {}, {}, {"web": kept}, {}), {})
    assert caught.value.hint == "podpipe ship IMAGE pi, then ssh pi podpipe up"
