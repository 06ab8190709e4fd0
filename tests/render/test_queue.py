"""The units that start the queue."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from podpipe.definition.specs import BranchRule, Claim, Definition
from podpipe.effects.emission import emit
from podpipe.render import Places, render_desired
from podpipe.render.queue import has_queue, queue_unit
from podpipe.render.units import render_units
from tests.samples import HERE, definition, desired, pod

PUSHES = definition(branches=(BranchRule("main", "deploy"),))


def texts(of: Definition, places: Places | None = None, folder: Path = Path("/elsewhere")) -> dict[str, str]:
    wanted = render_desired(of, places) if places else desired(of)
    return {each.name: each.text for each in render_units(of, wanted, folder) if "queue" in each.name}


def lines(text: str, section: str) -> list[str]:
    return text.split(f"[{section}]\n", 1)[1].partition("\n\n")[0].splitlines()


def test_only_where_something_may_wait() -> None:
    assert not has_queue(definition()) and texts(definition()) == {}
    assert set(texts(PUSHES)) == {"home-queue.service", "home-queue.path", "home-queue.timer"}
    assert set(texts(definition(claims=(Claim("spool", HERE),)))) == set(texts(PUSHES))
    assert queue_unit("home") == "home-queue.service"


def test_not_where_some_pods_are_chosen() -> None:
    of = replace(PUSHES, pods=(pod("web"),))
    made = render_units(of, render_desired(of, Places(Path("/state"), Path("/secrets")), ["web"]), Path("/elsewhere"))
    assert "web.pod" in {each.name for each in made} and not [each for each in made if "queue" in each.name]


@pytest.mark.parametrize(
    ("claim", "watched"),
    [
        (Claim("spool", HERE), "%h/.local/share/containers/storage/volumes/spool/_data"),
        (Claim("spool", HERE, Path("/p/50% off")), "/p/50%% off"),
    ],
)
def test_what_is_watched(claim: Claim, watched: str) -> None:
    text = texts(replace(PUSHES, claims=(claim,)))["home-queue.path"]
    assert lines(text, "Path") == [
        "DirectoryNotEmpty=/state/queue/waiting",
        "DirectoryNotEmpty=/state/queue/working",
        f"DirectoryNotEmpty={watched}",
        "Unit=home-queue.service",
    ]


def test_the_command_is_the_one_that_was_installed() -> None:
    places = Places(Path("/100%"), Path("/s"), ("/usr/bin/env", "PYTHONPATH=/my code", "python3"))
    made = texts(replace(PUSHES, root=Path("/my $HOME")), places)
    service = lines(made["home-queue.service"], "Service")
    assert 'ExecStart=/usr/bin/env "PYTHONPATH=/my code" python3 -C "/my $$HOME" queue --wait' in service
    assert "DirectoryNotEmpty=/100%%/queue/waiting" in made["home-queue.path"]


def test_in_git_it_is_the_same_on_every_machine() -> None:
    text = emit(PUSHES, Path("/p/quadlet")).files["home-queue.service"].text
    assert "ExecStart=%h/.local/bin/podpipe -C %h/home queue --wait\n" in text


def test_a_failure_is_not_repeated_at_once() -> None:
    made = texts(PUSHES)
    assert "StartLimitIntervalSec=0" in lines(made["home-queue.service"], "Unit")
    assert """ExecStopPost=/bin/sh -c '[ "$$SERVICE_RESULT" = success ] || sleep 60'""" in made["home-queue.service"]
