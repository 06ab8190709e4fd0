"""What stands in a Pod's spec and metadata. A snippet begins at line 8 of pods/web.yaml."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from podpipe.definition.specs import (
    ClaimVolume,
    ConfigMapVolume,
    EmptyDirVolume,
    HostPathVolume,
    Mount,
    SecretVolume,
    Security,
)
from tests.definition.folder import CLAIM, POD, ProjectFolder

SETTINGS = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\ndata: {a.txt: a, b: b}\n"

BECOMES = [
    ("restartPolicy: OnFailure", "restart_policy", "OnFailure"),
    ("terminationGracePeriodSeconds: 5", "grace_period", 5),
    ("hostname: box", "hostname", "box"),
    ("hostAliases: [{ip: 10.0.0.1, hostnames: [a, b.c]}]", "host_aliases", (("a", "10.0.0.1"), ("b.c", "10.0.0.1"))),
    ("volumes: [{name: v, emptyDir: {}}]", "volumes", (EmptyDirVolume("v"),)),
    ("volumes: [{name: v, emptyDir: {medium: Memory, sizeLimit: 64Mi}}]", "volumes", (EmptyDirVolume("v", 64 << 20),)),
    ("volumes: [{name: v, emptyDir: {medium: ''}}]", "volumes", (EmptyDirVolume("v"),)),
    ("volumes: [{name: v, hostPath: {path: /mnt/x/}}]", "volumes", (HostPathVolume("v", Path("/mnt/x")),)),
    ("volumes: [{name: v, hostPath: {path: /a, type: Directory}}]", "volumes", (HostPathVolume("v", Path("/a")),)),
    ("volumes: [{name: v, persistentVolumeClaim: {claimName: data}}]", "volumes", (ClaimVolume("v", "data"),)),
    ("volumes: [{name: v, configMap: {name: settings}}]", "volumes", (ConfigMapVolume("v", "settings"),)),
    ("volumes: [{name: v, configMap: {name: podpipe-content}}]", "volumes", (ConfigMapVolume("v", "podpipe-content"),)),
    (
        "volumes: [{name: v, configMap: {name: settings, items: [{key: a.txt, path: c.txt}]}}]",
        "volumes",
        (ConfigMapVolume("v", "settings", (("a.txt", "c.txt"),)),),
    ),
    (
        "volumes: [{name: v, secret: {secretName: key, optional: true, items: [{key: k, path: p}]}}]",
        "volumes",
        (SecretVolume("v", "key", (("k", "p"),), True),),
    ),
]


@pytest.mark.parametrize(("snippet", "field", "value"), BECOMES, ids=[snippet[:70] for snippet, *_ in BECOMES])
def test_becomes(project: ProjectFolder, snippet: str, field: str, value: Any) -> None:
    project.write("pods/others.yaml", f"{CLAIM}---\n{SETTINGS}")
    project.add("pods/web.yaml", snippet, indent=2)
    assert project.problems == []
    assert getattr(project.pod, field) == value


REFUSED = [
    ("hostNetwork: true", "8:3 spec.hostNetwork: podpipe does not support `hostNetwork` | hint: publish single ports"),
    ("initContainers: []", "8:3 spec.initContainers: podpipe does not support `initContainers` | hint: do it in the i"),
    ("volume: []", "8:3 spec.volume: unknown key `volume` | hint: did you mean `volumes`?"),
    ("restartPolicy: always", "8:18 spec.restartPolicy: `always` is not one of its values | hint: did you mean `Alway"),
    ("restartPolicy: [Always]", "8:18 spec.restartPolicy: a string is wanted, and this is a list"),
    ("hostname: a.b", "8:13 spec.hostname: `a.b` is not a name"),
    ("hostAliases: [{ip: 10.0.0, hostnames: [a]}]", "spec.hostAliases[0].ip: `10.0.0` is not an IP address"),
    ("hostAliases: [{ip: 10.0.0.1, hostnames: ['a b']}]", "spec.hostAliases[0].hostnames[0]: `a b` is not a host's na"),
    ("hostAliases: [{ip: 10.0.0.1, hostnames: []}]", "spec.hostAliases[0].hostnames: the list is empty"),
    ("securityContext: {fsGroup: 1}", "podpipe does not support `fsGroup` | hint: remove it: a volume belongs to the"),
    ("securityContext: {capabilities: {}}", "unknown key `capabilities` | hint: a Pod's securityContext knows runAsUs"),
    ("volumes: [{name: v}]", "8:13 spec.volumes[0]: the volume has no source | hint: write one of: persistentVolumeCl"),
    ("volumes: [{name: v, emptyDir: {}, secret: {secretName: a}}]", "a volume has one source, and this has emptyDir a"),
    ("volumes: [{name: v, emptyDir: }]", "spec.volumes[0].emptyDir: a mapping is wanted, and this is nothing | hint:"),
    ("volumes: [{name: v, emptyDir: {medium: HugePages}}]", "`HugePages` is not one of its values | hint: write one o"),
    ("volumes: [{name: v, emptyDir: {sizeLimit: 0}}]", "so many bytes cannot be meant"),
    ("volumes: [{name: v, nfs: {}}]", "podpipe does not support `nfs` | hint: use a persistentVolumeClaim"),
    ("volumes: [{name: v, hostPath: {path: a}}]", "`a` is not an absolute path"),
    ("volumes: [{name: v, hostPath: {path: /a, type: DirectoryOrCreate}}]", "podpipe makes nothing on the machine"),
    ("volumes: [{name: v, hostPath: {path: /a, type: Socket}}]", "`Socket` is not one of its values"),
    ("volumes: [{name: v, persistentVolumeClaim: {claimName: dta}}]", "no PersistentVolumeClaim `dta` is defined | hi"),
    ("volumes: [{name: v, persistentVolumeClaim: {}}]", "the key `claimName` is missing"),
    ("volumes: [{name: v, configMap: {name: nothing-like-it}}]", "no ConfigMap `nothing-like-it` is defined | hint: a"),
    ("volumes: [{name: v, configMap: {name: settings, items: [{key: c, path: c}]}}]", "the ConfigMap `settings` has n"),
    ("volumes: [{name: v, configMap: {name: settings, items: [{key: b, path: ../b}]}}]", "`../b` cannot be a file's n"),
    ("volumes: [{name: v, configMap: {name: settings, items: [{key: b, path: ..}]}}]", "`..` cannot be a file's name"),
    ("volumes: [{name: v, configMap: {name: settings, defaultMode: 0400}}]", "podpipe does not support `defaultMode`"),
    ("volumes: [{name: v, secret: {secretName: ../../etc}}]", "`../../etc` is not a name"),
    ("volumes: [{name: v, secret: {secretName: a, items: [{key: /b, path: b}]}}]", "`/b` cannot be a file's name"),
    ("volumes: [{name: v, emptyDir: {}}, {name: v, emptyDir: {}}]", "8:38 spec.volumes[1]: two volumes have the name"),
]


@pytest.mark.parametrize(("snippet", "problem"), REFUSED, ids=[snippet[:70] for snippet, _ in REFUSED])
def test_refused(project: ProjectFolder, snippet: str, problem: str) -> None:
    project.write("pods/others.yaml", f"{CLAIM}---\n{SETTINGS}")
    project.add("pods/web.yaml", snippet, indent=2)
    assert [problem in each for each in project.problems] == [True], project.problems


def test_a_container_mounts_the_pods_volumes(project: ProjectFolder) -> None:
    mounts = "[{name: v, mountPath: /tmp}, {name: w, mountPath: /w, readOnly: true}]"
    project.add("pods/web.yaml", f"volumeMounts: {mounts}", indent=6)
    project.add("pods/web.yaml", "volumes: [{name: v, emptyDir: {}}, {name: w, hostPath: {path: /}}]", indent=2)
    assert project.container.mounts == (Mount("v", "/tmp"), Mount("w", "/w", True))


MOUNTS = [
    ("[{name: v, mountPath: /tmp}, {name: v, mountPath: /tmp/}]", "two volumes are mounted at /tmp"),
    ("[{name: v, mountPath: /tmp, readOnly: true}]", "an emptyDir that is read-only stays empty"),
    ("[{name: w, mountPath: /tmp}]", "the pod has no volume `w` | hint: "),
]


@pytest.mark.parametrize(("mounts", "problem"), MOUNTS)
def test_mounts_that_make_no_sense(project: ProjectFolder, mounts: str, problem: str) -> None:
    project.add("pods/web.yaml", f"volumeMounts: {mounts}", indent=6)
    project.add("pods/web.yaml", "volumes: [{name: v, emptyDir: {}}]", indent=2)
    assert [problem in each for each in project.problems] == [True], project.problems


def test_two_containers_cannot_share_a_tmpfs(project: ProjectFolder) -> None:
    mounts = "volumeMounts: [{name: v, mountPath: /tmp}]"
    project.add("pods/web.yaml", mounts, indent=6)
    project.add("pods/web.yaml", f"- {{name: other, image: localhost/base, {mounts}}}", indent=4)
    project.add("pods/web.yaml", "volumes: [{name: v, emptyDir: {}}]", indent=2)
    assert ["spec.containers[1]: the emptyDir `v` is mounted by another" in each for each in project.problems] == [True]


def test_a_containers_security_context_wins_over_its_pods(project: ProjectFolder) -> None:
    project.add("pods/web.yaml", "securityContext: {runAsUser: 2, readOnlyRootFilesystem: true}", indent=6)
    project.add("pods/web.yaml", "- {name: other, image: localhost/base}", indent=4)
    project.add("pods/web.yaml", "securityContext: {runAsUser: 1000, runAsGroup: 1000, runAsNonRoot: true}", indent=2)
    first, second = project.pod.containers
    assert first.security == Security(2, 1000, read_only_root=True)
    assert second.security == Security(1000, 1000)


def test_a_container_may_not_be_root_where_its_pod_forbids_it(project: ProjectFolder) -> None:
    project.add("pods/web.yaml", "securityContext: {runAsUser: 0}", indent=6)
    project.add("pods/web.yaml", "securityContext: {runAsUser: 1000, runAsNonRoot: true}", indent=2)
    assert "spec.containers[0].securityContext: runAsNonRoot is true and runAsUser is 0" in project.problems[0]


LABELS = [
    ("{app: web, example.org/tier: front}", ""),
    ("{io.podpipe.project: x}", "is no label's name, or one of podpipe's own"),
    ("{'a b': x}", "`a b` is no label's name"),
    ("{a: 'x y'}", "`x y` is not a label's value"),
    ("{a: 1}", 'hint: quote it: "1"'),
]


@pytest.mark.parametrize(("labels", "problem"), LABELS)
def test_labels(project: ProjectFolder, labels: str, problem: str) -> None:
    project.write("pods/web.yaml", POD.replace("web}", f"web, labels: {labels}}}"))
    if problem:
        assert [problem in each for each in project.problems] == [True], project.problems
    else:
        assert project.pod.labels == (("app", "web"), ("example.org/tier", "front"))


def test_annotations_are_refused_by_name(project: ProjectFolder) -> None:
    project.write("pods/web.yaml", POD.replace("web}", "web, annotations: {}}"))
    assert "3:23 metadata.annotations: podpipe does not support `annotations`" in project.problems[0]


def test_two_containers_of_one_name(project: ProjectFolder) -> None:
    project.add("pods/web.yaml", "- {name: nginx, image: localhost/base}", indent=4)
    assert "8:7 spec.containers[1]: two containers have the name `nginx`" in project.problems[0]


@pytest.mark.parametrize("containers", ["[]", "", "{}"])
def test_a_pod_has_a_container(project: ProjectFolder, containers: str) -> None:
    head, _, _ = POD.partition("\n    - ")
    project.write("pods/web.yaml", f"{head} {containers}\n")
    assert len(project.problems) == 1
