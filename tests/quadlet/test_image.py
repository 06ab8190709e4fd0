"""[Image] and [Artifact]: both pull."""

from __future__ import annotations

import pytest

from podpipe.quadlet import artifact, image
from podpipe.quadlet.kind import COMMON_KEYS
from tests.quadlet.converted import added, command, convert_file, problem

SERVICE = """\
[X-Image]
Image=docker.io/library/nginx

[Unit]
Wants=podman-user-wait-network-online.service
After=podman-user-wait-network-online.service
SourcePath=/q/nginx.image
RequiresMountsFor=%t/containers

[Service]
ExecStart=podman image pull docker.io/library/nginx
SyslogIdentifier=%N
Type=oneshot
RemainAfterExit=yes
"""

BOTH = [
    ("AuthFile=/a", "--authfile /a"),
    ("CertDir=/a", "--cert-dir /a"),
    ("Creds=a:b", "--creds a:b"),
    ("DecryptionKey=/a", "--decryption-key /a"),
    ("PodmanArgs=--a", "--a"),
    ("Retry=1\nRetryDelay=2s", "--retry 1 --retry-delay 2s"),
    ("TLSVerify=no", "--tls-verify=false"),
]
IMAGE = [
    *BOTH,
    ("AllTags=yes\nArch=arm\nOS=linux\nVariant=v7", "--arch arm --os linux --variant v7 --all-tags"),
    ("Policy=missing", "--policy missing"),
]
ARTIFACT = [*BOTH, ("Quiet=yes", "--quiet")]


def test_service() -> None:
    assert str(convert_file("nginx.image", "[Image]\nImage=docker.io/library/nginx\n")) == SERVICE


@pytest.mark.parametrize(("keys", "words"), IMAGE)
def test_image_options(keys: str, words: str) -> None:
    assert added("podman image pull I", command("a.image", f"[Image]\nImage=I\n{keys}\n")) == words


@pytest.mark.parametrize(("keys", "words"), ARTIFACT)
def test_artifact_options(keys: str, words: str) -> None:
    assert added("podman artifact pull I", command("a.artifact", f"[Artifact]\nArtifact=I\n{keys}\n")) == words


@pytest.mark.parametrize(
    ("options", "elsewhere", "keys"),
    [(IMAGE, {"Image", "ImageTag"}, image.KIND.keys), (ARTIFACT, {"Artifact"}, artifact.KIND.keys)],
)
def test_every_key_is_tried(options: list[tuple[str, str]], elsewhere: set[str], keys: set[str]) -> None:
    tried = {line.partition("=")[0] for lines, _ in options for line in lines.split("\n")}
    assert tried | {*COMMON_KEYS, *elsewhere} == keys


def test_a_pulled_image_may_have_another_name() -> None:
    pulled = {"a.image": "[Image]\nImage=docker-archive:/a.tar\nImageTag=localhost/a\n"}
    assert command("a.container", "[Container]\nImage=a.image\n", pulled).endswith(" localhost/a")


@pytest.mark.parametrize(("name", "group"), [("a.image", "Image"), ("a.artifact", "Artifact")])
def test_nothing_to_pull(name: str, group: str) -> None:
    assert problem(name, f"[{group}]\n") == f"no {group} key specified"
