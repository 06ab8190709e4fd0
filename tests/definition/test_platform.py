"""The words for what programs run on."""

from __future__ import annotations

import pytest

from podpipe.definition.platform import Platform, is_platform_tag, parse_platform, platform_of
from podpipe.errors import UsageError


@pytest.mark.parametrize(
    ("text", "debian", "machine", "tag"),
    [
        ("linux/arm/v7", "armhf", "arm", "linux-arm-v7"),
        ("linux/arm", "armhf", "arm", "linux-arm-v7"),
        ("linux/arm64/v8", "arm64", "aarch64", "linux-arm64"),
        ("linux/amd64", "amd64", "x86_64", "linux-amd64"),
        ("linux/386", "i386", "i386", "linux-386"),
        ("linux/riscv64", "riscv64", "riscv64", "linux-riscv64"),
    ],
)
def test_a_platform_in_everybodys_words(text: str, debian: str, machine: str, tag: str) -> None:
    platform = parse_platform(text)
    assert (platform.debian, platform.machine, platform.tag) == (debian, machine, tag)
    assert parse_platform(str(platform)) == platform == platform_of(debian)
    assert is_platform_tag(tag)


@pytest.mark.parametrize("tag", ["latest", "0123456789ab", "linux-arm", ""])
def test_tags_that_are_no_platforms(tag: str) -> None:
    assert not is_platform_tag(tag)


@pytest.mark.parametrize(
    ("text", "machine", "native"),
    [
        ("linux/arm/v7", "armv7l", True),
        ("linux/arm/v7", "aarch64", True),
        ("linux/arm/v7", "armv6l", False),
        ("linux/arm/v5", "armv6l", True),
        ("linux/arm/v7", "x86_64", False),
        ("linux/386", "x86_64", True),
        ("linux/amd64", "x86_64", True),
        ("linux/amd64", "i686", False),
        ("linux/arm64", "aarch64", True),
        ("linux/riscv64", "riscv64", True),
    ],
)
def test_what_runs_without_an_emulator(text: str, machine: str, native: bool) -> None:
    assert parse_platform(text).runs_on(machine) is native


def test_the_pi() -> None:
    assert parse_platform("linux/arm/v7") == Platform("linux", "arm", "v7")


@pytest.mark.parametrize("text", ["linux/arm/v6", "windows/amd64", "", "arm", "--help", "linux/arm/v7\n"])
def test_what_debian_is_not_made_for(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_platform(text)
    assert "linux/arm/v7" in caught.value.hint
    assert ("linux/arm/v5 is its nearest" in caught.value.hint) is (text == "linux/arm/v6")
