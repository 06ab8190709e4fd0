"""The library's front for the machine itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from podpipe import Doctor
from podpipe.plan.doctor import OK, Needs
from podpipe.plan.machine import Machine
from tests.plan.test_doctor import PI, within, without

WRONG = within(without(PI, "git"), "session", failed=("web-nginx.service",))


@pytest.fixture(autouse=True)
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Nothing on this machine is mended by a test."""
    folder = tmp_path / "programs"
    folder.mkdir()
    for name in ("sudo", "apt-get", "systemctl", "loginctl"):
        script = "exit 1" if name == "sudo" else "exit 0"
        (folder / name).write_text(f"#!/bin/sh\necho {name} $* >>{folder}/log\n{script}\n")
        (folder / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    monkeypatch.setattr("podpipe.effects.mend.os.getuid", lambda: 1000)
    monkeypatch.setattr("podpipe.doctor.PAUSE", 0.0)
    from podpipe.effects.mend import can_be_root

    can_be_root.cache_clear()
    yield folder
    can_be_root.cache_clear()


def bad(doctor: Doctor) -> list[str]:
    return [finding.check for finding in doctor.examine() if finding.level != OK]


def test_without_a_project_the_machine_alone(tmp_path: Path) -> None:
    assert Doctor.load(tmp_path / "nowhere").needs == Needs()
    assert Doctor.load(tmp_path, platform="linux/arm/v7").needs == Needs(platform="linux/arm/v7")


def test_a_projects_needs(tmp_path: Path) -> None:
    (tmp_path / "podpipe.yaml").write_text("name: home\nimages: {nginx: {registry: docker.io/library/nginx:1}}\n")
    (tmp_path / "pods").mkdir()
    (tmp_path / "pods/site.yaml").write_text(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: site}\ndata: {a: b}\n",
    )
    assert Doctor.load(tmp_path).needs == Needs("home", pods=False, builds=False, debian=False)


def test_a_wrong_definition_is_a_finding(tmp_path: Path) -> None:
    (tmp_path / "podpipe.yaml").write_text("nam: home\n")
    first = Doctor.load(tmp_path).examine()[0]
    assert (first.check, first.level) == ("definition", "problem")
    assert [mend.command for mend in first.mends] == ["podpipe check"]


def test_what_is_found_is_looked_for_anew() -> None:
    machines = iter([WRONG, PI])
    doctor = Doctor(look=lambda: next(machines))
    assert bad(doctor) == ["git", "failed"]
    assert bad(doctor) == []


def test_mending_what_can_be_mended(programs: Path) -> None:
    def look() -> Machine:
        mended = "reset-failed" in ((programs / "log").read_text() if (programs / "log").exists() else "")
        return without(PI, "git") if mended else WRONG

    reports: list[str] = []
    doctor = Doctor(look=look, report=reports.append)
    assert [str(mend) for mend in doctor.plan()] == [
        "sudo apt-get install -y --no-install-recommends git",
        "systemctl --user reset-failed web-nginx.service",
    ]
    assert not (programs / "log").exists()
    assert [each.outcome for each in doctor.mend()] == ["left", "done"]
    assert reports == ["running systemctl --user reset-failed web-nginx.service"]
    assert bad(doctor) == ["git"]


def test_what_a_mend_brings_to_light_is_mended_too(programs: Path) -> None:
    def look() -> Machine:
        log = (programs / "log").read_text() if (programs / "log").exists() else ""
        machine = replace(PI, session=replace(PI.session, linger=False, failed=("web-nginx.service",)))
        if "enable-linger" not in log:
            return within(machine, "session", failed=())
        machine = within(machine, "session", linger=True)
        return within(machine, "session", failed=()) if "reset-failed" in log else machine

    doctor = Doctor(look=look)
    assert [each.mend.argv[0] for each in doctor.mend()] == ["loginctl", "systemctl"]
    assert bad(doctor) == []


def test_what_does_not_help_is_tried_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("podpipe.doctor.SETTLING", 0.05)
    doctor = Doctor(look=lambda: within(PI, "session", linger=False))
    assert [each.outcome for each in doctor.mend()] == ["done"]
    assert bad(doctor) == ["linger"]
