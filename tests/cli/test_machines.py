"""The command line's part of other machines."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from podpipe.cli import main
from podpipe.cli.parser import ELSEWHERE, VERBS, parse
from tests.cli.test_cli import POD

PROJECT = "name: home\nimages: {web: web, other: {registry: docker.io/library/nginx:1}}\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "pods").mkdir()
    (tmp_path / "web").mkdir()
    (tmp_path / "web/Containerfile").write_text("FROM docker.io/library/debian:12\n")
    (tmp_path / "podpipe.yaml").write_text(PROJECT)
    (tmp_path / "pods/web.yaml").write_text(POD)
    return tmp_path


def test_ships_last_word_is_the_machine() -> None:
    arguments, _ = parse(["ship", "base", "web", "pi@host"])
    assert (arguments.images, arguments.machine, arguments.host) == (["base", "web"], "pi@host", "")


WORDS = {"logs": ["x"], "run": ["x"], "restart": ["x"], "exec": ["x", "ls"]}


@pytest.mark.parametrize("verb", ELSEWHERE)
def test_verbs_that_a_host_goes_with(verb: str) -> None:
    assert parse(["--host", "pi", verb, *WORDS.get(verb, ())])[0].host == "pi"


@pytest.mark.parametrize("words", [["build"], ["ship", "web", "pi"], ["push", "web", "x.io/y"], ["check"], ["quadlet"]])
def test_a_verb_about_this_machine_takes_no_host(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert words[0] in VERBS
    with pytest.raises(SystemExit) as ended:
        parse(["--host", "pi", *words])
    assert ended.value.code == 2
    assert f"--host does not go with {words[0]}" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["ship", "web", "-oProxyCommand=x"], "unrecognized|required|does not name a machine"),
        (["ship", "none", "pi"], "no image is called none"),
        (["ship", "other", "pi"], "other is pulled from its registry"),
        (["push", "none", "x.io/y:1"], "no image is called none"),
        (["push", "web", "localhost/y:1"], "does not name a registry"),
        (["build", "--platform", "linux/arm/v6"], "no platform is called linux/arm/v6"),
        (["--host", "pi;ls", "status"], "does not name a machine"),
    ],
)
def test_what_cannot_be_meant(folder: Path, words: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    try:
        status = main(["-C", str(folder), *words])
    except SystemExit as ended:
        status = ended.code if isinstance(ended.code, int) else 1
    assert status == 2
    assert re.search(said, capsys.readouterr().err)
