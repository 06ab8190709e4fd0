"""The files of a project, and what may be wrong with them as files."""

from __future__ import annotations

import os
import shutil

import pytest

from podpipe.definition.text import MAX_BYTES
from tests.definition.folder import POD, ProjectFolder


def test_without_podpipe_yaml(project: ProjectFolder) -> None:
    (project.root / "podpipe.yaml").unlink()
    assert project.problems == [
        f"podpipe.yaml:1:1: there is no podpipe.yaml in {project.root} | hint: `podpipe init {project.root}`"
        " writes a starter project there"
    ]


@pytest.mark.parametrize("leave_folder", [True, False])
def test_without_pods(project: ProjectFolder, leave_folder: bool) -> None:
    shutil.rmtree(project.root / "pods")
    if leave_folder:
        project.write("pods/README", "nothing")
        project.write("pods/.hidden.yaml", "a: [")
    assert project.problems == [
        "pods:1:1: no manifest stands in pods/*.yaml | hint: `podpipe init DIR` writes a starter project to copy from"
    ]


def test_pods_is_a_folder(project: ProjectFolder) -> None:
    shutil.rmtree(project.root / "pods")
    project.write("pods", "")
    assert project.problems == ["pods:1:1: the folder cannot be read: Not a directory"]


def test_nothing_at_all(project: ProjectFolder) -> None:
    project.root = project.root / "nowhere"
    assert len(project.problems) == 2


def test_both_endings_are_read_in_the_order_of_names(project: ProjectFolder) -> None:
    project.write("pods/b.yml", POD.replace("web", "b"))
    project.write("pods/a.yaml", POD.replace("web", "a"))
    assert [pod.name for pod in project.definition.pods] == ["a", "b", "web"]


def test_files_that_cannot_be_read(project: ProjectFolder, tmp_path_factory: pytest.TempPathFactory) -> None:
    outside = tmp_path_factory.mktemp("outside") / "secret.yaml"
    outside.write_text(POD.replace("web", "outside"))
    pods = project.root / "pods"
    (pods / "a.yaml").symlink_to(outside)
    (pods / "b.yaml").symlink_to("b.yaml")
    (pods / "c.yaml").mkdir()
    os.mkfifo(pods / "d.yaml")
    (pods / "e.yaml").symlink_to("nowhere")
    project.write("pods/f.yaml", b"\xff")
    project.write("pods/g.yaml", "#" * (MAX_BYTES + 1))
    project.write("pods/h.yaml", "a: \0")
    said = [problem.partition("pods/")[2] for problem in project.problems]
    assert [text[:8] for text in said] == [f"{name}.yaml:1" for name in "abcdefgh"]
    assert "leads out of the project" in said[0]


def test_problems_are_sorted_by_file_and_line(project: ProjectFolder) -> None:
    project.add("pods/web.yaml", "tty: true\nstdin: true", indent=6)
    project.write("pods/a.yaml", "kind: X\n---\nkind: Y\n" + "---\n" * 9 + "kind: Z\n")
    project.add("podpipe.yaml", "nothing: 1")
    assert [problem.partition(" ")[0] for problem in project.problems] == [
        "podpipe.yaml:4:1",
        "pods/a.yaml:1:7",
        "pods/a.yaml:3:7",
        "pods/a.yaml:13:7",
        "pods/web.yaml:8:7",
        "pods/web.yaml:9:7",
    ]
