from __future__ import annotations

import contextlib
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from podpipe.definition.specs import ExecProbe, Limits, Mount, Port, Probe, RegistryImage, SecretVolume
from podpipe.errors import (
    EngineConflict,
    EngineError,
    EngineSilent,
    EngineUnavailable,
    LockHeld,
    NotFound,
    NotOurs,
    PodpipeError,
    PortTaken,
    Unhealthy,
    UsageError,
)
from podpipe.files import lock
from podpipe.project import Project
from podpipe.testing import FakeEngine
from tests.samples import container, definition, job, pod, site_definition

NGINX = RegistryImage("nginx", "localhost/nginx:latest")


@pytest.fixture(autouse=True)
def own_folders(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("home")
    for variable in ("XDG_RUNTIME_DIR", "XDG_STATE_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.setenv(variable, str(folder))
    monkeypatch.setattr("podpipe.effects.preflight.find_listener", lambda *_: None)
    monkeypatch.setattr("podpipe.effects.health.STEADY", 0.0)
    return folder


def project(engine: FakeEngine, of: Any = None, **fields: Any) -> Project:
    """Images come from a registry here: builds have tests of their own."""
    return Project(replace(of or site_definition(), images=(NGINX,), infra=""), connect=lambda: engine, **fields)


def started(of: Project) -> dict[str, str]:
    return {row.name: row.started_at for row in of.status()}


def test_up_makes_everything_once() -> None:
    engine = FakeEngine()
    assert {row.state for row in project(engine).status()} == {"missing"}
    assert [(each.verb, each.kind, each.name) for each in project(engine).up().changes] == [
        ("pull", "image", "nginx"),
        ("create", "volume", "site"),
        ("create", "pod", "web"),
        ("create", "container", "web-nginx"),
        ("create", "container", "web-builder"),
        ("create", "job", "sync"),
    ]
    assert [(row.name, row.state) for row in project(engine).status()] == [
        ("web-nginx", "running"), ("web-builder", "running"), ("sync", "done"),
    ]  # fmt: skip
    before = started(project(engine))
    assert project(engine).up().changes == ()
    assert started(project(engine)) == before


def test_up_touches_only_what_changed() -> None:
    engine = FakeEngine()
    project(engine).up()
    before = started(project(engine))
    web = site_definition().pods[0]
    changed = replace(web.containers[0], env=(("A", "1"),))
    other = replace(site_definition(), pods=(replace(web, containers=(changed, web.containers[1])),))
    project(engine, other).up()
    after = started(project(engine, other))
    assert {name for name in after if after[name] != before[name]} == {"web-nginx"}


def test_a_restart_touches_one_container_or_the_whole_pod() -> None:
    engine = FakeEngine()
    project(engine).up()
    before = started(project(engine))
    assert [str(action) for action in project(engine).plan_restart("web/nginx").changes] == [
        "restart  container web-nginx",
    ]  # fmt: skip
    assert started(project(engine)) == before
    project(engine).restart("web/nginx")
    after = started(project(engine))
    assert {name for name in after if after[name] != before[name]} == {"web-nginx"}
    project(engine).restart("web")
    last = started(project(engine))
    assert {name for name in last if last[name] != after[name]} == {"web-nginx", "web-builder"}
    assert project(engine).plan().changes == ()


def test_a_restart_of_what_is_not_there() -> None:
    engine = FakeEngine()
    with pytest.raises(NotFound, match="no pod web of this project") as caught:
        project(engine).restart("web/nginx")
    assert caught.value.hint == "podpipe up web"
    with pytest.raises(UsageError, match="nothing here is called web/ngin") as wrong:
        project(engine).restart("web/ngin")
    assert wrong.value.hint == "there are web/nginx, web/builder, sync"
    project(engine).up()
    with pytest.raises(UsageError, match="sync is a CronJob") as caught_job:
        project(engine).restart("sync")
    assert caught_job.value.hint == "run it: podpipe run sync"
    engine.remove_container("web-nginx")
    with pytest.raises(NotFound, match="there is no container web-nginx"):
        project(engine).restart("web")


def test_a_restart_makes_what_was_there_not_what_is_defined_now() -> None:
    engine = FakeEngine()
    project(engine).up()
    web = site_definition().pods[0]
    changed = replace(web.containers[0], env=(("A", "1"),))
    other = replace(site_definition(), pods=(replace(web, containers=(changed, web.containers[1])),))
    before = project(engine, other).plan().changes
    project(engine, other).restart("web")
    assert project(engine, other).plan().changes == before


def test_a_restart_that_does_not_get_healthy_says_so() -> None:
    engine = FakeEngine()
    project(engine, probed()).up()
    engine.unhealthy.add("web-nginx")
    with pytest.raises(Unhealthy, match="web-nginx did not become healthy"):
        project(engine, probed()).restart("web", timeout=0.1)


@given(calls=st.integers(0, 40))
@settings(max_examples=41, deadline=None)
def test_wherever_it_is_killed_the_next_up_converges(calls: int) -> None:
    engine = FakeEngine()
    engine.die_after(calls)
    with contextlib.suppress(EngineUnavailable):
        project(engine).up()
    engine.revive()
    project(engine).up()
    assert project(engine).plan().changes == ()
    assert {row.state for row in project(engine).status()} == {"running", "done"}


def test_a_folder_does_not_take_what_another_of_that_name_has(tmp_path: Path) -> None:
    engine, reported = FakeEngine(), list[str]()
    homes = [tmp_path / "first", tmp_path / "second"]
    for home in homes:
        home.mkdir()
        (home / "podpipe.yaml").touch()
    first, second = (project(engine, replace(site_definition(), root=home), report=reported.append) for home in homes)
    first.up()
    for verb in (second.plan, second.up, second.down, second.status, second.build, second.plan_down):
        with pytest.raises(NotOurs, match=f"lives in {homes[0]}") as error:
            verb()
        assert f"podpipe -C {homes[0]} down" in error.value.hint
    assert first.plan().changes == ()
    first.down()
    second.up()
    homes[1].rename(tmp_path / "third")
    moved = project(engine, replace(site_definition(), root=tmp_path / "third"), report=reported.append)
    assert moved.plan().changes == ()
    moved.up()
    moved.restart("web")
    with pytest.raises(NotOurs, match="lives in"):
        first.down()


def test_an_engine_that_went_away_is_looked_for_again() -> None:
    engine, reported = FakeEngine(), list[str]()
    engine.fail_on("create_container", EngineUnavailable("gone"))
    project(engine, report=reported.append).up()
    assert "gone; looking again" in reported
    assert project(engine).plan().changes == ()


def test_an_engine_that_hangs_is_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    engine, ended = FakeEngine(), list[str]()
    monkeypatch.setattr("podpipe.project.end_own_service", lambda: ended.append("it"))
    engine.fail_on("create_container", EngineSilent("silence"))
    project(engine).up()
    assert ended == ["it"]
    assert project(engine).plan().changes == ()


def test_a_name_taken_meanwhile_is_planned_for_again() -> None:
    engine = FakeEngine()
    engine.fail_on("create_pod", EngineConflict("in use"))
    project(engine).up()
    assert project(engine).plan().changes == ()


def test_other_errors_are_not_tried_again() -> None:
    engine = FakeEngine()
    engine.fail_on("create_pod", EngineError("no"))
    with pytest.raises(EngineError, match="no"):
        project(engine).up()


def probed() -> Any:
    return definition(pod("web", container(probe=Probe(ExecProbe(("true",))))))


def test_what_never_gets_healthy_is_told_with_its_last_lines() -> None:
    engine = FakeEngine()
    engine.unhealthy.add("web-nginx")
    engine.write_log("web-nginx", "cannot bind")
    with pytest.raises(Unhealthy, match=r"web-nginx did not become healthy within 0\.2 s") as error:
        project(engine, probed()).up(timeout=0.2)
    assert error.value.lines == ("cannot bind",)
    engine.unhealthy.clear()
    plan = project(engine, probed()).up(timeout=0.2)
    assert plan.changes == ()  # it was made the first time; this time it was only waited for


def test_a_pod_that_nobody_can_reach_is_told_and_made_again() -> None:
    engine = FakeEngine()
    project(engine).up()
    engine.deaf.add(8080)
    assert [row.health for row in project(engine).status() if not row.well] == ["unreachable"]
    assert str(project(engine).plan().changes[0]) == "recreate pod       web because nothing listens on its port 8080"
    project(engine).up()
    assert all(row.well for row in project(engine).status())


def test_a_pod_whose_containers_are_well_and_do_not_answer_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("podpipe.project.ANSWERS_WITHIN", 0.2)
    monkeypatch.setattr(FakeEngine, "answers", lambda *_: False)
    with pytest.raises(Unhealthy, match=r"pod web is up, but nobody answers at http://127\.0\.0\.1:8080/"):
        project(FakeEngine()).up()


def test_limits_that_the_machine_does_not_keep_are_told_once() -> None:
    engine, said = FakeEngine(), []
    engine.limits = ["cpu"]
    of = definition(pod("web", container(memory=64 << 20)), limits=Limits(processes=256))
    project(engine, of, report=said.append).up()
    told = "this machine keeps no limit of memory and pids: `podpipe doctor` says why, and what mends it"
    assert said.count(told) == 1
    engine.crash("web-nginx")
    project(engine, of, report=said.append).up()
    assert said.count(told) == 1


def test_a_job_that_fails_is_told_and_run_again() -> None:
    engine = FakeEngine()
    engine.exit_codes["sync"] = 3
    with pytest.raises(Unhealthy, match="container sync ended with exit code 3"):
        project(engine).up()
    engine.exit_codes["sync"] = 0
    assert [str(each) for each in project(engine).up().changes] == [
        "recreate job       sync because its last run failed with exit code 3"
    ]


def test_a_run_prints_its_own_lines_alone() -> None:
    engine = FakeEngine()
    project(engine).up()
    engine.write_log("sync", "older")
    engine.exit_codes["sync"] = 1
    with pytest.raises(Unhealthy) as caught:
        project(engine).run("sync")
    assert caught.value.lines == ("(it printed nothing)",)
    engine.exit_codes["sync"] = 0
    assert project(engine).run("sync") == ()


def test_a_job_is_run_again_when_asked_for() -> None:
    engine = FakeEngine()
    project(engine).run("sync")
    first = started(project(engine))
    assert first["web-nginx"] == ""
    engine.write_log("sync", "loaded 3 rows")
    assert project(engine).run("sync") == ()
    assert started(project(engine))["sync"] != first["sync"]
    engine.exit_codes["sync"] = 1
    with pytest.raises(Unhealthy, match="container sync ended with exit code 1"):
        project(engine).run("sync")
    with pytest.raises(UsageError, match="no CronJob is called web"):
        project(engine).run("web")


def test_a_suspended_job_runs_when_asked_for_and_leaves_nothing() -> None:
    engine = FakeEngine()
    of = replace(site_definition(), cron_jobs=(replace(job(), suspend=True),))
    for _ in range(2):
        engine.write_log("sync", "loaded 3 rows")
        assert project(engine, of).run("sync") == ("loaded 3 rows",)
        assert [row.name for row in project(engine, of).status()] == ["web-nginx", "web-builder"]
    assert [call for call in engine.calls if call == ("start_container", "sync")] == [("start_container", "sync")] * 2
    engine.exit_codes["sync"] = 1
    with pytest.raises(Unhealthy, match="container sync ended with exit code 1"):
        project(engine, of).run("sync")
    assert "sync" not in project(engine, of).observed().containers


def test_a_port_that_is_taken_is_told_before_anything_is_touched(monkeypatch: pytest.MonkeyPatch) -> None:
    engine = FakeEngine()
    monkeypatch.setattr("podpipe.effects.preflight.find_listener", lambda *_: "nginx (pid 7)")
    with pytest.raises(PortTaken, match=r"pod web wants port 8080/tcp, but nginx \(pid 7\) listens there"):
        project(engine).up()
    assert not [call for call in engine.calls if call[0].startswith(("create", "pull"))]


def test_all_ports_that_cannot_be_had_are_told_at_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "lowest").write_text("1024\n")
    monkeypatch.setattr("podpipe.effects.preflight.LOWEST_PORT", tmp_path / "lowest")
    monkeypatch.setattr("podpipe.effects.preflight.os", SimpleNamespace(getuid=lambda: 1000))
    monkeypatch.setattr("podpipe.effects.preflight.find_listener", lambda *_: "nginx (pid 7)")
    low = pod("low", container(ports=(Port(80, 80),)))
    with pytest.raises(PortTaken, match="without root the lowest is 1024") as error:
        project(FakeEngine(), definition(low, pod("web"))).up()
    assert "pod web wants port 8080/tcp, but nginx (pid 7) listens there" in error.value.message


def test_a_pod_may_take_over_its_own_port(monkeypatch: pytest.MonkeyPatch) -> None:
    engine = FakeEngine()
    project(engine).up()
    monkeypatch.setattr("podpipe.effects.preflight.find_listener", lambda *_: "conmon")
    web = replace(site_definition().pods[0], hostname="x")
    project(engine, replace(site_definition(), pods=(web,))).up()
    assert project(engine, replace(site_definition(), pods=(web,))).plan().changes == ()


def test_a_secret_must_be_there(own_folders: Path) -> None:
    volume = SecretVolume("s", "token", items=(("key", "key"),))
    of = definition(pod("web", container(mounts=(Mount("s", "/run/s"),)), volumes=(volume,)))
    with pytest.raises(PodpipeError, match="the secret token is not there"):
        project(FakeEngine(), of).up()
    file = own_folders / "podpipe" / "secrets" / "token" / "key"
    file.parent.mkdir(parents=True)
    with pytest.raises(PodpipeError, match="the secret token has no key key"):
        project(FakeEngine(), of).up()
    file.write_text("hush")
    engine = FakeEngine()
    project(engine, of).up()
    assert "hush" not in str(engine.inspect_container("web-nginx"))
    assert file.parents[1].stat().st_mode & 0o777 == 0o700


def test_down_leaves_volumes_and_images() -> None:
    engine = FakeEngine()
    project(engine).up()
    assert [action.name for action in project(engine).down().actions] == ["web", "sync"]
    assert {row.state for row in project(engine).status()} == {"missing"}
    assert [volume["Name"] for volume in engine.volumes()] == ["site"]
    assert project(engine).down().actions == ()


def test_choosing_a_pod() -> None:
    engine = FakeEngine()
    of = definition(pod("web"), pod("other"), cron_jobs=(job(),))
    project(engine, of).up(["other"])
    assert [row.name for row in project(engine, of).status() if row.state == "running"] == ["other-nginx"]
    project(engine, of).up()
    project(engine, of).down(["web"])
    assert [row.name for row in project(engine, of).status() if row.state == "missing"] == ["web-nginx"]
    with pytest.raises(UsageError):
        project(engine, of).down(["wbe"])


def test_two_at_once(own_folders: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("podpipe.project.LOCK_PATIENCE", 0.1)
    reported = list[str]()
    held = lock(own_folders / "podpipe" / "lock", "podpipe up in /p (process 1)")
    with held, pytest.raises(LockHeld, match=r"podpipe up in /p \(process 1\) is at work here"):
        project(FakeEngine(), report=reported.append).up()
    assert reported == ["waiting: podpipe up in /p (process 1) is at work"]


def test_logs_by_the_names_that_people_use() -> None:
    engine = FakeEngine()
    project(engine).up()
    for name in ("web-nginx", "web-builder", "sync"):
        engine.write_log(name, f"from {name}")
    for target, containers in {
        "web": ["web-nginx", "web-builder"],
        "web/nginx": ["web-nginx"],
        "web-nginx": ["web-nginx"],
        "sync": ["sync"],
    }.items():
        assert list(project(engine).logs(target)) == [(name, f"from {name}") for name in containers]
    assert sorted(project(engine).logs("web", follow=True)) == sorted(project(engine).logs("web"))
    with pytest.raises(UsageError, match="nothing here is called web/ngnix"):
        project(engine).logs("web/ngnix")
    project(engine).down()
    with pytest.raises(NotFound):
        list(project(engine).logs("web", follow=True))


def test_addresses() -> None:
    assert project(FakeEngine()).addresses() == {"web": ("http://127.0.0.1:8080/",)}
