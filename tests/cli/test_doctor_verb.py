from __future__ import annotations

import json
from pathlib import Path

import pytest

from podpipe.cli import main
from podpipe.doctor import Doctor
from podpipe.effects.mend import Mended
from podpipe.plan.doctor import Mend
from podpipe.plan.machine import Machine
from tests.plan.test_doctor import PI, within

BROKEN = within(PI, "session", linger=False, bus=False)


@pytest.fixture
def machines(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[Machine]:
    """What is seen, one look after another; the last one stays."""
    seen: list[Machine] = []
    monkeypatch.setattr("podpipe.doctor.look_at_machine", lambda _: seen.pop(0) if len(seen) > 1 else seen[0])
    monkeypatch.chdir(tmp_path)
    return seen


def test_all_is_well(machines: list[Machine], capsys: pytest.CaptureFixture[str]) -> None:
    machines.append(PI)
    assert main(["doctor"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "ok       podman      podman 3.0.1"
    assert lines[-1] == f"no problems, 0 advice, {len(lines) - 1} ok"
    assert main(["doctor", "--fix"]) == 0  # and nothing is done


def test_a_problem_is_exit_status_1(machines: list[Machine], capsys: pytest.CaptureFixture[str]) -> None:
    machines.append(BROKEN)
    assert main(["doctor"]) == 1
    out = capsys.readouterr().out
    assert "problem  linger      pi's systemd ends when pi logs out, and no boot starts it\n" in out
    assert "         why: after a reboot nothing runs" in out
    assert "         do:  sudo loginctl enable-linger pi\n" in out
    assert "\n2 problems, 0 advice, " in out
    machines[:] = [within(PI, "clock", synchronised=False)]
    assert main(["doctor"]) == 0  # advice alone


def test_dry_run_does_nothing(
    machines: list[Machine], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr("podpipe.effects.mend.run")
    machines.append(BROKEN)
    assert main(["doctor", "--fix", "--dry-run"]) == 1
    out = capsys.readouterr().out
    assert "would run: sudo loginctl enable-linger pi\nwould run: systemctl --user start dbus.socket\n" in out
    assert main(["doctor", "--fix", "--dry-run", "--json"]) == 1
    planned = {"command": "systemctl --user start dbus.socket", "outcome": "planned"}
    assert planned in json.loads(capsys.readouterr().out)["mends"]


def test_after_a_fix_it_looks_again(
    machines: list[Machine], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    mended = (
        Mended(Mend(("loginctl", "enable-linger", "pi"), as_root=True), "left"),
        Mended(Mend(("systemctl", "--user", "start", "dbus.socket")), "done"),
        Mended(Mend(("false",)), "failed", ("it said no",)),
    )
    monkeypatch.setattr(Doctor, "mend", lambda _: mended)
    machines += [BROKEN, within(PI, "session", linger=False)]
    assert main(["doctor", "--fix"]) == 1
    out = capsys.readouterr().out
    assert out.startswith(
        "sudo loginctl enable-linger pi: to be done by you, as root\n"
        "systemctl --user start dbus.socket: done\n"
        "false: FAILED\n"
        "  | it said no\n"
    )
    assert "\nmended   bus         the user's bus\n" in out
    assert "\nproblem  linger      " in out
    assert "\n1 problem, " in out
    machines[:] = [BROKEN, PI]
    assert main(["doctor", "--fix", "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert [mend["outcome"] for mend in answer["mends"]] == ["left", "done", "failed"]
    assert {finding["level"] for finding in answer["findings"]} == {"ok"}


def test_json(machines: list[Machine], capsys: pytest.CaptureFixture[str]) -> None:
    machines.append(BROKEN)
    assert main(["doctor", "--json"]) == 1
    findings = {finding["check"]: finding for finding in json.loads(capsys.readouterr().out)["findings"]}
    assert findings["bus"]["level"] == "problem"
    assert findings["bus"]["commands"] == ["systemctl --user start dbus.socket"]
    assert findings["bus"]["why"]
