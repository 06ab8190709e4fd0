"""`Project` where systemd keeps the pods: the fake systemd, the files it reads being real ones."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from podpipe.definition.specs import CronJob, Definition, RegistryImage
from podpipe.effects.unit_files import installed_files, quadlet_folder, unit_folder, write_files
from podpipe.errors import NotOurs, Unhealthy
from podpipe.project import Project
from podpipe.testing import FakeEngine, FakeUserManager
from tests.samples import desired, job, site_definition

NGINX = RegistryImage("nginx", "localhost/nginx:latest")
VERSION = (5, 4, 2)


class House:
    """A machine of one user's, whose systemd outlives each `Project`."""

    def __init__(self) -> None:
        self.engine = FakeEngine(VERSION, images=[NGINX.reference])
        self.definition = replace(site_definition(), images=(NGINX,), infra="", cron_jobs=(forbidding(),))
        self.manager = FakeUserManager(self.engine, desired(self.definition))

    @property
    def project(self) -> Project:
        return Project(self.definition, connect=lambda: self.engine, find_manager=lambda: self.manager)

    def define(self, definition: Definition) -> None:
        self.definition = definition
        self.manager.desired = desired(definition)

    def change(self, greeting: str) -> None:
        web = self.definition.pods[0]
        nginx = replace(web.containers[0], env=(("GREETING", greeting),))
        self.define(replace(self.definition, pods=(replace(web, containers=(nginx, *web.containers[1:])),)))

    def up(self) -> list[str]:
        self.manager.calls.clear()
        return [str(action) for action in self.project.up().changes]

    def plan(self) -> list[str]:
        return [" ".join(str(action).split()) for action in self.project.plan().changes]

    def started(self) -> dict[str, str]:
        return {row.name: row.started_at for row in self.project.status()}


def forbidding() -> CronJob:
    return job(concurrency_policy="Forbid")


@pytest.fixture
def house(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[House]:
    for variable in ("XDG_RUNTIME_DIR", "XDG_STATE_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.setenv(variable, str(tmp_path))
    monkeypatch.setattr("podpipe.effects.preflight.find_listener", lambda *_: None)
    monkeypatch.setattr("podpipe.effects.health.STEADY", 0.0)
    monkeypatch.setattr("podpipe.effects.systemd_supervisor.find_generator", lambda _: "podman-user-generator")
    yield House()


def test_up_writes_the_files_and_starts_the_units_once(house: House) -> None:
    assert house.up()
    files = installed_files("home")
    assert {"web.pod", "web-nginx.container", "site.volume", "sync.timer"} <= files.keys()
    assert (quadlet_folder("home") / "web.pod").exists()
    assert (unit_folder() / "sync.timer").read_text().startswith("# Kept by podpipe for the project home.")
    assert [call for call, _ in house.manager.calls].count("reload") == 1
    assert [(row.name, row.state) for row in house.project.status()] == [
        ("web-nginx", "running"), ("web-builder", "running"), ("sync", "done"),
    ]  # fmt: skip
    before = house.started()
    assert house.up() == []
    assert house.manager.calls == []
    assert house.started() == before


def test_a_limit_that_the_service_has_is_not_missed_in_the_container(house: House) -> None:
    web = house.definition.pods[0]
    limited = tuple(replace(each, memory=64 << 20, cpu=0.5) for each in web.containers)
    house.define(replace(house.definition, pods=(replace(web, containers=limited),)))
    assert house.up()
    assert "MemoryMax=" in installed_files("home")["web-nginx.container"]
    assert house.up() == []


def test_only_what_changed_is_restarted(house: House) -> None:
    house.up()
    before = house.started()
    house.change("hello")
    assert house.up() == [
        "update   file      web-nginx.container because Environment was nothing is GREETING=hello",
        "recreate container web-nginx because Environment was nothing is GREETING=hello",
    ]
    after = house.started()
    assert {name for name in after if after[name] != before[name]} == {"web-nginx"}
    assert ("restart", ("web-nginx.service",)) in house.manager.calls


def test_a_restart_is_that_of_the_unit(house: House) -> None:
    house.up()
    for target, unit in (("web/nginx", "web-nginx.service"), ("web", "web-pod.service")):
        house.manager.calls.clear()
        house.project.restart(target)
        assert house.manager.calls == [("restart", (unit,))]


def test_what_a_kill_left_half_written_goes_with_the_last_file(house: House) -> None:
    house.up()
    (quadlet_folder("home") / ".web.pod.k1ll3d").write_text("[Po")
    house.project.down()
    assert not quadlet_folder("home").exists()


def test_the_plan_tells_definition_file_unit_and_container_apart(house: House) -> None:
    house.up()
    house.change("hello")
    assert house.plan()[0].startswith("update file web-nginx.container because Environment")
    file = quadlet_folder("home") / "web-nginx.container"
    new = house.project.supervisor(house.project.desired()).files["web-nginx.container"]  # type: ignore[attr-defined]
    file.write_text(new.text)
    assert house.plan() == [
        "reload unit web-nginx.service because systemd has loaded an older text",
        "recreate container web-nginx because it was started from an older unit",
    ]
    house.manager.reload()
    assert house.plan() == ["recreate container web-nginx because it was started from an older unit"]
    house.manager.restart(["web-nginx.service"])
    assert house.plan() == []


def test_a_file_edited_by_hand_is_put_right(house: House) -> None:
    house.up()
    file = quadlet_folder("home") / "web-nginx.container"
    file.write_text(file.read_text().replace("StopTimeout=30", "StopTimeout=5"))
    assert house.plan() == ["update file web-nginx.container because StopTimeout was 5 is 30"]
    house.up()
    assert house.plan() == []


def test_what_the_definition_no_longer_has_goes_with_its_files(house: House) -> None:
    house.up()
    house.define(replace(house.definition, cron_jobs=()))
    assert "remove file sync.timer because the definition no longer has it" in house.plan()
    house.up()
    assert not [name for name in installed_files("home") if name.startswith("sync")]
    assert "sync.timer" not in house.manager.active


def test_a_unit_that_failed_or_stopped_is_started(house: House) -> None:
    house.up()
    house.manager.fail("web-builder.service")
    assert house.plan() == ["start container web-builder because web-builder.service is failed (exit-code)"]
    house.manager.stop(["sync.timer"])
    assert "start unit sync.timer because it is inactive (inactive)" in house.plan()
    house.up()
    assert house.plan() == []


def test_a_job_whose_last_run_failed_runs_again(house: House) -> None:
    house.up()
    house.manager.fail("sync.service", 3)
    assert house.plan() == ["start job sync because its last run failed with exit code 3"]
    house.up()
    assert house.plan() == []


def test_a_unit_that_does_not_start_is_told_with_its_journal(house: House) -> None:
    house.manager.failing.add("web-nginx.service")
    with pytest.raises(Unhealthy, match=r"web-nginx\.service failed with exit code 125") as error:
        house.up()
    assert error.value.lines == ("web-nginx.service says so",)
    house.manager.failing.clear()
    house.up()
    assert house.plan() == []


def test_a_file_of_the_users_own_is_not_written_over(house: House) -> None:
    unit_folder().mkdir(parents=True)
    (unit_folder() / "sync.timer").write_text("[Timer]\nOnCalendar=daily\n")
    with pytest.raises(NotOurs, match=r"a unit called sync\.timer is there already"):
        house.up()
    with pytest.raises(NotOurs, match=r"sync\.timer"):
        house.plan()
    assert house.engine.pods() == []
    assert (unit_folder() / "sync.timer").read_text().startswith("[Timer]")


def test_a_service_that_would_be_compiled_is_not_written_over_either(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("podpipe.effects.systemd_supervisor.find_generator", lambda _: "")
    unit_folder().mkdir(parents=True)
    (unit_folder() / "web-nginx.service").write_text("[Service]\nExecStart=/bin/true\n")
    with pytest.raises(NotOurs, match=r"web-nginx\.service is there already") as error:
        house.up()
    assert "move that file away" in error.value.hint
    assert (unit_folder() / "web-nginx.service").read_text().endswith("/bin/true\n")


def test_a_unit_of_somebody_elses_is_not_shadowed(house: House, tmp_path: Path) -> None:
    (tmp_path / "sync.service").touch()
    house.manager.foreign["sync.service"] = str(tmp_path / "sync.service")
    with pytest.raises(NotOurs, match=r"sync\.service is there already, and not by podpipe"):
        house.up()
    assert installed_files("home") == {}


def test_a_masked_unit_is_named_before_anything_is_touched(house: House) -> None:
    house.up()
    house.manager.masked.add("web-nginx.service")
    assert "reload unit web-nginx.service because systemd finds it masked" in house.plan()
    house.manager.calls.clear()
    with pytest.raises(NotOurs, match=r"web-nginx\.service is masked") as error:
        house.up()
    assert error.value.hint.endswith("systemctl --user unmask web-nginx.service")
    assert house.manager.calls == []
    assert str(house.manager.show(["web-nginx.service"])["web-nginx.service"]).startswith("masked, active")
    house.manager.masked.clear()
    assert house.up() == []


def test_down_leaves_no_file_and_no_unit(house: House) -> None:
    house.up()
    house.project.down()
    assert installed_files("home") == {}
    assert house.manager.active == set()
    assert house.engine.pods() == []
    assert [volume["Name"] for volume in house.engine.volumes()] == ["site"]
    assert house.project.down().changes == ()
    assert not quadlet_folder("home").exists()
    assert any(line.split()[:3] == ["create", "job", "sync"] for line in house.up())


def test_down_of_one_pod_leaves_the_others(house: House) -> None:
    house.up()
    house.project.down(["web"])
    left = installed_files("home")
    assert "sync.container" in left
    assert "web.pod" not in left
    assert "site.volume" in left


def test_systemd_takes_over_what_podman_kept_alone_and_gives_it_back(house: House) -> None:
    alone = Project(house.definition, connect=lambda: house.engine, find_manager=lambda: None)
    alone.up()
    assert "recreate pod web because Podman alone keeps it" in house.plan()
    house.up()
    assert house.plan() == []
    assert {"recreate pod web because systemd keeps it"} <= {
        " ".join(str(action).split()) for action in alone.plan().changes
    }
    alone.up()
    assert installed_files("home") == {}
    assert alone.plan().changes == ()


def test_a_podman_that_learned_quadlet_takes_over_what_was_compiled(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    compiled = {"web-nginx.service": "[Service]\nExecStart=podman run --label io.podpipe.unit=0\n"}
    house.up()
    write_files("home", compiled)
    before = house.started()
    assert house.plan() == ["remove file web-nginx.service because a generator makes it now"]
    house.up()
    assert "web-nginx.service" not in installed_files("home")
    assert house.started() == before
    assert house.plan() == []


def test_a_timer_that_changes_is_restarted(house: House) -> None:
    house.up()
    house.define(replace(house.definition, cron_jobs=(replace(forbidding(), schedule="30 7 * * *"),)))
    assert any(line.startswith("update file sync.timer because OnCalendar was") for line in house.plan())
    house.up()
    assert ("restart", ("sync.timer",)) in house.manager.calls


def test_a_standstill_is_remembered_until_a_file_changes(house: House) -> None:
    from podpipe.effects.unit_files import file_path

    house.up()
    supervisor = house.project.supervisor(house.project.desired())
    files, units = supervisor.memory()
    assert file_path("home", "sync.timer") in files
    assert {"web-pod.service", "web-nginx.service", "sync.timer"} <= set(units)
