"""What stands in a container: each snippet beside what it becomes, or beside the problem it makes.

A snippet begins at line 8, column 7 of pods/web.yaml.
"""

from __future__ import annotations

from typing import Any

import pytest

from podpipe.definition.specs import ExecProbe, HttpProbe, Port, Probe, Security, TcpProbe
from tests.definition.folder import POD, ProjectFolder

AT = "spec.containers[0]"

BECOMES = [
    ("command: [sh, -c, 'a b']", "command", ("sh", "-c", "a b")),
    ("args: [a]", "args", ("a",)),
    ("workingDir: /srv//x/", "working_dir", "/srv/x"),
    ("imagePullPolicy: IfNotPresent", "env", ()),
    ("ports: [{containerPort: 80}]", "ports", ()),
    ("ports: [{containerPort: 80, hostPort: 8080}]", "ports", (Port(80, 8080),)),
    (
        "ports: [{containerPort: 53, hostPort: 5353, hostIP: 127.0.0.1, protocol: UDP, name: dns}]",
        "ports",
        (Port(53, 5353, "127.0.0.1", "udp"),),
    ),
    ("ports: [{containerPort: 80, hostPort: 8080, hostIP: 0.0.0.0}]", "ports", (Port(80, 8080),)),
    ('readinessProbe: {exec: {command: ["true"]}}', "probe", Probe(ExecProbe(("true",)))),
    ('livenessProbe: {exec: {command: ["true"]}}', "probe", Probe(ExecProbe(("true",)), restarts=True)),
    ("readinessProbe: {tcpSocket: {port: 80}, timeoutSeconds: 3}", "probe", Probe(TcpProbe(80), timeout=3)),
    (
        "ports: [{containerPort: 8080, name: http}]\n"
        "readinessProbe: {httpGet: {port: http, path: /x?y=1, scheme: HTTP}, initialDelaySeconds: 5}\n"
        "livenessProbe: {httpGet: {port: 8080, path: /x?y=1}, initialDelaySeconds: 5, successThreshold: 1}",
        "probe",
        Probe(HttpProbe(8080, "/x?y=1"), initial_delay=5, restarts=True),
    ),
    ("securityContext: {runAsUser: 7, runAsGroup: 8}", "security", Security(7, 8)),
    (
        "securityContext:\n  readOnlyRootFilesystem: true\n  allowPrivilegeEscalation: false\n"
        "  capabilities: {drop: [ALL], add: [NET_BIND_SERVICE]}",
        "security",
        Security(None, None, True, True, ("ALL",), ("NET_BIND_SERVICE",)),
    ),
    ("resources: {limits: {memory: 128Mi}}", "memory", 128 << 20),
    ("resources: {limits: {cpu: 500m}}", "cpu", 0.5),
    ("resources: {limits: {cpu: 2}}", "cpu", 2.0),
]


@pytest.mark.parametrize(("snippet", "field", "value"), BECOMES, ids=[snippet[:60] for snippet, *_ in BECOMES])
def test_becomes(project: ProjectFolder, snippet: str, field: str, value: Any) -> None:
    project.add("pods/web.yaml", snippet, indent=6)
    assert project.problems == []
    assert getattr(project.container, field) == value


REFUSED = [
    ("tty: true", f"8:7 {AT}.tty: podpipe does not support `tty` | hint: remove it: containers run without a terminal"),
    ("comand: [a]", f"8:7 {AT}.comand: unknown key `comand` | hint: did you mean `command`?"),
    ("command: a b", f"8:16 {AT}.command: a list is wanted, and this is `a b`"),
    ("command: [sleep, 1]", f'8:24 {AT}.command[1]: a string is wanted, and this is a number | hint: quote it: "1"'),
    ("args: [[a]]", f"8:14 {AT}.args[0]: a string is wanted, and this is a list"),
    ("args: ", f"8:7 {AT}.args: a list is wanted, and this is nothing"),
    ("workingDir: srv", f"8:19 {AT}.workingDir: `srv` is not an absolute path | hint: begin with `/`"),
    (
        "workingDir: /a/../../etc",
        f"8:19 {AT}.workingDir: `/a/../../etc` cannot be used as a path | hint: write it without `..` and without `:`",
    ),
    (
        "imagePullPolicy: Always",
        f"8:24 {AT}.imagePullPolicy: `Always` is not one of its values | hint: write one of: IfNotPresent, Never",
    ),
    ("ports: [{containerPort: 0}]", f"8:31 {AT}.ports[0].containerPort: 0 is not between 1 and 65535"),
    (
        "ports: [{containerPort: 0x50}]",
        f"8:31 {AT}.ports[0].containerPort: a whole number is wanted, and this is a number"
        " | hint: write it in decimal digits",
    ),
    (
        "ports: [{containerPort: '80'}]",
        f"8:31 {AT}.ports[0].containerPort: a whole number is wanted, and this is `80` | hint: write it without quotes",
    ),
    (f"ports: [{{containerPort: {'9' * 5000}}}]", "a whole number is wanted, and this is a number"),
    ("ports: [{hostPort: 80}]", f"8:15 {AT}.ports[0]: the key `containerPort` is missing"),
    ("ports: [{containerPort: 1, protocol: tcp}]", "`tcp` is not one of its values | hint: did you mean `TCP`?"),
    ("ports: [{containerPort: 1, protocol: SCTP}]", "`SCTP` is not one of its values | hint: write one of: TCP, UDP"),
    ("ports: [{containerPort: 1, hostPort: 2, hostIP: localhost}]", "`localhost` is not an IP address"),
    ('ports: [{containerPort: 1, hostPort: 2, hostIP: "fe80::1%eth0"}]', "`fe80::1%eth0` is not an IP address"),
    ("ports: [{containerPort: 1, hostIP: 127.0.0.1}]", "hostIP stands without hostPort | hint: write both, or none"),
    ("ports: [{containerPort: 1, name: HTTP}]", "`HTTP` is not a port's name"),
    ("ports: [{containerPort: 1, name: a}, {containerPort: 2, name: a}]", "two ports have the name `a`"),
    (
        "ports: [{containerPort: 1, hostPort: 80}, {containerPort: 2, hostPort: 80}]",
        f"8:49 {AT}.ports[1]: port 80/tcp of the machine is taken by web/nginx (pods/web.yaml:8)"
        " | hint: choose another hostPort",
    ),
    ("startupProbe: {}", "podpipe does not support `startupProbe` | hint: set `initialDelaySeconds` at the readinessP"),
    ("livenessProbe: {}", f"8:22 {AT}.livenessProbe: the key `tcpSocket` is missing"),
    ("livenessProbe: {exec: {command: []}}", f"8:39 {AT}.livenessProbe.exec.command: the list is empty"),
    ("livenessProbe: {exec: {command: [a]}, tcpSocket: {port: 1}}", "a probe has one kind of check, and this has exec"),
    ("livenessProbe: {grpc: {port: 1}}", "podpipe does not support `grpc` | hint: use `exec` with a client for it"),
    ("livenessProbe: {httpGet: {port: web}}", "this container has no port named `web` | hint: write the number, or na"),
    ("livenessProbe: {httpGet: {port: 1, path: x}}", f"8:48 {AT}.livenessProbe.httpGet.path: not a path of a URL"),
    ('livenessProbe: {httpGet: {port: 1, path: "/\\" ; rm"}}', "not a path of a URL"),
    ("livenessProbe: {httpGet: {port: 1, scheme: HTTPS}}", "podpipe does not support HTTPS here | hint: probe plain H"),
    ("livenessProbe: {httpGet: {port: 1, host: a}}", "podpipe does not support `host` | hint: remove it: the check ru"),
    ("livenessProbe: {tcpSocket: {port: 1}, successThreshold: 2}", "2 is not between 1 and 1"),
    ("livenessProbe: {tcpSocket: {port: 1}, periodSeconds: 0}", "0 is not between 1 and 2147483647"),
    (
        "livenessProbe: {tcpSocket: {port: 1}}\nreadinessProbe: {tcpSocket: {port: 2}}",
        f"9:23 {AT}.readinessProbe: livenessProbe and readinessProbe differ"
        " | hint: make them equal, or keep one of the two: Podman has one health check per container",
    ),
    ("securityContext: {privileged: true}", "podpipe does not support `privileged` | hint: name single `capabilities"),
    ("securityContext: {runAsUser: 0, runAsNonRoot: true}", "runAsNonRoot is true and runAsUser is 0"),
    ("securityContext: {runAsNonRoot: true}", "runAsNonRoot is true and runAsUser is missing"),
    ("securityContext: {runAsGroup: 1}", "runAsGroup stands without runAsUser | hint: write both, or none"),
    ("securityContext: {runAsUser: -1}", "-1 is not between 0 and 2147483647"),
    (
        "securityContext: {readOnlyRootFilesystem: yes}",
        f"8:49 {AT}.securityContext.readOnlyRootFilesystem: true or false is wanted, and this is true or false"
        " | hint: write true or false, without quotes",
    ),
    ("securityContext: {capabilities: {drop: [all]}}", "`all` is not a capability | hint: did you mean `ALL`?"),
    ("securityContext: {capabilities: {add: [CAP_CHOWN]}}", "`CAP_CHOWN` is not a capability | hint: did you mean `CH"),
    ("resources: {requests: {memory: 1Gi}}", "podpipe does not support `requests` | hint: use `limits`"),
    ("resources: {limits: {memory: 512}}", "so many bytes cannot be meant | hint: write it as 512Mi or 1G"),
    ("resources: {limits: {memory: 1GB}}", "`1GB` is not a quantity | hint: write bytes as 512Mi or 1G"),
    ("resources: {limits: {cpu: 1m}}", "so many cores cannot be meant | hint: write them as 1.5 or 500m"),
    ("resources: {limits: {cpu: true}}", "a quantity is wanted, and this is true or false"),
    ("resources: {limits: {nvidia.com/gpu: 1}}", "unknown key `nvidia.com/gpu` | hint: limits knows memory, cpu"),
    ("volumeMounts: [{name: x, mountPath: /x}]", "the pod has no volume `x` | hint: add it to the pod's `volumes`"),
    ("volumeMounts: [{name: x, mountPath: /x, subPath: y}]", "podpipe does not support `subPath` | hint: mount the wh"),
    ("volumeMounts: [{name: x, mountPath: 'C:\\x'}]", "`C:\\x` is not an absolute path"),
    ("volumeMounts: [{name: x, mountPath: /a:/b}]", "`/a:/b` cannot be used as a path"),
    ("volumeMounts: [{name: x, mountPath: /./}]", "a volume cannot take the place of the whole root"),
]


@pytest.mark.parametrize(("snippet", "problem"), REFUSED, ids=[snippet[:60] for snippet, _ in REFUSED])
def test_refused(project: ProjectFolder, snippet: str, problem: str) -> None:
    project.add("pods/web.yaml", snippet, indent=6)
    assert any(problem in each for each in project.problems), project.problems


def test_every_problem_of_a_container_is_reported_at_once(project: ProjectFolder) -> None:
    """One mistake makes one problem, and hides no other."""
    snippets = ["tty: true", "workingDir: x", "args: 1", "ports: [{containerPort: 0}]", "resources: {requests: {}}"]
    project.add("pods/web.yaml", "\n".join(snippets), indent=6)
    assert [problem.partition(" ")[0] for problem in project.problems] == [
        "pods/web.yaml:8:7",
        "pods/web.yaml:9:19",
        "pods/web.yaml:10:13",
        "pods/web.yaml:11:31",
        "pods/web.yaml:12:19",
    ]


IMAGES = [
    ("localhost/base", "localhost/base:latest"),
    ("localhost/base:latest", "localhost/base:latest"),
    ("docker.io/library/nginx:1.25", "docker.io/library/nginx:1.25"),
]


@pytest.mark.parametrize(("written", "reference"), IMAGES)
def test_an_image_gets_its_tag(project: ProjectFolder, written: str, reference: str) -> None:
    project.add("podpipe.yaml", "web: {registry: docker.io/library/nginx:1.25}", indent=2)
    project.write("pods/web.yaml", POD.replace("localhost/base:latest", written))
    assert project.container.image == reference


NO_IMAGES = [
    (
        "localhost/bas",
        "no image `localhost/bas` is built or named by podpipe.yaml | hint: did you mean `localhost/base:latest`?",
    ),
    ("base", "no image `base` is built or named by podpipe.yaml | hint: "),
    ("localhost/base:2", "no image `localhost/base:2` is built"),
    (
        "quay.io/org/tool:1",
        "no image `quay.io/org/tool:1` is built or named by podpipe.yaml"
        " | hint: name it in podpipe.yaml: `images: {NAME: {registry: quay.io/org/tool:1}}`",
    ),
    ("localhost/pulled", "no image `localhost/pulled` is built or named by podpipe.yaml"),
    ("--privileged", "no image `--privileged` is built"),
    ("localhost/base:latest\\n", "is built or named"),
]


@pytest.mark.parametrize(("written", "problem"), NO_IMAGES)
def test_an_image_nobody_builds_or_names_is_found(project: ProjectFolder, written: str, problem: str) -> None:
    project.add("podpipe.yaml", "pulled: {registry: docker.io/library/pulled:1}", indent=2)
    project.write("pods/web.yaml", POD.replace("localhost/base:latest", f'"{written}"'))
    assert [problem in each for each in project.problems] == [True], project.problems
