from __future__ import annotations

import pytest

from podpipe.quadlet.kind import COMMON_KEYS
from podpipe.quadlet.volume import KIND
from tests.quadlet.converted import added, command, convert_file, problem

NAME = "site.volume"
PLAIN = "podman volume create --ignore systemd-site"

SERVICE = """\
[X-Volume]
VolumeName=site
User=1000

[Unit]
Wants=podman-user-wait-network-online.service
After=podman-user-wait-network-online.service
SourcePath=/q/site.volume
RequiresMountsFor=%t/containers

[Service]
ExecStart=podman volume create --ignore --opt o=uid=1000 site
SyslogIdentifier=%N
Type=oneshot
RemainAfterExit=yes
"""

OPTIONS = [
    ("Copy=yes", "--opt copy"),
    ("Copy=no", "--opt nocopy"),
    ("Device=tmpfs\nType=tmpfs", "--opt device=tmpfs --opt type=tmpfs"),
    ("Device=/a\nOptions=rw,noatime\nUser=0x10\nGroup=010", "--opt device=/a --opt o=uid=16,gid=8,rw,noatime"),
    ("Driver=image\nImage=base.image", "--driver image --opt image=localhost/base"),
    ("Driver=local", "--driver local"),
    ("Label=a=b c", "--label a=b --label c"),
    ("PodmanArgs=--a", "--a"),
]


def test_service() -> None:
    assert str(convert_file(NAME, "[Volume]\nVolumeName=site\nUser=1000\n")) == SERVICE


@pytest.mark.parametrize(("keys", "words"), OPTIONS)
def test_options(keys: str, words: str) -> None:
    line = command(NAME, f"[Volume]\n{keys}\n", {"base.image": "[Image]\nImage=localhost/base\n"})
    assert added(PLAIN, line) == words


def test_every_key_is_tried() -> None:
    tried = {line.partition("=")[0] for keys, _ in OPTIONS for line in keys.split("\n")}
    assert tried | {*COMMON_KEYS, "VolumeName"} == KIND.keys


def test_the_folder_behind_a_bind_is_waited_for() -> None:
    service = convert_file(NAME, "[Volume]\nDevice=/a b\nType=bind\n")
    assert service.lookup_all("Unit", "RequiresMountsFor") == ["%t/containers", '"/a\\x20b"']


@pytest.mark.parametrize(
    ("name", "volume"),
    [("site.volume", "systemd-site"), ("site@.volume", "systemd-site-%i"), ("a.b.volume", "systemd-a.b")],
)
def test_name(name: str, volume: str) -> None:
    assert command(name, "[Volume]\n") == f"podman volume create --ignore {volume}"


@pytest.mark.parametrize(
    ("keys", "what"),
    [
        ("Driver=image", "the key Image is mandatory when using the image driver"),
        ("Type=tmpfs", "key Type can't be used without Device"),
        ("Options=ro", "key Options can't be used without Device"),
        ("Driver=image\nImage=a.build", "requested Quadlet image a.build was not found"),
    ],
)
def test_problems(keys: str, what: str) -> None:
    assert problem(NAME, f"[Volume]\n{keys}\n") == what
