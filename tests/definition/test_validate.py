"""What only shows when all files are read."""

from __future__ import annotations

import pytest

from tests.definition.folder import CLAIM, CRON_JOB, POD, ProjectFolder, claim

CONFIG_MAP = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\ndata: {}\n"

TWINS = [
    (POD, "pods/z.yaml:1:1: a pod has the name `web`, and so has a pod (pods/web.yaml:1) | hint: rename one of the tw"),
    (CRON_JOB.replace("sync", "web", 1), "a CronJob has the name `web`, and so has a pod (pods/web.yaml:1)"),
    (POD.replace("web", "web-nginx"), "a pod has the name `web-nginx`, and so has the container nginx of pod web"),
    (CRON_JOB.replace("sync", "web-nginx", 1), "a CronJob has the name `web-nginx`, and so has the container nginx of"),
    (f"{CLAIM}---\n{CLAIM}", "a PersistentVolumeClaim has the name `data`, and so has a PersistentVolumeClaim (pods/z"),
    (f"{CONFIG_MAP}---\n{CONFIG_MAP}", "a ConfigMap has the name `settings`, and so has a ConfigMap (pods/z.yaml:1)"),
    (CONFIG_MAP.replace("settings", "podpipe-data"), "podpipe writes the ConfigMap `podpipe-data` itself"),
]


@pytest.mark.parametrize(("manifest", "problem"), TWINS, ids=[problem[:60] for _, problem in TWINS])
def test_names_that_two_have(project: ProjectFolder, manifest: str, problem: str) -> None:
    project.write("pods/z.yaml", manifest)
    assert [problem in each for each in project.problems] == [True], project.problems


def test_a_claim_and_a_pod_may_share_a_name(project: ProjectFolder) -> None:
    project.write("pods/z.yaml", claim("web"))
    assert project.problems == []


PORTS = [
    ("hostPort: 80", "hostPort: 80", True),
    ("hostPort: 80", "hostPort: 81", False),
    ("hostPort: 80, protocol: UDP", "hostPort: 80", False),
    ("hostPort: 80, hostIP: 127.0.0.1", "hostPort: 80", True),
    ("hostPort: 80", "hostPort: 80, hostIP: 127.0.0.1", True),
    ("hostPort: 80, hostIP: 127.0.0.1", "hostPort: 80, hostIP: 127.0.0.2", False),
    ("hostPort: 80, hostIP: 127.0.0.1", "hostPort: 80, hostIP: 0.0.0.0", True),
    ("hostPort: 80, hostIP: '::'", "hostPort: 80, hostIP: '::1'", True),
    ("hostPort: 80, hostIP: '0:0::1'", "hostPort: 80, hostIP: '::1'", True),
    ("name: a", "name: a", False),
]


@pytest.mark.parametrize(("one", "other", "collide"), PORTS)
def test_ports_of_two_pods(project: ProjectFolder, one: str, other: str, collide: bool) -> None:
    project.add("pods/web.yaml", f"ports: [{{containerPort: 80, {one}}}]", indent=6)
    project.write("pods/z.yaml", POD.replace("web", "other"))
    project.add("pods/z.yaml", f"ports: [{{containerPort: 80, {other}}}]", indent=6)
    said = ["pods/z.yaml:8:15 spec.containers[0].ports[0]: port 80/tcp of the machine is taken by web/nginx (pods/web"]
    assert [problem[: len(said[0])] for problem in project.problems] == (said if collide else [])


def test_two_containers_of_a_pod_cannot_listen_at_one_port(project: ProjectFolder) -> None:
    project.add("pods/web.yaml", "ports: [{containerPort: 80, hostPort: 1}]", indent=6)
    project.add("pods/web.yaml", "- {name: b, image: localhost/base, ports: [{containerPort: 80}]}", indent=4)
    assert "spec.containers[1].ports[0]: port 80/tcp of the pod is taken by web/nginx" in project.problems[0]


def test_one_container_may_publish_a_port_twice(project: ProjectFolder) -> None:
    ports = "[{containerPort: 80, hostPort: 1}, {containerPort: 80, hostPort: 2}]"
    project.add("pods/web.yaml", f"ports: {ports}", indent=6)
    assert project.problems == []
