from __future__ import annotations

import pytest

from podpipe.quadlet.build import KIND
from podpipe.quadlet.kind import COMMON_KEYS
from tests.quadlet.converted import added, command, convert_file, problem

NAME = "web.build"
PLAIN = "podman build --tag localhost/web /q"
NEIGHBOURS = {"net.network": "[Network]\n", "cache.volume": "[Volume]\n"}

SERVICE = """\
[X-Build]
ImageTag=localhost/web
SetWorkingDirectory=unit

[Unit]
Wants=podman-user-wait-network-online.service
After=podman-user-wait-network-online.service
SourcePath=/q/web.build
RequiresMountsFor=%t/containers

[Service]
WorkingDirectory=/q
ExecStart=podman build --tag localhost/web /q
SyslogIdentifier=%N
Type=oneshot
"""

OPTIONS = [
    ("Annotation=a=b", "--annotation a=b"),
    ("Arch=arm\nVariant=v7", "--arch arm --variant v7"),
    ("AuthFile=/a", "--authfile /a"),
    ("BuildArg=a=b c", "--build-arg a=b --build-arg c"),
    ("DNS=1.1.1.1\nDNSOption=a\nDNSSearch=b", "--dns 1.1.1.1 --dns-option a --dns-search b"),
    ("Environment=A=b", "--env A=b"),
    ("File=Containerfile", "--file Containerfile"),
    ("ForceRM=no", "--force-rm=false"),
    ("GroupAdd=a", "--group-add a"),
    ("IgnoreFile=/a", "--ignorefile /a"),
    ("ImageTag=localhost/web:1", "--tag localhost/web:1"),
    ("Label=a=b", "--label a=b"),
    ("Network=net.network", "--network systemd-net"),
    ("PodmanArgs=--a", "--a"),
    ("Pull=never", "--pull=never"),
    ("Retry=1\nRetryDelay=2s", "--retry 1 --retry-delay 2s"),
    ("Secret=id=a", "--secret id=a"),
    ("Target=a", "--target a"),
    ("TLSVerify=yes", "--tls-verify"),
    ("Volume=cache.volume:/a", "-v systemd-cache:/a"),
]


def test_service() -> None:
    assert str(convert_file(NAME, "[Build]\nImageTag=localhost/web\nSetWorkingDirectory=unit\n")) == SERVICE


@pytest.mark.parametrize(("keys", "words"), OPTIONS)
def test_options(keys: str, words: str) -> None:
    text = f"[Build]\nImageTag=localhost/web\nSetWorkingDirectory=unit\n{keys}\n"
    assert added(PLAIN, command(NAME, text, NEIGHBOURS)) == words


def test_every_key_is_tried() -> None:
    tried = {line.partition("=")[0] for keys, _ in OPTIONS for line in keys.split("\n")}
    assert tried | {*COMMON_KEYS, "SetWorkingDirectory"} == KIND.keys


@pytest.mark.parametrize(
    ("keys", "folder", "words"),
    [
        ("SetWorkingDirectory=unit", "/q", "/q"),
        ("SetWorkingDirectory=file\nFile=a/Containerfile", "/q/a", "--file a/Containerfile /q/a"),
        ("SetWorkingDirectory=/ctx", None, "/ctx"),
        ("SetWorkingDirectory=ctx", "/q", "ctx"),
        ("SetWorkingDirectory=https://a/b.git", None, "https://a/b.git"),
        ("SetWorkingDirectory=github.com/a/b", None, "github.com/a/b"),
        ("File=/a/Containerfile", None, "--file /a/Containerfile"),
        ("File=https://a/Containerfile", None, "--file https://a/Containerfile"),
        ("File=%h/Containerfile", None, "--file %h/Containerfile"),
        ("File=a\n[Service]\nWorkingDirectory=/w", "/w", "--file a /w"),
        ("SetWorkingDirectory=ctx\n[Service]\nWorkingDirectory=/w", "/w", "/w"),
    ],
)
def test_context(keys: str, folder: str | None, words: str) -> None:
    service = convert_file(NAME, f"[Build]\nImageTag=localhost/web\n{keys}\n")
    assert service.lookup("Service", "WorkingDirectory") == folder
    assert service.lookup("Service", "ExecStart") == f"podman build --tag localhost/web {words}"


@pytest.mark.parametrize(
    ("keys", "what"),
    [
        ("SetWorkingDirectory=unit", "no ImageTag key specified"),
        ("ImageTag=a", "neither SetWorkingDirectory, nor File key specified"),
        ("ImageTag=a\nFile=a", "relative path in File key requires SetWorkingDirectory key to be set"),
        ("ImageTag=a\nSetWorkingDirectory=file", "no File key specified"),
        ("ImageTag=a\nSetWorkingDirectory=yaml", "SetWorkingDirectory=yaml is only supported in .kube files"),
    ],
)
def test_problems(keys: str, what: str) -> None:
    assert problem(NAME, f"[Build]\n{keys}\n") == what
