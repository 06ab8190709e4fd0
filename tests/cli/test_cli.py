from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from podpipe import Project
from podpipe import project as plain
from podpipe.cli import main
from podpipe.cli.parser import VERBS
from podpipe.cli.reference import render_reference
from podpipe.errors import EngineError, PodpipeError
from podpipe.testing import FakeEngine

ROOT = Path(__file__).parents[2]

PROJECT = """\
name: home
images: {nginx: {registry: docker.io/library/nginx:1}}
"""
POD = """\
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers:
    - name: nginx
      image: docker.io/library/nginx:1
      ports: [{containerPort: 80, hostPort: 8080}]
"""

Run = Callable[..., int]


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> FakeEngine:
    fake = FakeEngine()
    monkeypatch.setattr("podpipe.effects.engine.connect", lambda: fake)
    monkeypatch.setattr("podpipe.launch.connect", lambda: fake)
    monkeypatch.setattr("podpipe.effects.preflight.find_listener", lambda *_: None)
    monkeypatch.setattr("podpipe.effects.health.STEADY", 0.0)
    for variable in ("XDG_RUNTIME_DIR", "XDG_STATE_HOME"):
        monkeypatch.setenv(variable, str(tmp_path_factory.mktemp("run")))
    return fake


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "podpipe.yaml").write_text(PROJECT)
    (tmp_path / "pods").mkdir()
    (tmp_path / "pods/web.yaml").write_text(POD)
    return tmp_path


@pytest.fixture
def run(folder: Path, engine: FakeEngine) -> Run:
    return lambda *words: main(["-C", str(folder), *words])


def test_up_prints_what_it_did_and_where_it_answers(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("up") == 0
    out, err = capsys.readouterr()
    assert out.splitlines() == [
        "pull     image     nginx",
        "create   pod       web",
        "create   container web-nginx",
        "web: http://127.0.0.1:8080/",
    ]
    assert "creating pod web\n" in err
    assert run("up") == 0
    assert capsys.readouterr().out.splitlines() == ["nothing to do", "web: http://127.0.0.1:8080/"]


def test_dry_run_is_the_plan_and_does_nothing(run: Run, engine: FakeEngine, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("up", "--dry-run") == 0
    dry = capsys.readouterr().out
    assert run("plan") == 0
    assert capsys.readouterr().out == dry
    assert engine.pods() == []
    assert run("build", "--dry-run") == run("down", "--dry-run") == 0


def test_json_of_every_verb_that_reports(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    def answer(*words: str) -> Any:
        assert run(*words, "--json") == 0
        return json.loads(capsys.readouterr().out)

    assert answer("check") == []
    assert answer("plan")[0] == {"verb": "pull", "kind": "image", "name": "nginx", "workload": "", "reasons": []}
    assert [action["verb"] for action in answer("up")] == ["pull", "create", "create"]
    row = answer("status")[0]
    assert (row["name"], row["state"], row["well"]) == ("web-nginx", "running", True)
    assert [action["verb"] for action in answer("build")] == ["keep"]
    assert [action["verb"] for action in answer("down")] == ["remove"]


def test_status_is_a_table(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    run("up")
    capsys.readouterr()
    assert run("status") == 0
    head, row = capsys.readouterr().out.splitlines()
    assert head.split() == ["POD", "CONTAINER", "STATE", "HEALTH", "RESTARTS", "SINCE", "ADDRESS"]
    assert row.split()[:5] == ["web", "web-nginx", "running", "-", "0"]


def test_status_tells_what_keeps_a_site_from_being_as_it_is_written(
    run: Run, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = tuple(f"p{number}.md:1: wrong\x1b" for number in range(30))
    status = plain.Project.status
    told = lambda self: tuple(replace(row, mistakes=lines) for row in status(self))  # noqa: E731
    monkeypatch.setattr(plain.Project, "status", told)
    run("up")
    capsys.readouterr()
    assert run("status") == 0
    _, row, *rest = capsys.readouterr().out.splitlines()
    assert "-, 30 mistakes" in row
    assert rest[0] == r"web-nginx: p0.md:1: wrong\x1b"
    assert rest[20:] == ["web-nginx: and 10 more: podpipe status --json"]


def test_logs(run: Run, engine: FakeEngine, capsys: pytest.CaptureFixture[str]) -> None:
    run("up")
    engine.write_log("web-nginx", "hello")
    capsys.readouterr()
    assert run("logs", "web") == run("logs", "web/nginx") == run("logs", "--json", "web/nginx") == 0
    assert capsys.readouterr().out.splitlines() == [
        "web-nginx: hello",
        "hello",
        '{"container": "web-nginx", "line": "hello"}',
    ]


def test_a_containers_line_may_colour_a_terminal_but_not_steer_it(
    run: Run, engine: FakeEngine, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    run("up")
    engine.write_log("web-nginx", "\x1b[31mred\x1b[0m\tand \x1b]0;title\x07\x1b[2J\rgone")
    capsys.readouterr()
    run("logs", "web/nginx")
    assert "\x1b]0;title" in capsys.readouterr().out
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    run("logs", "web/nginx")
    assert capsys.readouterr().out == "\x1b[31mred\x1b[0m\tand \\x1b]0;title\\x07\\x1b[2J\\rgone\n"


def test_errors_are_a_paragraph(run: Run, engine: FakeEngine, capsys: pytest.CaptureFixture[str]) -> None:
    engine.fail_on("create_pod", EngineError("cannot create pod web: no", hint="do this", lines=["one", "two"]))
    assert run("up") == 1
    expected = "podpipe: cannot create pod web: no\n  | one\n  | two\n  hint: do this\n"
    assert capsys.readouterr().err.endswith(expected)
    engine.fail_on("create_pod", EngineError("no"))
    assert run("up", "--json") == 1
    shown = {"code": "EngineError", "message": "no", "hint": "", "lines": []}
    assert json.loads(capsys.readouterr().out) == {"error": shown}


def test_a_wrong_definition_is_status_2(run: Run, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "pods/web.yaml").write_text(POD.replace("containers", "contaners"))
    for verb in ("check", "plan", "up", "down", "status", "build"):
        assert run(verb) == 2
        out, err = capsys.readouterr()
        assert "pods/web.yaml:5:3 " in out + err
        assert "containers" in out + err
    assert run("plan", "--json") == 2
    assert json.loads(capsys.readouterr().out)["error"]["problems"][0]["place"]["line"] == 5
    assert run("check", "--json") == 2
    assert json.loads(capsys.readouterr().out)[0]["place"]["file"] == "pods/web.yaml"


@pytest.mark.parametrize(
    "words", [["nonsense"], [], ["up", "--nonsense"], ["logs"], ["completion", "fish"], ["build", "-x"]]
)
def test_a_wrong_command_line_is_status_2(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        main(words)
    assert stop.value.code == 2
    assert "podpipe" in capsys.readouterr().err


@pytest.mark.parametrize("words", [["up", "wbe"], ["down", "wbe"], ["logs", "wbe"], ["build", "ngnix"]])
def test_a_name_that_nobody_has_is_status_2(run: Run, words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(*words) == 2
    assert "hint: there are" in capsys.readouterr().err


def test_no_project_here(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["-C", str(tmp_path / "none"), "check"]) == 2
    assert "podpipe init" in capsys.readouterr().out


def test_the_value_of_an_option_may_be_the_name_of_a_verb(
    folder: Path, engine: FakeEngine, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(folder.parent)
    shutil.move(folder, folder.parent / "plan")
    assert main(["-C", "plan", "check"]) == 0


def test_what_the_operating_system_refuses_is_no_traceback(
    run: Run, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied", "/x")

    monkeypatch.setattr("podpipe.project.Project.plan", refuse)
    assert run("plan") == 1
    assert "Permission denied: '/x'" in capsys.readouterr().err


def test_ctrl_c(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("podpipe.project.Project.plan", interrupt)
    assert run("plan") == 130


@pytest.fixture
def podman(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A podman that prints its words and what it reads, and ends as the last word says."""
    folder = tmp_path_factory.mktemp("bin")
    script = folder / "podman"
    script.write_text('#!/bin/sh\nprintf "%s|" "$@"; cat; for last; do :; done; exit "$last"\n')
    script.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    monkeypatch.delenv("CONTAINER_HOST", raising=False)
    return folder


@pytest.mark.parametrize("target", ["web/nginx", "web-nginx", "web"])
def test_exec_is_podmans_own(run: Run, podman: Path, capfd: pytest.CaptureFixture[str], target: str) -> None:
    for words in (["--", "sh", "-c", "--json -C x", "7"], ["sh", "-c", "--json -C x", "7"]):
        assert run("exec", target, *words) == 7
        assert capfd.readouterr().out == "exec|--interactive|web-nginx|sh|-c|--json -C x|7|"


def test_exec_says_what_is_the_matter(run: Run, podman: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert run("exec", "web/nginx", "--") == 2
    assert "for a shell: podpipe exec web/nginx -- sh" in capfd.readouterr().err
    assert run("exec", "web/nginx", "--", "125") == 1
    assert "podpipe: container web-nginx is not there" in capfd.readouterr().err
    run("up")
    assert run("exec", "web/nginx", "--", "125") == 125  # it runs, so the status is the command's
    assert run("exec", "nobody", "--", "ls") == 2


def test_restart_says_what_it_did(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    run("up")
    capsys.readouterr()
    assert run("restart", "web/nginx") == 0
    assert capsys.readouterr().out == "restart  container web-nginx\n"


def test_a_reader_that_went_away(folder: Path) -> None:
    command = f"{sys.executable} -m podpipe --help; {sys.executable} -m podpipe completion bash | true"
    done = subprocess.run(["bash", "-c", command], cwd=ROOT, capture_output=True, text=True, check=False)
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("shell", ["bash", "zsh", "tcsh"])
def test_completion_knows_every_verb(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["completion", shell]) == 0
    script = capsys.readouterr().out
    assert all(verb in script for verb in VERBS)


def test_bash_takes_the_completion(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["completion", "bash"])
    script = tmp_path / "podpipe.bash"
    script.write_text(capsys.readouterr().out)
    subprocess.run(["bash", "-n", script], check=True)


def test_the_reference_is_not_stale() -> None:
    assert (ROOT / "docs/cli.md").read_text() == render_reference(), "run python3 -m podpipe.cli.reference >docs/cli.md"


def test_help_imports_nothing_of_the_library() -> None:
    code = "import sys, podpipe.cli.parser as p; p.build_parser([]); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    assert {name for name in loaded if name.startswith("podpipe")} == {"podpipe", "podpipe.cli", "podpipe.cli.parser"}
    assert not loaded & {"yaml", "typing", "dataclasses", "http.client", "rich", "podman"}


def test_status_imports_nothing_heavy(run: Run) -> None:
    code = "import sys, podpipe.cli.status, podpipe.effects.engine, podpipe.effects.libpod; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    drawn = {"rich", "jinja2", "markdown_it"}
    heavy = drawn | {"podman", "aiohttp", "git", "sqlite_utils", "asyncio", "concurrent.futures"}
    assert not set(done.stdout.split()) & heavy


@pytest.mark.parametrize(("folder", "name"), [("mine", "mine"), ("My Site!", "my-site"), ("é", "home")])
def test_a_starter_has_its_folders_name(
    tmp_path: Path, folder: str, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["init", str(tmp_path / folder)]) == 0
    assert main(["-C", str(tmp_path / folder), "check"]) == 0
    assert f"name: {name}\n" in (tmp_path / folder / "podpipe.yaml").read_text()
    port = Project.load(tmp_path / folder).definition.pods[-1].containers[0].ports[0].host_port
    assert f"the site will be at http://127.0.0.1:{port}/" in capsys.readouterr().out
    assert main(["init", str(tmp_path / folder)]) == 2


def test_error_text_is_never_empty() -> None:
    assert str(PodpipeError("what")) == "what"
