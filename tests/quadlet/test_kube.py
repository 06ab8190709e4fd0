from __future__ import annotations

import pytest

from podpipe.quadlet.kind import COMMON_KEYS
from podpipe.quadlet.kube import KIND
from tests.quadlet.converted import added, command, convert_file, problem

NAME = "web.kube"
PLAIN = "podman kube play --replace --service-container=true /q/web.yaml"

SERVICE = """\
[X-Kube]
Yaml=web.yaml %h/more.yaml

[Unit]
Wants=podman-user-wait-network-online.service
After=podman-user-wait-network-online.service
SourcePath=/q/web.kube
RequiresMountsFor=%t/containers

[Service]
KillMode=mixed
Environment=PODMAN_SYSTEMD_UNIT=%n
Type=notify
NotifyAccess=all
SyslogIdentifier=%N
ExecStart=podman kube play --replace --service-container=true /q/web.yaml %h/more.yaml
ExecStopPost=podman kube down /q/web.yaml %h/more.yaml
"""

OPTIONS = [
    (
        "AutoUpdate=registry web/local",
        "--annotation=io.containers.autoupdate=registry --annotation=io.containers.autoupdate/web=local",
    ),
    ("ConfigMap=a.yaml /b.yaml", "--configmap /q/a.yaml --configmap /b.yaml"),
    ("ExitCodePropagation=all", "--service-exit-code-propagation=all"),
    ("LogDriver=journald\nLogOpt=tag=a", "--log-driver journald --log-opt tag=a"),
    ("Network=net.network", "--network systemd-net"),
    ("PodmanArgs=--a", "--a"),
    ("PublishPort=80:80", "--publish 80:80"),
    ("RemapUsers=auto\nRemapUid=1\nRemapGid=2\nRemapUidSize=3", "--userns auto:uidmapping=1,gidmapping=2,size=3"),
    ("UserNS=keep-id", "--userns keep-id"),
]


def test_service() -> None:
    assert str(convert_file(NAME, "[Kube]\nYaml=web.yaml %h/more.yaml\n")) == SERVICE


@pytest.mark.parametrize(("keys", "words"), OPTIONS)
def test_options(keys: str, words: str) -> None:
    line = command(NAME, f"[Kube]\nYaml=web.yaml\n{keys}\n", {"net.network": "[Network]\n"})
    assert added(PLAIN, line) == words


def test_every_key_is_tried() -> None:
    tried = {line.partition("=")[0] for keys, _ in OPTIONS for line in keys.split("\n")}
    assert tried | {*COMMON_KEYS, "KubeDownForce", "SetWorkingDirectory", "Yaml"} == KIND.keys


@pytest.mark.parametrize(("given", "flag"), [("yes", "--force"), ("no", "--force=false")])
def test_down(given: str, flag: str) -> None:
    line = command(NAME, f"[Kube]\nYaml=web.yaml\nKubeDownForce={given}\n", key="ExecStopPost")
    assert line == f"podman kube down {flag} /q/web.yaml"


@pytest.mark.parametrize(
    ("keys", "folder"),
    [
        ("SetWorkingDirectory=unit", "/q"),
        ("Yaml=below/web.yaml\nSetWorkingDirectory=YAML", "/q/below"),
        ("Yaml=%h/web.yaml\nSetWorkingDirectory=yaml", "%h"),
        ("SetWorkingDirectory=unit\n[Service]\nWorkingDirectory=/mine", "/mine"),
    ],
)
def test_working_directory(keys: str, folder: str) -> None:
    text = keys if "Yaml" in keys else f"Yaml=web.yaml\n{keys}"
    assert convert_file(NAME, f"[Kube]\n{text}\n").lookup_all("Service", "WorkingDirectory") == [folder]


@pytest.mark.parametrize(
    ("keys", "what"),
    [
        ("", "no Yaml key specified"),
        ("Yaml=a\nRemapUsers=manual", "RemapUsers=manual is not supported"),
        ("Yaml=a\nSetWorkingDirectory=file", "SetWorkingDirectory=file is only supported in .build files"),
        ("Yaml=a\nSetWorkingDirectory=/x", "unsupported value for WorkingDirectory: /x "),
        (
            "Yaml=a\nYaml=b\nSetWorkingDirectory=yaml",
            "SetWorkingDirectory=yaml is only supported when a single Yaml key is provided",
        ),
        ("Yaml=a\nUIDMap=0:1:1", "unsupported key 'UIDMap' in group 'Kube' in /q/web.kube"),
    ],
)
def test_problems(keys: str, what: str) -> None:
    assert problem(NAME, f"[Kube]\n{keys}\n") == what
