"""`podpipe preview` as it is typed."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from podpipe.cli import main
from tests.delivery.preview_house import age, traces
from tests.delivery.workshop import Workshop

Run = Callable[..., int]


@pytest.fixture
def run(house: Workshop, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setattr("podpipe.effects.engine.connect", lambda: house.engine)
    house.branch("try")
    return lambda *words: main(["-C", str(house.folder), "preview", *words])


def test_it_is_made_listed_and_removed(run: Run, house: Workshop, capsys: pytest.CaptureFixture[str]) -> None:
    before = traces(house)
    assert run("--branch", "try", "--expires", "1h") == 0
    *addresses, last = capsys.readouterr().out.splitlines()
    assert addresses == ["data: http://127.0.0.1:18001/", "web: http://127.0.0.1:18080/"]
    assert last.startswith("try at ")
    assert last.endswith(" MB of memory are left")
    assert run("list") == 0
    head, row = capsys.readouterr().out.splitlines()
    assert head.split() == ["BRANCH", "NAME", "STATE", "COMMIT", "EXPIRES", "ADDRESS"]
    assert row.split()[:3] == ["try", "try", "ready"]
    assert run("rm", "try") == 0
    assert capsys.readouterr().out == "removed try\n"
    assert traces(house) == before


def test_json_of_each(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    for words in (("--branch", "try", "web"), ("list",), ("rm", "try")):
        assert run(*words, "--json") == 0
        answer = json.loads(capsys.readouterr().out)
        preview = answer if words[0] == "--branch" else answer[0]
        assert (preview["branch"], preview["state"]) == ("try", "ready")
        assert preview["addresses"] == {"web": ["http://127.0.0.1:18080/"]}


@pytest.mark.parametrize("words", [(), ("ls",), ("list", "try"), ("rm",), ("try",), ("rm", "nobody")])
def test_another_command_line_is_refused(run: Run, words: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(*words) == 2
    assert "hint: " in capsys.readouterr().err


@pytest.mark.parametrize("branch", ["", "../../x", "a b", "a\x1b[31m", "$(id) x"])
def test_a_name_that_no_branch_has(run: Run, branch: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(f"--branch={branch}") == 2
    err = capsys.readouterr().err
    assert "is not a name of a branch" in err
    assert "\x1b" not in err


def test_the_queue_removes_what_is_past_its_time(run: Run, house: Workshop) -> None:
    run("--branch", "try")
    age(house, "try")
    assert main(["-C", str(house.folder), "queue"]) == 0
    assert "try.web" not in traces(house)["pods"]
