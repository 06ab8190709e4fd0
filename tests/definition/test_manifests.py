"""Kinds, and what a manifest has to have."""

from __future__ import annotations

import pytest

from podpipe.definition.subset.kinds import REFUSED_KINDS
from tests.definition.folder import CLAIM, POD, ProjectFolder, claim

MANIFESTS = [
    ("kind: Deploymnt", "1:7 kind: podpipe knows no kind `Deploymnt` | hint: it knows Pod, CronJob, PersistentVolumeC"),
    ("kind: pod", "1:7 kind: podpipe knows no kind `pod` | hint: did you mean `Pod`?"),
    ("kind: 1", "1:7 kind: a string is wanted, and this is a number"),
    ("a: b", "1:1: this is no manifest: the key `kind` is missing"),
    ("- a", "1:1: this is no manifest: the key `kind` is missing"),
    ("{}", "1:1: this is no manifest: the key `kind` is missing"),
    ("just text", "1:1: this is no manifest: the key `kind` is missing"),
    (POD.replace("v1", "v2", 1), "1:13 apiVersion: `v2` is not one of its values | hint: "),
    (POD.replace("apiVersion: v1\n", ""), "1:1: the key `apiVersion` is missing | hint: apiVersion: `v1`"),
    (POD + "status: {}", "8:1 status: podpipe does not support `status` | hint: remove it: only a running cluster set"),
    (POD + "spce: {}", "8:1 spce: unknown key `spce` | hint: did you mean `spec`?"),
    (POD.replace("web", "Web"), "3:18 metadata.name: `Web` is not a name | hint: use lower-case letters, digits and `"),
    (POD.replace("web", "a" * 64), "is not a name | hint: "),
    (POD.replace("web", '"web\\n"'), "is not a name"),
    (POD.replace("web", "-web"), "`-web` is not a name"),
    (POD.replace("web", "web, namespace: default"), "3:23 metadata.namespace: podpipe does not support `namespace`"),
    ("apiVersion: v1\nkind: Pod\nmetadata: {name: a}\n", "1:1: the key `spec` is missing"),
    ("apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: [a]\n", "4:7 spec: a mapping is wanted, and this is a lis"),
]


@pytest.mark.parametrize(("manifest", "problem"), MANIFESTS, ids=[problem[:60] for _, problem in MANIFESTS])
def test_refused(project: ProjectFolder, manifest: str, problem: str) -> None:
    project.write("pods/web.yaml", manifest)
    assert [problem in each for each in project.problems] == [True], project.problems


@pytest.mark.parametrize("kind", REFUSED_KINDS)
def test_a_kind_that_podpipe_has_another_way_for(project: ProjectFolder, kind: str) -> None:
    project.write("pods/web.yaml", f"apiVersion: apps/v1\nkind: {kind}\nwhatever: {{}}\n")
    (problem,) = project.problems
    assert problem.startswith(f"pods/web.yaml:2:7 kind: podpipe does not support the kind {kind} | hint: ")


def test_a_secret_is_told_where_secrets_are_kept(project: ProjectFolder) -> None:
    project.write("pods/web.yaml", "apiVersion: v1\nkind: Secret\ndata: {a: aHVudGVyMg==}\n")
    assert "secrets are by reference only: put the value into ~/.config/podpipe/secrets/NAME/KEY" in project.problems[0]


def test_a_manifest_may_refer_to_what_stands_later_and_in_other_files(project: ProjectFolder) -> None:
    project.add("pods/web.yaml", "volumes: [{name: v, persistentVolumeClaim: {claimName: data}}]", indent=2)
    project.add("pods/web.yaml", "---\n---\n# nothing\n---")
    project.write("pods/z.yml", CLAIM)
    assert project.problems == []


def test_what_a_broken_file_may_define_is_not_missed(project: ProjectFolder) -> None:
    """One mistake in writing makes one problem, not one for each reference to that file."""
    project.add("pods/web.yaml", "volumes: [{name: v, persistentVolumeClaim: {claimName: data}}]", indent=2)
    project.write("pods/z.yaml", CLAIM + "oh: [\n")
    assert [problem.partition(":")[0] for problem in project.problems] == ["pods/z.yaml"]


def test_a_key_that_stands_twice_hides_nothing(project: ProjectFolder) -> None:
    project.add("pods/web.yaml", "volumes: [{name: v, persistentVolumeClaim: {claimName: data}}]", indent=2)
    project.write("pods/z.yaml", claim("other") + "kind: Pod\n")
    first, second = project.problems
    assert "no PersistentVolumeClaim `data` is defined" in first
    assert "the key `kind` stands here twice" in second


def test_a_mistake_in_one_image_does_not_hide_the_others(project: ProjectFolder) -> None:
    project.add("podpipe.yaml", "broken: nowhere", indent=2)
    project.add("pods/web.yaml", "- {name: b, image: localhost/broken}\n- {name: c, image: localhost/wrong}", indent=4)
    first, second = project.problems
    assert "there is no folder `nowhere`" in first
    assert "no image `localhost/wrong`" in second
