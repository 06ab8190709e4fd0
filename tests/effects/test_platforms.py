"""Building for other machines: names, emulators, Containerfiles."""

from __future__ import annotations

from pathlib import Path

import pytest

from podpipe.definition.platform import parse_platform
from podpipe.effects import platforms
from podpipe.effects.platforms import (
    INSTALL,
    check_emulator,
    foreign,
    missing_emulator,
    reference_for,
    stand_on_bases_for,
)
from podpipe.errors import Unsupported

PI = parse_platform("linux/arm/v7")
REGISTERED = "enabled\ninterpreter /usr/libexec/qemu-binfmt/arm-binfmt-P\nflags: PF\noffset 0\n"


@pytest.fixture(autouse=True)
def laptop(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platforms, "architecture", lambda: "amd64")
    monkeypatch.setattr(platforms, "machine", lambda: "x86_64")
    monkeypatch.setattr(platforms.shutil, "which", lambda name: f"/usr/bin/{name}")


def test_this_machines_own_platform_is_none() -> None:
    assert foreign(parse_platform("linux/amd64")) is None
    assert foreign(PI) == PI


def test_an_emulator_that_is_registered(tmp_path: Path) -> None:
    (tmp_path / "qemu-arm").write_text(REGISTERED)
    assert missing_emulator(PI, tmp_path) == ""


@pytest.mark.parametrize(
    ("text", "command"),
    [
        (None, INSTALL),
        (REGISTERED.replace("PF", "P"), INSTALL),
        (REGISTERED.replace("enabled", "disabled"), "sudo update-binfmts --enable qemu-arm"),
    ],
)
def test_an_emulator_that_is_not(tmp_path: Path, text: str | None, command: str) -> None:
    if text:
        (tmp_path / "qemu-arm").write_text(text)
    assert missing_emulator(PI, tmp_path) == command


def test_what_needs_no_emulator(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert missing_emulator(parse_platform("linux/386"), tmp_path) == ""
    assert missing_emulator(parse_platform("linux/amd64"), tmp_path) == ""
    monkeypatch.setattr(platforms, "machine", lambda: "aarch64")
    assert missing_emulator(PI, tmp_path) == ""


def test_mmdebstraps_own_question_must_find_an_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platforms.shutil, "which", lambda name: None)
    with pytest.raises(Unsupported) as caught:
        check_emulator(PI)
    assert "linux/arm/v7" in caught.value.message
    assert "arch-test" in caught.value.hint


@pytest.mark.parametrize(
    ("reference", "name"),
    [
        ("localhost/base:latest", "localhost/base:linux-arm-v7"),
        ("docker.io/library/debian:12", "localhost/docker.io/library/debian:12-linux-arm-v7"),
        ("host:5000/debian:12", "localhost/host-5000/debian:12-linux-arm-v7"),
        (f"host/debian:12@sha256:{'a' * 64}", "localhost/host/debian:aaaaaaaaaaaa-linux-arm-v7"),
        (f"host:5000/debian@sha256:{'a' * 64}", "localhost/host-5000/debian:aaaaaaaaaaaa-linux-arm-v7"),
    ],
)
def test_no_image_of_another_platform_takes_a_name_of_this_machine(reference: str, name: str) -> None:
    assert reference_for(PI, reference) == name


def test_a_containerfile_stands_on_the_platforms_bases(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fetched: list[list[str]] = []
    monkeypatch.setattr(platforms, "run", lambda argv, **_: fetched.append(argv))
    containerfile = tmp_path / "Containerfile"
    containerfile.write_text(
        "ARG BASE=localhost/base\nFROM ${BASE} AS one\nFROM docker.io/library/debian:12 \\\n  AS two\n"
        "COPY --chown=1:1 --from=localhost/base:latest /a \\\n  /b\nCOPY --from=one /localhost/base /c\n"
        "# FROM localhost/base\nFROM scratch\nFROM one\n"
    )
    stand_on_bases_for(PI, containerfile, None)
    assert containerfile.read_text() == (
        "ARG BASE=localhost/base\nFROM localhost/base:linux-arm-v7 AS one\n"
        "FROM localhost/docker.io/library/debian:12-linux-arm-v7 \\\n  AS two\n"
        "COPY --chown=1:1 --from=localhost/base:linux-arm-v7 /a \\\n  /b\nCOPY --from=one /localhost/base /c\n"
        "# FROM localhost/base\nFROM scratch\nFROM one\n"
    )
    assert fetched == [
        [
            *("skopeo", "--override-os=linux", "--override-arch=arm", "--override-variant=v7", "copy"),
            "docker://docker.io/library/debian:12",
            "containers-storage:localhost/docker.io/library/debian:12-linux-arm-v7",
        ]
    ]
