"""The whole room: the repository's own project, and whatever anybody writes."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from podpipe.definition import DefinitionError, load_definition
from podpipe.definition.specs import image_reference
from podpipe.definition.subset import containers, cronjobs, pods, probes, project, security, storage, volumes
from podpipe.definition.subset.section import Section
from tests.definition.folder import CLAIM, CRON_JOB, POD, ProjectFolder

ROOT = Path(__file__).parents[2]


@pytest.fixture
def starter(tmp_path: Path) -> ProjectFolder:
    """A copy of the repository's own project."""
    for name in ("pods", "containerfiles", "content", "sources"):
        shutil.copytree(ROOT / name, tmp_path / "starter" / name)
    shutil.copy(ROOT / "podpipe.yaml", tmp_path / "starter")
    folder = ProjectFolder.__new__(ProjectFolder)
    folder.root = tmp_path / "starter"
    return folder


def test_the_repositorys_own_project(starter: ProjectFolder) -> None:
    definition = starter.definition
    assert [pod.name for pod in definition.pods] == ["data", "web"]
    assert [job.name for job in definition.cron_jobs] == ["sync"]
    assert {image_reference(image) for image in definition.images} >= {
        container.image for pod in definition.pods for container in pod.containers
    }
    assert {claim.name for claim in definition.claims if claim.folder} == {"content", "sources"}
    assert definition.infra == "localhost/base:latest"


def test_loading_twice_gives_the_same(starter: ProjectFolder) -> None:
    assert starter.definition == starter.definition


def test_the_pure_parser_gives_the_same(starter: ProjectFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = starter.definition
    monkeypatch.delattr(yaml, "CSafeLoader", raising=False)
    assert starter.definition == expected


def test_the_error_lists_every_problem(project: ProjectFolder) -> None:
    project.add("pods/web.yaml", "tty: true\nstdin: true", indent=6)
    with pytest.raises(DefinitionError) as caught:
        load_definition(project.root)
    error = caught.value
    assert (error.exit_status, error.message, len(error.problems)) == (2, "the definition has 2 problems", 2)
    assert all(str(problem) in str(error) for problem in error.problems)
    assert str(error).startswith("the definition has 2 problems:\n")


def test_no_quoted_character_steers_the_terminal(project: ProjectFolder) -> None:
    project.add("pods/web.yaml", r'"\e[31m": 1' + "\n" + r'workingDir: "\e]0;x\a\n\u202e"', indent=6)
    assert [problem.isprintable() for problem in project.problems] == [True, True]
    assert r"unknown key `\x1b[31m`" in project.problems[0]


@pytest.mark.parametrize("path", ["podpipe.yaml", "pods/web.yaml", "pods/data.yaml"])
def test_a_line_less_never_crashes_it(starter: ProjectFolder, path: str) -> None:
    lines = (starter.root / path).read_text().splitlines(keepends=True)
    for index in range(len(lines)):
        starter.write(path, "".join(lines[:index] + lines[index + 1 :]))
        assert_clean(starter)


MODULES = (containers, cronjobs, pods, probes, project, security, storage, volumes)
SECTIONS = [value for module in MODULES for value in vars(module).values() if isinstance(value, Section)]
KEYS = sorted({key for section in SECTIONS for key in (*section.keys, *section.refused)})

leaves = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6)
    | st.sampled_from(["web", "/srv", "Pod", "localhost/base", "512Mi", "TCP", "80", "@daily", "Never", "..", "data"])
)  # fmt: skip
structures = st.recursive(
    leaves,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=5),
    max_leaves=12,
)


def assert_clean(folder: ProjectFolder) -> None:
    """Either a definition, or problems that each have a place."""
    try:
        assert folder.definition == folder.definition
    except DefinitionError as error:
        assert all(re.match(r"[^:]+:[1-9][0-9]*:[1-9][0-9]*", str(problem.place)) for problem in error.problems)


def graft(document: Any, path: list[int], branch: Any) -> Any:
    """The document with some part of it replaced by `branch`; each number chooses a child."""
    if not path or not isinstance(document, (dict, list)) or not document:
        return branch
    copy = document.copy()
    places: list[Any] = list(document) if isinstance(document, dict) else list(range(len(document)))
    place = places[path[0] % len(places)]
    copy[place] = graft(document[place], path[1:], branch)
    return copy


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], deadline=None)
@given(st.sampled_from([POD, CRON_JOB, CLAIM]), st.lists(st.integers(0, 5), max_size=10), structures)
def test_a_manifest_with_anything_grafted_in(
    project: ProjectFolder, manifest: str, path: list[int], branch: Any
) -> None:
    project.write("pods/web.yaml", yaml.safe_dump(graft(yaml.safe_load(manifest), path, branch)))
    assert_clean(project)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], deadline=None)
@given(st.dictionaries(st.sampled_from(sorted(project.PROJECT.keys)), structures, max_size=4))
def test_a_project_file_with_anything_in_it(project: ProjectFolder, document: Any) -> None:
    project.write("podpipe.yaml", yaml.safe_dump(document))
    assert_clean(project)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.sampled_from(["podpipe.yaml", "pods/web.yaml"]), st.binary(max_size=60), st.integers(0, 200))
def test_a_file_with_any_bytes_in_it(project: ProjectFolder, path: str, data: bytes, where: int) -> None:
    before = POD.encode()
    project.write(path, before[:where] + data + before[where:])
    assert_clean(project)
    project.write("podpipe.yaml", "name: demo\nimages: {base: {debian: bookworm}}\n")
