from __future__ import annotations

import pytest

from podpipe.quadlet.kind import COMMON_KEYS
from podpipe.quadlet.pod import KIND
from tests.quadlet.converted import added, command, convert_file, convert_files

NAME = "web.pod"
PLAIN = (
    "podman pod create --infra-conmon-pidfile=%t/%N.pid --replace --exit-policy stop"
    " --infra-name systemd-web-infra --name systemd-web"
)
NEIGHBOURS = {"net.network": "[Network]\n", "site.volume": "[Volume]\n"}

SERVICE = """\
[Unit]
Wants=network-online.target
After=network-online.target
Description=The site
SourcePath=/q/web.pod
RequiresMountsFor=%t/containers
Wants=nginx.service
Before=nginx.service

[X-Pod]
PodName=web

[Service]
SyslogIdentifier=%N
ExecStart=podman pod start web
ExecStop=podman pod stop --ignore --time=10 web
ExecStopPost=podman pod rm --ignore --force web
ExecStartPre=podman pod create --infra-conmon-pidfile=%t/%N.pid --replace --exit-policy stop --infra-name web-infra \
--name web
Environment=PODMAN_SYSTEMD_UNIT=%n
Type=forking
Restart=on-failure
PIDFile=%t/%N.pid
"""

OPTIONS = [
    ("AddHost=a:1.1.1.1", "--add-host a:1.1.1.1"),
    ("DNS=1.1.1.1", "--dns 1.1.1.1"),
    ("DNSOption=a", "--dns-option a"),
    ("DNSSearch=a", "--dns-search a"),
    ("GIDMap=0:1:1", "--gidmap 0:1:1"),
    ("HostName=a", "--hostname a"),
    ("IP=1.2.3.4\nIP6=fd::1", "--ip 1.2.3.4 --ip6 fd::1"),
    ("Label=a=b", "--label a=b"),
    ("Network=net.network", "--network systemd-net"),
    ("NetworkAlias=a", "--network-alias a"),
    ("PodmanArgs=--a b", "--a b"),
    ("PublishPort=80:80\nPublishPort=[::1]:81:81", "--publish 80:80 --publish [::1]:81:81"),
    ("RemapUsers=manual\nRemapUid=0:1:2\nRemapGid=3:4:5", "--uidmap 0:1:2 --gidmap 3:4:5"),
    ("RemapUsers=auto\nRemapUidSize=5", "--userns auto:size=5"),
    ("ShmSize=1m", "--shm-size 1m"),
    ("SubGIDMap=a\nSubUIDMap=b", "--subuidname b --subgidname a"),
    ("UIDMap=0:1:1", "--uidmap 0:1:1"),
    ("UserNS=keep-id", "--userns keep-id"),
    ("Volume=site.volume:/srv", "-v systemd-site:/srv"),
]


def test_service() -> None:
    files = {
        NAME: "[Unit]\nDescription=The site\n[Pod]\nPodName=web\n",
        "nginx.container": "[Container]\nImage=I\nPod=web.pod\n",
        "once.container": "[Container]\nImage=I\nPod=web.pod\nStartWithPod=no\n",
    }
    assert str(convert_files(files, user=False)[NAME]) == SERVICE


@pytest.mark.parametrize(("keys", "words"), OPTIONS)
def test_options(keys: str, words: str) -> None:
    assert added(PLAIN, command(NAME, f"[Pod]\n{keys}\n", NEIGHBOURS, "ExecStartPre")) == words


def test_every_key_is_tried() -> None:
    tried = {line.partition("=")[0] for keys, _ in OPTIONS for line in keys.split("\n")}
    assert tried | {*COMMON_KEYS, "ExitPolicy", "PodName", "StopTimeout"} == KIND.keys


def test_exit_policy() -> None:
    line = command(NAME, "[Pod]\nExitPolicy=continue\n", key="ExecStartPre")
    assert line == PLAIN.replace("--exit-policy stop", "--exit-policy continue")


def test_stop_timeout() -> None:
    line = command(NAME, "[Pod]\nStopTimeout=3\n", key="ExecStop")
    assert line == "podman pod stop --ignore --time=3 systemd-web"


def test_global_options_stand_in_every_command() -> None:
    service = convert_file(NAME, "[Pod]\nGlobalArgs=--a\n")
    for key in ("ExecStartPre", "ExecStart", "ExecStop", "ExecStopPost"):
        assert (service.lookup("Service", key) or "").startswith("podman --a pod ")


def test_the_restart_of_a_pod_is_podman_s_to_say() -> None:
    service = convert_file(NAME, "[Pod]\n[Service]\nRestart=always\nSyslogIdentifier=web\n")
    assert service.lookup("Service", "SyslogIdentifier") == "web"
    assert service.lookup_all("Service", "Restart") == ["on-failure"]
