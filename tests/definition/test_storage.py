"""PersistentVolumeClaims and ConfigMaps."""

from __future__ import annotations

import pytest

from podpipe.definition.specs import Claim, ConfigMap, Place
from tests.definition.folder import CLAIM, ProjectFolder

CONFIG_MAP = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\n"


def test_a_claim(project: ProjectFolder) -> None:
    project.write("pods/data.yml", CLAIM)
    assert project.definition.claims == (Claim("data", Place("", 0, 0)),)


CLAIMS = [
    ("[ReadWriteOnce]", "[Sometimes]", "spec.accessModes[0]: `Sometimes` is not one of its values"),
    ("[ReadWriteOnce]", "[]", "spec.accessModes: the list is empty"),
    ("storage: 1Gi", "storage: much", "spec.resources.requests.storage: `much` is not a quantity"),
    ("{storage: 1Gi}", "{}", "spec.resources.requests: the key `storage` is missing"),
    ("spec: {", "spec: {storageClassName: fast, ", "podpipe does not support `storageClassName` | hint: remove it"),
    ("name: data", "name: Data", "metadata.name: `Data` is not a name"),
    ("{name: data}", "{}", "metadata: the key `name` is missing"),
    ("metadata: {name: data}\n", "", "1:1: the key `metadata` is missing"),
]


@pytest.mark.parametrize(("before", "after", "problem"), CLAIMS, ids=[after[:40] for _, after, _ in CLAIMS])
def test_claims_that_are_refused(project: ProjectFolder, before: str, after: str, problem: str) -> None:
    assert before in CLAIM
    project.write("pods/data.yaml", CLAIM.replace(before, after))
    assert [problem in each for each in project.problems] == [True], project.problems


def test_a_config_map_keeps_its_texts(project: ProjectFolder) -> None:
    project.write("pods/settings.yaml", CONFIG_MAP + 'data:\n  a.txt: |\n    two\n    lines\n  b: "1"\n')
    assert project.definition.config_maps[0] == ConfigMap("settings", (("a.txt", "two\nlines\n"), ("b", "1")))


CONFIG_MAPS = [
    ("data: {a: 1}", 'data.a: a string is wanted, and this is a number | hint: quote it: "1"'),
    ("data: {8080: a}", 'data.8080: a string is wanted, and this is a number | hint: quote it: "8080"'),
    ("data: {a/b: c}", "data.a/b: `a/b` is not a key"),
    ("data: {..: c}", "data...: `..` is not a key"),
    ("data: {a: {b: c}}", "data.a: a string is wanted, and this is a mapping"),
    ("data: [a]", "data: a mapping is wanted, and this is a list"),
    ("data: {a: b, a: c}", "4:14: the key `a` stands here twice: first at line 4, column 8"),
    ("binaryData: {}", "podpipe does not support `binaryData`"),
    ("immutable: true", "podpipe does not support `immutable`"),
    ("spec: {}", "unknown key `spec` | hint: ConfigMap knows apiVersion, kind, metadata, data"),
]


@pytest.mark.parametrize(("snippet", "problem"), CONFIG_MAPS)
def test_config_maps_that_are_refused(project: ProjectFolder, snippet: str, problem: str) -> None:
    project.write("pods/settings.yaml", CONFIG_MAP + snippet)
    assert [problem in each for each in project.problems] == [True], project.problems
