"""The scripts of examples/, run as a user runs them, over a fake engine."""

from __future__ import annotations

import runpy
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from podpipe.testing import FakeEngine

EXAMPLES = Path(__file__).parents[1] / "examples"

POD = """\
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers:
    - name: nginx
      image: docker.io/library/nginx:1.27
      ports: [{containerPort: 80, hostPort: 18080}]
"""


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> FakeEngine:
    engine = FakeEngine()
    monkeypatch.setattr("podpipe.effects.engine.connect", lambda: engine)
    monkeypatch.setattr("podpipe.effects.preflight.find_listener", lambda *_: None)
    for variable in ("XDG_RUNTIME_DIR", "XDG_STATE_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.setenv(variable, str(tmp_path / "home"))
    return engine


@pytest.fixture
def run(engine: FakeEngine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., object]:
    """Run an example in a small project's folder; what it exits with."""
    folder = tmp_path / "project"
    (folder / "pods").mkdir(parents=True)
    (folder / "podpipe.yaml").write_text("name: home\nimages:\n  nginx: {registry: docker.io/library/nginx:1.27}\n")
    (folder / "pods" / "web.yaml").write_text(POD)
    monkeypatch.chdir(folder)

    def run_example(name: str, *arguments: str) -> object:
        monkeypatch.setattr(sys, "argv", [name, *arguments])
        try:
            runpy.run_path(str(EXAMPLES / name), run_name="__main__")
        except SystemExit as done:
            return done.code
        return 0

    return run_example


def test_up(run: Callable[..., object], capsys: pytest.CaptureFixture[str]) -> None:
    assert run("up.py") == 0
    assert capsys.readouterr().out.endswith("create   container web-nginx\nweb: http://127.0.0.1:18080/\n")
    assert run("up.py") == 0
    assert capsys.readouterr().out == "web: http://127.0.0.1:18080/\n"


def test_status_table(run: Callable[..., object], capsys: pytest.CaptureFixture[str]) -> None:
    assert run("status_table.py") == 1
    assert "| web-nginx | missing | - | 0 |" in capsys.readouterr().out
    run("up.py")
    assert run("status_table.py") == 0
    assert "| web-nginx | running | - | 0 |" in capsys.readouterr().out


def test_watch_logs(run: Callable[..., object], engine: FakeEngine, capsys: pytest.CaptureFixture[str]) -> None:
    run("up.py")
    engine.write_log("web-nginx", "GET / 200")
    engine.write_log("web-nginx", "open() failed: Error 2")
    capsys.readouterr()
    assert run("watch_logs.py", "web") == 0
    assert capsys.readouterr().out == "web-nginx: open() failed: Error 2\n"


def test_a_mistake_is_a_message(run: Callable[..., object]) -> None:
    assert "nobody" in str(run("watch_logs.py", "nobody"))


def test_every_example_has_a_test() -> None:
    tested = {"up.py", "status_table.py", "watch_logs.py"}
    assert {path.name for path in EXAMPLES.glob("*.py")} == tested
