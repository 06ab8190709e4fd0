from __future__ import annotations

from pathlib import Path

import pytest

from podpipe import Project
from podpipe.effects.emission import Emission, check_version, emit
from podpipe.errors import NotOurs, Unsupported, UsageError
from podpipe.render.unitfile import render_file
from tests.samples import container, definition, pod, site_definition

ROOT = Path(__file__).parents[2]


def verbs(emission: Emission) -> dict[str, str]:
    return {action.name: action.verb for action in emission.plan.changes}


def test_the_repositorys_own_files_are_not_stale() -> None:
    assert verbs(Project.load(ROOT).quadlet()) == {}, "run: python3 -m podpipe quadlet"


def test_a_second_time_there_is_nothing_to_write(tmp_path: Path) -> None:
    folder = tmp_path / "new/quadlet"
    first = emit(site_definition(), folder)
    assert set(verbs(first).values()) == {"create"}
    first.write()
    assert verbs(emit(site_definition(), folder)) == {}
    assert sorted(path.name for path in folder.iterdir()) == sorted(first.files)


def test_what_is_stale_is_shown_and_brought_up_to_date(tmp_path: Path) -> None:
    emit(site_definition(), tmp_path).write()
    (tmp_path / "README.md").write_text("mine")
    other = emit(definition(pod("web", container(env=(("A", "1"),)))), tmp_path)
    assert verbs(other)["web-nginx.container"] == "update"
    assert verbs(other)["sync.timer"] == "remove"
    diff = list(other.diff())
    assert {"+Environment=A=1", "-OnCalendar=*-*-* 06:15:00", "--- sync.timer as it lies there"} <= set(diff)
    other.write()
    assert verbs(emit(definition(pod("web", container(env=(("A", "1"),)))), tmp_path)) == {}
    assert (tmp_path / "README.md").read_text() == "mine"


def test_a_file_of_somebody_elses_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "web.pod").write_text("[Pod]\n")
    with pytest.raises(NotOurs, match=r"web\.pod was not written by podpipe"):
        emit(site_definition(), tmp_path).write()
    assert (tmp_path / "web.pod").read_text() == "[Pod]\n"


def test_the_files_are_the_same_wherever_the_project_lies(tmp_path: Path) -> None:
    def texts(name: str) -> dict[str, str]:
        folder = tmp_path / name
        folder.symlink_to(ROOT)
        return {name: file.text for name, file in Project.load(folder).quadlet().files.items()}

    assert texts("here") == texts("there")
    assert not [text for text in texts("elsewhere").values() if str(ROOT) in text]


def test_what_a_version_of_podman_cannot_do_is_refused_by_name() -> None:
    check_version(emit(site_definition(), ROOT).files.values(), "5.8.2")
    broken = render_file("web.container", "web", "here", {"Container": [("Image", "a"), ("Colour", "blue")]})
    with pytest.raises(Unsupported, match=r"Podman 5\.8\.2 cannot run what the definition says") as caught:
        check_version([broken], "5.8.2")
    assert "web.container" in caught.value.lines[0] and "Colour" in caught.value.lines[0]
    with pytest.raises(UsageError, match="no version of Podman"):
        check_version([], "newest")
