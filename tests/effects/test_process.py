"""Programs are heard out, ended on time, and explained when they fail."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from podpipe.effects.process import attach, read, run
from podpipe.errors import CommandFailed, DiskFull

ATTACH = "import sys; from podpipe.effects.process import attach; sys.exit(attach(sys.argv[1:], doing='testing'))"
ATTACHED = [sys.executable, "-c", ATTACH]


def sh(script: str, **options: object) -> list[str]:
    return run(["sh", "-c", script], **{"doing": "testing", "timeout": 20.0, **options})  # type: ignore[arg-type]


def test_each_line_is_handed_over_and_returned() -> None:
    seen: list[str] = []
    assert sh("echo one; echo two >&2; printf 'three\\rfour'", on_line=seen.append) == ["one", "two", "three", "four"]
    assert seen == ["one", "two", "three", "four"]


def test_a_character_cut_in_two_by_the_pipe_is_whole() -> None:
    assert sh("printf '\\303'; sleep 0.2; printf '\\251\\n'") == ["é"]


def test_the_environment_is_added_to_ours() -> None:
    assert sh('echo "$WHAT $HOME"', env={"WHAT": "that"}) == [f"that {os.environ['HOME']}"]


def test_a_variable_can_be_taken_away() -> None:
    assert sh('echo "${HOME-none}"', env={"HOME": None}) == ["none"]


def test_names_of_files_may_be_any_bytes() -> None:
    argv = ["sh", "-c", "printf '\\377'"]
    assert read(argv, doing="testing", timeout=5) == "\ufffd"
    assert read(argv, doing="testing", timeout=5, undecodable="surrogateescape") == "\udcff"


def test_a_failure_names_what_was_done_and_quotes_the_last_lines() -> None:
    with pytest.raises(CommandFailed) as caught:
        sh("seq 100; exit 3")
    assert caught.value.message == "testing failed: sh ended with exit status 3"
    assert caught.value.lines == tuple(str(number) for number in range(81, 101))


@pytest.mark.parametrize(
    ("script", "ending"), [("kill -9 $$", "SIGKILL"), ("exit 128", "exit status 128"), ("exit 255", "exit status 255")]
)
def test_how_a_program_ended_is_said(script: str, ending: str) -> None:
    with pytest.raises(CommandFailed, match=f"sh ended with {ending}"):
        sh(script)


def test_a_program_that_is_not_there() -> None:
    with pytest.raises(CommandFailed) as caught:
        run(["no-such-program"], doing="testing", timeout=1)
    assert "apt-get install" in caught.value.hint


def test_a_full_disk_is_told_from_other_failures() -> None:
    with pytest.raises(DiskFull, match="while testing"):
        sh("echo 'write /x: no space left on device'; exit 1")


def test_time_runs_out_for_the_whole_family(tmp_path: Path) -> None:
    note = tmp_path / "pid"
    began = time.monotonic()
    with pytest.raises(CommandFailed, match=r"did not end within 0\.5 s") as caught:
        sh(f"echo begun; sleep 60 & echo $! >{note}; wait", timeout=0.5)
    assert caught.value.lines == ("begun",)
    assert time.monotonic() - began < 8
    wait_until_gone(int(note.read_text()))


def test_the_whole_family_ends_when_we_are_killed(tmp_path: Path) -> None:
    note = tmp_path / "pid"
    code = "import sys; from podpipe.effects.process import run; run(sys.argv[1:], doing='x', timeout=60)"
    program = ["sh", "-c", f"sleep 60 & echo $! >{note}.new; mv {note}.new {note}; wait"]
    with subprocess.Popen([sys.executable, "-c", code, *program]) as ours:
        while not note.exists():
            time.sleep(0.02)
        ours.send_signal(signal.SIGKILL)
    wait_until_gone(int(note.read_text()))


def wait_until_gone(process: int) -> None:
    for _ in range(100):
        try:
            state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
        except FileNotFoundError:
            return
        if state == "Z":
            return
        time.sleep(0.05)
    raise AssertionError(f"process {process} is still there")


def test_read_returns_stdout_alone() -> None:
    assert read(["sh", "-c", "echo warning >&2; echo data"], doing="testing", timeout=5) == "data\n"


def test_read_quotes_stderr() -> None:
    with pytest.raises(CommandFailed) as caught:
        read(["sh", "-c", "echo broken >&2; exit 1"], doing="testing", timeout=5)
    assert caught.value.lines == ("broken",)


def test_read_stops_in_time() -> None:
    with pytest.raises(CommandFailed, match="did not end"):
        read(["sleep", "60"], doing="testing", timeout=0.2)


def test_credentials_in_what_a_program_prints_are_masked() -> None:
    said: list[str] = []
    command = ["echo", "GET http://me:secret@proxy:3128/x"]
    assert run(command, doing="testing", timeout=60, on_line=said.append) == said == ["GET http://proxy:3128/x"]


def test_what_takes_our_place_has_our_pipes_and_gives_its_status() -> None:
    done = subprocess.run([*ATTACHED, "sh", "-c", "cat; exit 7"], input="hello", stdout=subprocess.PIPE, text=True)
    assert (done.stdout, done.returncode) == ("hello", 7)
    assert subprocess.run([*ATTACHED, "sh", "-c", "kill -9 $$"], check=False).returncode == 128 + signal.SIGKILL


def test_ctrl_c_is_for_what_took_our_place() -> None:
    script = "trap 'echo heard; exit 3' INT; echo ready; while true; do sleep 0.1; done"
    call = [*ATTACHED, "sh", "-c", script]
    with subprocess.Popen(call, stdout=subprocess.PIPE, text=True, start_new_session=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        os.killpg(process.pid, signal.SIGINT)  # as a terminal does it
        assert process.stdout.read() == "heard\n"
    assert process.returncode == 3


def test_what_is_to_take_our_place_and_is_not_installed() -> None:
    with pytest.raises(CommandFailed, match="testing needs no-such-program, which is not installed"):
        attach(["no-such-program"], doing="testing")
