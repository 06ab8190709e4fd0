"""The doors to systemctl and journalctl, with programs of our own in their place: what is asked, what is understood."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from podpipe.effects import journal, linger
from podpipe.effects.invocations import invocations
from podpipe.effects.supervisor import find_manager
from podpipe.effects.systemd import BEGUN, Systemctl
from podpipe.effects.unit_files import check_names, file_path, installed_files, published_ports, write_files
from podpipe.errors import CommandFailed, NotOurs, PodpipeError, UsageError
from podpipe.plan.status import JobRun, limit_runs
from podpipe.plan.units import ObservedUnit

Program = Callable[..., Path]


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Program:
    """Puts a shell script on the PATH. It notes its arguments, one a line, in the file that is returned."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")

    def make(name: str, says: str = "", status: int = 0) -> Path:
        (folder / f"{name}.out").write_text(says)
        script = f'#!/bin/sh\nprintf "%s\\n" "$@" >>{folder}/{name}.args\ncat {folder}/{name}.out\nexit {status}\n'
        (folder / name).write_text(script)
        (folder / name).chmod(0o755)
        return folder / f"{name}.args"

    return make


SHOWN = """\
LoadState=loaded
ActiveState=active
SubState=running
Result=success
NeedDaemonReload=yes
ExecStartPre={ path=/usr/bin/podman ; argv[]=/usr/bin/podman pod create --label io.podpipe.unit=abc123 }
ExecStartPre={ path=/bin/true ; argv[]=/bin/true with an

empty line }
ExecStart={ path=/usr/bin/podman ; argv[]=/usr/bin/podman pod start web }
ExecMainStatus=0
NRestarts=2
FragmentPath=/run/user/1000/systemd/generator/web-pod.service
SourcePath=/home/pi/web.pod

LoadState=not-found
ActiveState=inactive
SubState=dead
"""


def test_units_are_understood_whatever_their_arguments_hold(program: Program) -> None:
    arguments = program("systemctl", SHOWN)
    shown = Systemctl().show(["web-pod.service", "gone.service"])
    pod, gone = shown["web-pod.service"], shown["gone.service"]
    assert (pod.made_from, pod.stale, pod.restarts, pod.origin) == ("abc123", True, 2, "/home/pi/web.pod")
    assert str(pod) == "active (running)"
    assert not gone.loaded
    assert arguments.read_text().split()[-3:] == ["--", "web-pod.service", "gone.service"]
    assert Systemctl().show([]) == {}


def test_a_unit_whose_name_begins_with_a_dash_is_no_option(program: Program) -> None:
    arguments = program("systemctl")
    Systemctl().start(["--help.service"])
    assert arguments.read_text().split() == ["--user", "start", "--", "--help.service"]


def test_what_systemctl_refuses_is_an_error_with_its_words(program: Program) -> None:
    program("systemctl", "Job for web.service failed.", status=1)
    with pytest.raises(CommandFailed, match="starting units failed"):
        Systemctl().start(["web.service"])
    with pytest.raises(CommandFailed):
        Systemctl().stop(["web.service"])


def test_stopping_also_forgets_failures(program: Program) -> None:
    arguments = program("systemctl")
    Systemctl().stop(["a.service"])
    assert arguments.read_text().split() == [
        *("--user", "stop", "--", "a.service"), *("--user", "reset-failed", "--", "a.service"),
    ]  # fmt: skip


def test_only_health_checks_are_forgotten(program: Program) -> None:
    arguments = program("systemctl", f"{'0af' * 21}b.service loaded failed failed check\nweb.service loaded failed\n")
    Systemctl().forget_checks()
    assert arguments.read_text().splitlines()[-2:] == ["--", f"{'0af' * 21}b.service"]


# --- who keeps the pods --------------------------------------------------------------------------


@pytest.fixture
def session(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[socket.socket]:
    """A user's systemd, as far as it listens."""
    monkeypatch.delenv("PODPIPE_SUPERVISOR")
    monkeypatch.delenv("CONTAINER_HOST", raising=False)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    (tmp_path / "systemd").mkdir()
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(tmp_path / "systemd/private"))
        listening.listen()
        yield listening


def test_systemd_is_chosen_where_it_answers(session: socket.socket, monkeypatch: pytest.MonkeyPatch) -> None:
    assert find_manager() is not None
    monkeypatch.setenv("CONTAINER_HOST", "unix:///elsewhere")
    assert find_manager() is None
    monkeypatch.setenv("PODPIPE_SUPERVISOR", "systemd")
    assert find_manager() is not None


def test_systemd_that_does_not_answer_is_told_when_it_is_asked_for(
    session: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    session.close()
    assert find_manager() is None
    monkeypatch.setenv("PODPIPE_SUPERVISOR", "systemd")
    with pytest.raises(UsageError, match="does not answer") as error:
        find_manager()
    assert "loginctl enable-linger" in error.value.hint
    monkeypatch.setenv("PODPIPE_SUPERVISOR", "launchd")
    with pytest.raises(UsageError, match="launchd"):
        find_manager()


def test_whoever_has_no_linger_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(linger, "FOLDER", tmp_path / "linger")
    said: list[str] = []
    linger.warn_of_logout(said.append)
    assert said == [
        "the pods end when you log out, and no boot starts them; with linger they stay: sudo loginctl enable-linger "
        + linger.user_name()
    ]
    (tmp_path / "linger").mkdir()
    (tmp_path / "linger" / linger.user_name()).touch()
    linger.warn_of_logout(said.append)
    assert len(said) == 1


# --- files ---------------------------------------------------------------------------------------


def test_only_our_own_units_count_as_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    write_files("home", {"web.container": "[Container]\n", "sync.timer": "[Timer]\n"})
    write_files("other", {"other.timer": "[Timer]\n"})
    (tmp_path / "systemd/user/mine.timer").write_text("[Timer]\n")
    assert installed_files("home") == {"web.container": "[Container]\n", "sync.timer": "[Timer]\n"}
    check_names("home", ["new.timer"], {})
    with pytest.raises(NotOurs, match=r"mine\.timer is there already"):
        check_names("home", ["mine.timer"], {})
    with pytest.raises(NotOurs, match=r"other\.timer"):
        check_names("home", ["other.timer"], {})


def test_a_unit_that_is_ours_but_whose_file_went_is_no_stranger(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed between removing files and reloading, systemd still has the unit."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    unit = ObservedUnit(load="loaded", origin=str(file_path("home", "web.container")))
    check_names("home", ["web.container"], {"web.service": unit})


def test_ports_are_read_from_either_kind_of_file() -> None:
    pod = "[Pod]\nPublishPort=127.0.0.1:8001:80\nPublishPort=53:5353/udp\nPublishPort=[::1]:99:80\n"
    socket = "[Socket]\nListenStream=0.0.0.0:8080\nListenStream=[::1]:81\n"
    assert published_ports([pod, socket]) == {(8001, "tcp"), (53, "udp"), (99, "tcp"), (8080, "tcp"), (81, "tcp")}


def test_the_present_run_of_a_unit_is_a_link_of_systemds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    (tmp_path / "systemd/units").mkdir(parents=True)
    (tmp_path / "systemd/units/invocation:a.service").symlink_to("0123abcd")
    assert invocations(["a.service", "b.service"]) == {"a.service": "0123abcd"}


# --- the journal -----------------------------------------------------------------------------------


def entries(*of: dict[str, object]) -> str:
    return "".join(f"{json.dumps(each)}\n" for each in of)


def test_of_a_units_lines_those_that_tell_something_are_quoted(program: Program) -> None:
    starting = {"MESSAGE": "Starting sync...", "MESSAGE_ID": BEGUN}
    said = [
        {"MESSAGE": "older"},
        starting,
        {"MESSAGE": "2026-11-30 21:18:02.926533728 +0000 UTC m=+4.06 container create a1e8"},
        {"MESSAGE": "line 2: no date\n"},
        {"MESSAGE": "sync.service: Killing process 39993 (slirp4netns) with signal SIGKILL."},
    ]
    program("journalctl", entries(*said))
    assert Systemctl().journal("sync.service", lines=20) == ["older", "Starting sync...", "line 2: no date"]
    assert Systemctl().journal("sync.service", lines=20, last_run=True) == ["Starting sync...", "line 2: no date"]


def test_lines_of_any_kind_are_read(program: Program) -> None:
    text, raw = "two\n", list(b"caf\xc3\xa9 \xff")
    arguments = program(
        "journalctl", entries(*({"CONTAINER_NAME": "web", "MESSAGE": each} for each in ("one", text, raw, None)))
    )
    assert list(journal.read_journal(["web"])) == [("web", line) for line in ("one", "two", "café \ufffd", "")]
    words = arguments.read_text().splitlines()
    assert "--user" not in words  # which finds nothing in a journal in memory
    assert words[-2:] == [f"_UID={os.getuid()}", "CONTAINER_NAME=web"]


def test_a_journal_that_may_not_be_read_is_told(program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    program("journalctl")
    monkeypatch.setattr(os, "getuid", lambda: 12345)
    monkeypatch.setattr(os, "getgroups", list)
    with pytest.raises(PodpipeError, match="may not read the journal") as error:
        list(journal.read_journal(["web"]))
    assert "usermod -aG systemd-journal 12345" in error.value.hint


def test_runs_are_told_from_systemds_own_words(program: Program) -> None:
    success, failed = journal.ENDS
    said = [
        ("a", journal.BEGUN, 1),
        ("a", success, 3),
        ("b", journal.BEGUN, 5),
        ("b", failed, 6),
        ("c", journal.BEGUN, 8),
    ]
    said = [
        {"USER_INVOCATION_ID": run, "MESSAGE_ID": what, "__REALTIME_TIMESTAMP": f"{at}000000"} for run, what, at in said
    ]
    program("journalctl", entries(*said))
    runs = journal.read_runs("sync")
    assert [(run.seconds, run.result) for run in runs] == [(2.0, "success"), (1.0, "failed"), (0.0, "running")]
    assert runs[0].started == "1970-01-01T00:00:01+00:00"


def test_history_limits_count_each_result_by_itself() -> None:
    runs = [JobRun(f"{day}", 1.0, "failed" if day % 2 else "success") for day in range(6)] + [
        JobRun("9", 0.0, "running")
    ]
    assert [run.started for run in limit_runs(runs, 2, 1)] == ["9", "5", "4", "2"]
    assert [run.started for run in limit_runs(runs, 0, 0)] == ["9"]
