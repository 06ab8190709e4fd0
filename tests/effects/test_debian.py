"""The recipe of base images."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import pytest

from podpipe.definition.specs import DebianImage
from podpipe.effects import debian
from podpipe.effects.debian import architecture, base_hash, render_mmdebstrap

BASE = DebianImage("base", "bookworm", ("tzdata", "ca-certificates"))


def test_the_command() -> None:
    argv = render_mmdebstrap(BASE, "amd64", ["deb http://mirror.example/debian bookworm main"], "/b/root.tar", "/b/apt")
    assert argv[:4] == ["mmdebstrap", "--mode=unshare", "--variant=minbase", "--architectures=amd64"]
    assert argv[-3:] == ["bookworm", "/b/root.tar", "deb http://mirror.example/debian bookworm main"]
    assert "--aptopt=/b/apt" in argv
    assert [option for option in argv if option.startswith("--include")] == [
        "--include=ca-certificates",
        "--include=catatonit",
        "--include=tzdata",
    ]
    assert "--include=catatonit" not in render_mmdebstrap(replace(BASE, suite="bullseye"), "amd64", (), "", "")


@pytest.mark.parametrize(("machine", "has_lib64"), [("amd64", True), ("armhf", False), ("arm64", False)])
def test_the_hooks_are_shell_for_every_architecture(machine: str, has_lib64: bool) -> None:
    for sources in ((), ("deb http://mirror.example/debian bookworm main",)):
        argv = render_mmdebstrap(BASE, machine, sources, "", "")
        hooks = [option.split("=", 1)[1] for option in argv if "-hook=" in option]
        assert ("lib64" in hooks[0]) is has_lib64
        assert ("/mnt/bookworm.list" in hooks[1]) is bool(sources)
        for hook in hooks:
            subprocess.run(["sh", "-n", "-c", hook], check=True)


def test_the_hash_counts_suite_architecture_packages_and_recipe(monkeypatch: pytest.MonkeyPatch) -> None:
    before = base_hash(BASE, "armhf")
    assert base_hash(replace(BASE, name="other", packages=BASE.packages[::-1]), "armhf") == before
    assert base_hash(BASE, "amd64") != before
    assert base_hash(replace(BASE, suite="trixie"), "armhf") != before
    assert base_hash(replace(BASE, packages=("tzdata",)), "armhf") != before
    monkeypatch.setattr(debian, "CONTAINERFILE", "FROM scratch\n")
    assert base_hash(BASE, "armhf") != before


@pytest.mark.parametrize(
    ("triplet", "word"),
    [("arm-linux-gnueabihf", "armhf"), ("x86_64-linux-gnu", "amd64"), ("riscv64-linux-gnu", "riscv64")],
)
def test_debians_word_for_the_machine(monkeypatch: pytest.MonkeyPatch, triplet: str, word: str) -> None:
    monkeypatch.setattr(sys.implementation, "_multiarch", triplet)
    assert architecture() == word
