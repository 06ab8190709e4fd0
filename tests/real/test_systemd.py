"""Pods that the user's own systemd keeps, with systemctl, journalctl and podman as witnesses."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from podpipe import Project
from podpipe.effects.libpod import Libpod
from podpipe.effects.systemd import user_manager
from podpipe.effects.unit_files import installed_files, quadlet_folder, write_files
from podpipe.errors import NotOurs, Unhealthy
from tests.real.free_port import free_port
from tests.real.test_up import IMAGE, ROOT, SCRIPT, Sample, kill_again_and_again
from tests.real.waiting import wait_until

pytestmark = pytest.mark.real


@pytest.fixture
def sample(tmp_path: Path, tiny_image: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sample]:
    if user_manager() is None:
        pytest.skip("no systemd of the user's answers here")
    monkeypatch.setenv("PODPIPE_SUPERVISOR", "systemd")
    subprocess.run(["podman", "tag", tiny_image, IMAGE], check=True)
    sample = Sample(tmp_path, IMAGE)
    yield sample
    sample.write(script=SCRIPT)
    sample.project.down()
    subprocess.run(["podman", "volume", "rm", "--force", sample.name], capture_output=True, check=False)


def systemctl(*words: str) -> str:
    return subprocess.run(["systemctl", "--user", *words], capture_output=True, text=True, check=False).stdout.strip()


def state(unit: str) -> str:
    return systemctl("is-active", unit)


def process_of(container: str) -> int:
    words = ["podman", "inspect", "--format", "{{.State.Pid}}", container]
    return int(subprocess.run(words, check=True, capture_output=True, text=True).stdout)


def infra_of(pod: str) -> str:
    words = ["podman", "pod", "inspect", pod, "--format", "{{.InfraContainerID}}"]
    return subprocess.run(words, check=True, capture_output=True, text=True).stdout.strip()


def answers(sample: Sample) -> bool:
    try:
        return bool(sample.page())
    except OSError:
        return False


def rows(sample: Sample) -> dict[str, str]:
    """When each container that is there was started."""
    return {name: at for name, at in sample.started().items() if at}


def test_up_hands_the_pods_to_systemd_and_a_second_one_touches_nothing(sample: Sample) -> None:
    sample.project.up()
    assert sample.page().strip().isdigit()
    name = sample.name
    units = [f"{name}-pod.service", f"{name}-server.service", f"{name}-maker.service", f"{name}-job.timer"]
    assert [state(unit) for unit in units] == ["active"] * 4
    before = sample.started()
    assert sample.project.up().changes == ()
    assert sample.started() == before
    assert {row.unit for row in sample.project.status() if not row.job} == {
        f"{name}-server.service: active (running)", f"{name}-maker.service: active (running)",
    }  # fmt: skip
    assert [row.state for row in sample.project.status() if row.job] == ["done"]
    assert sample.project.run(f"{name}-job") == ("ran",)
    assert (f"{name}-job", "ran") in list(sample.project.logs(f"{name}-job"))
    assert sample.project.plan().changes == ()


def test_only_the_changed_container_is_restarted(sample: Sample) -> None:
    sample.project.up()
    before = sample.started()
    plan = sample.write(greeting="good morning").up()
    assert [" ".join(str(action).split()) for action in plan.changes] == [
        f'update file {sample.name}-server.container because Environment was GREETING=hello is "GREETING=good morning"',
        f'recreate container {sample.name}-server because Environment was GREETING=hello is "GREETING=good morning"',
    ]
    after = sample.started()
    assert {name for name in after if after[name] != before[name]} == {"-server"}
    sample.page()


def test_a_restart_keeps_the_siblings(sample: Sample) -> None:
    sample.project.up()
    before = sample.started()
    sample.project.restart(f"{sample.name}/server")
    after = sample.started()
    assert {name for name in after if after[name] != before[name]} == {"-server"}
    sample.page()
    sample.project.restart(sample.name)
    assert not {*rows(sample).values()} & {*after.values()}
    sample.page()
    assert sample.project.plan().changes == ()


def test_a_container_that_dies_comes_back_alone(sample: Sample) -> None:
    sample.project.up()
    before = sample.started()
    infra = infra_of(sample.name)
    os.kill(process_of(f"{sample.name}-server"), signal.SIGKILL)
    wait_until(lambda: rows(sample).get("-server", before["-server"]) != before["-server"] and answers(sample))
    assert sample.started()["-maker"] == before["-maker"]
    assert infra_of(sample.name) == infra
    assert sample.project.plan().changes == ()


@pytest.mark.parametrize("how", ["sick", "hanging"])
def test_what_fails_its_liveness_probe_comes_back_alone(sample: Sample, engine: Libpod, how: str) -> None:
    if how == "hanging" and engine.version > (3, 0, 1):
        pytest.skip("such a Podman waits for a command that hangs")
    sample.write_fragile().up()
    before = sample.started()
    sample.make_sick(how)
    wait_until(lambda: rows(sample).get("-maker", before["-maker"]) != before["-maker"])
    assert sample.started()["-server"] == before["-server"]
    sample.project.up()
    assert {row.health for row in sample.project.status() if row.name.endswith("-maker")} == {"healthy"}


def test_what_no_longer_answers_comes_back_alone(sample: Sample) -> None:
    sample.write_answering().up()
    before = sample.started()
    os.kill(process_of(f"{sample.name}-server"), signal.SIGSTOP)
    wait_until(lambda: rows(sample).get("-server", before["-server"]) != before["-server"])
    wait_until(lambda: answers(sample))
    assert sample.started()["-maker"] == before["-maker"]


def test_a_pod_whose_infra_dies_comes_back_whole(sample: Sample) -> None:
    sample.project.up()
    before, infra = sample.started(), infra_of(sample.name)
    os.kill(process_of(infra), signal.SIGKILL)
    wait_until(lambda: len(rows(sample)) == 2 and not set(rows(sample).values()) & set(before.values()), 60)
    wait_until(lambda: answers(sample))
    assert infra_of(sample.name) != infra
    wait_until(lambda: sample.project.plan().changes == ())


def test_units_are_handled_with_systemctl_alone(sample: Sample) -> None:
    sample.project.up()
    pod = f"{sample.name}-pod.service"
    systemctl("stop", pod)
    assert state(f"{sample.name}-server.service") != "active"
    assert not rows(sample)
    systemctl("start", pod)
    wait_until(lambda: answers(sample))
    systemctl("restart", f"{sample.name}-maker.service")
    assert state(f"{sample.name}-maker.service") == "active"
    assert sample.project.plan().changes == ()
    systemctl("start", f"{sample.name}-job.service")
    assert systemctl("show", "-p", "Result", f"{sample.name}-job.service") == "Result=success"


def test_a_port_moves_the_pod_and_a_stopped_unit_is_found(sample: Sample) -> None:
    sample.project.up()
    assert sample.write(port=free_port()).up().of("pod", "recreate")
    sample.page()
    systemctl("stop", f"{sample.name}-maker.service")
    assert [action.verb for action in sample.project.up().changes] == ["start"]
    assert sample.project.plan().changes == ()


def test_the_four_are_told_apart(sample: Sample) -> None:
    sample.project.up()
    unit = f"{sample.name}-maker.service"
    file = quadlet_folder(sample.name) / f"{sample.name}-maker.container"

    def told() -> list[str]:
        return [" ".join(str(action).split()) for action in sample.project.plan().changes]

    text = file.read_text()
    file.write_text(text.replace("StopTimeout=1\n", "StopTimeout=2\n"))
    assert f"update file {file.name} because StopTimeout was 2 is 1" in told()
    file.write_text(text)
    sample.project.up()
    changed = sample.write(script=SCRIPT.replace("1000000", "2000000"))
    assert any(line.startswith(f"update file {file.name} because Entrypoint was") for line in told())
    supervisor = changed.supervisor(changed.desired())
    write_files(sample.name, {file.name: supervisor.files[file.name].text})  # type: ignore[attr-defined]
    if supervisor.compiled:  # type: ignore[attr-defined]
        assert any(line.startswith(f"update file {unit} because ") for line in told())
        write_files(sample.name, {unit: supervisor.compiled[unit]})  # type: ignore[attr-defined]
    assert told()[0].startswith(f"reload unit {unit} because ")
    systemctl("daemon-reload")
    assert told() == [f"recreate container {sample.name}-maker because it was started from an older unit"]
    systemctl("restart", unit)
    assert told() == []


def test_what_never_gets_healthy_is_told_with_its_journal(sample: Sample) -> None:
    sample.write(script="echo I give up; exit 3")
    with pytest.raises(Unhealthy, match=f"{sample.name}-maker") as error:
        sample.project.up(timeout=60)
    assert any("I give up" in line for line in error.value.lines), error.value
    sample.write(script=SCRIPT).up()
    sample.page()


def test_without_a_login_session(sample: Sample) -> None:
    bare = {"PATH": os.environ["PATH"], "HOME": os.environ["HOME"], "PYTHONPATH": str(ROOT)}
    done = subprocess.run(sample.command("up"), env=bare, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert state(f"{sample.name}-pod.service") == "active"
    sample.page()


def test_killed_at_any_moment_the_next_up_converges(sample: Sample) -> None:
    kill_again_and_again(sample, {**os.environ, "PYTHONPATH": str(ROOT)}, rounds=10, longest=2.5)


def test_one_owner_for_one_pod(sample: Sample, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PODPIPE_SUPERVISOR", "podman")
    sample.project.up()
    monkeypatch.setenv("PODPIPE_SUPERVISOR", "systemd")
    sample.project.up()
    assert state(f"{sample.name}-server.service") == "active"
    sample.page()
    monkeypatch.setenv("PODPIPE_SUPERVISOR", "podman")
    sample.project.up()
    assert installed_files(sample.name) == {}
    assert state(f"{sample.name}-pod.service") != "active"
    sample.page()
    assert sample.project.plan().changes == ()
    sample.project.down()


def test_a_masked_unit_is_named(sample: Sample) -> None:
    sample.project.up()
    unit = f"{sample.name}-server.service"
    systemctl("mask", "--runtime", unit)
    try:
        if systemctl("show", "--value", "--property=LoadState", unit) != "masked":
            pytest.skip("a file of the user's own, where no generator makes the units, cannot be masked")
        with pytest.raises(NotOurs, match=f"{unit} is masked"):
            sample.project.up()
    finally:
        systemctl("unmask", "--runtime", unit)
    assert sample.project.up().changes == ()


def test_down_leaves_nothing_to_start_at_boot(sample: Sample) -> None:
    sample.project.up()
    sample.project.down()
    assert installed_files(sample.name) == {}
    assert sample.name not in systemctl("list-unit-files")
    assert sample.name not in systemctl("list-units", "--all", "--plain")
    assert Project.load(sample.folder).status()
