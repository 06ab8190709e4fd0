"""The scripts' command lines, and the parts that they share; the boxes themselves are tried by scripts/test."""

from __future__ import annotations

import shlex
import subprocess
from pathlib import Path

import pytest

SCRIPTS = Path(__file__).parent.parent.parent / "scripts"


def run(*command: str, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, env={"PATH": "/usr/bin:/bin", **(env or {})})


def bash(script: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run `script` after setup.sh, with $1 = folder."""
    setup = shlex.quote(str(SCRIPTS / "setup.sh"))
    return run("bash", "-euo", "pipefail", "-c", f". {setup}\n{script}", "script", str(folder))


@pytest.mark.parametrize(
    ("command", "complaint"),
    [
        (["box"], "up, enter, exec, status or down?"),
        (["box", "start"], "up, enter, exec, status or down?"),
        (["box", "up", "--suite"], "no such suite: nothing"),
        (["box", "up", "--suite", "sid"], "no such suite: sid"),
        (["box", "up", "--purge"], "up does not know --purge"),
        (["box", "up", "--name=../etc"], "a name is of lower-case letters, digits and dashes: ../etc"),
        (["box", "exec", "ls"], "exec does not know ls"),
        (["box", "exec", "--root", "--"], "exec needs a command after --"),
        (["rootless"], "which command?"),
        (["test", "everything"], "no such stage: everything"),
        (["test", "box"], "box needs a suite"),
    ],
)
def test_misuse_is_explained_with_the_manual(command: list[str], complaint: str) -> None:
    result = run(str(SCRIPTS / command[0]), *command[1:], env={"HOME": "/nowhere"})
    assert result.returncode == 2
    assert result.stderr.startswith(f"{command[0]}: {complaint}\n")
    assert f"\n  scripts/{command[0]} " in result.stderr
    assert result.stdout == ""


@pytest.mark.parametrize("name", ["box", "test"])
def test_help_is_the_comment_at_the_top(name: str) -> None:
    result = run(str(SCRIPTS / name), "--help", env={"HOME": "/nowhere"})
    assert result.returncode == 0
    assert result.stdout.endswith(".\n")
    assert all(f"# {line}".rstrip() in (SCRIPTS / name).read_text() for line in result.stdout.splitlines())


def test_a_box_needs_root() -> None:
    result = run(str(SCRIPTS / "box"), "status", env={"BASH_FUNC_id%%": "() { echo 1000; }"})
    assert result.returncode == 1
    assert f"sudo {SCRIPTS}/box status" in result.stderr


def test_installed_packages_need_no_root(tmp_path: Path) -> None:
    result = bash("dpkg-query() { echo installed; }; as_root() { echo root; }; install_packages a b", tmp_path)
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")


def test_only_missing_packages_are_installed_and_stale_lists_renewed(tmp_path: Path) -> None:
    result = bash(
        """
        dpkg-query() { [ "${!#}" = a ] && echo installed; }
        as_root() {
          printf '%s ' "${@:(-2)}" >>"$folder/calls"
          if [ "${!#}" = update ]; then touch "$folder/fresh"; fi
          [ -e "$folder/fresh" ]
        }
        folder=$1
        install_packages a b c
        """,
        tmp_path,
    )
    assert result.returncode == 0
    assert (tmp_path / "calls").read_text().split() == ["b", "c", "-qq", "update", "b", "c"]


FAKE_VENV = """
mkdir -p "$1/venv/bin"
printf '#!/bin/sh\\n' >"$1/venv/bin/python"
chmod +x "$1/venv/bin/python"
pip_install() { shift; echo "pip $*"; }
"""


def test_a_virtual_environment_is_made_again_only_for_something_new(tmp_path: Path) -> None:
    result = bash(
        FAKE_VENV
        + """
        make_venv "$1/venv" one project
        make_venv "$1/venv" one project
        make_venv "$1/venv" two project
        """,
        tmp_path,
    )
    assert result.stdout.splitlines() == ["pip --upgrade pip", "pip project"] * 2


def test_a_virtual_environment_that_failed_is_made_again(tmp_path: Path) -> None:
    result = bash(
        FAKE_VENV
        + """
        (pip_install() { exit 1; }; make_venv "$1/venv" one project) || true
        make_venv "$1/venv" one project
        """,
        tmp_path,
    )
    assert result.stdout.splitlines() == ["pip --upgrade pip", "pip project"]


def test_a_fingerprint_is_of_names_and_contents_but_not_of_bytecode(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    file = tmp_path / "folder" / "a file"

    def fingerprint() -> str:
        return bash('project=$1; fingerprint folder "folder/a file"', tmp_path).stdout

    file.write_text("one")
    first = fingerprint()
    (tmp_path / "folder" / "module.pyc").write_text("bytecode")
    assert fingerprint() == first
    file.write_text("two")
    assert fingerprint() != first


@pytest.mark.parametrize(
    ("suite", "network"),
    [
        ("bullseye", set()),
        ("bookworm", {"netavark", "aardvark-dns"}),
        ("trixie", {"netavark", "aardvark-dns", "nftables", "passt"}),
    ],
)
def test_each_suite_gets_its_own_network_packages(tmp_path: Path, suite: str, network: set[str]) -> None:
    packages = set(bash(f"podman_packages {suite}", tmp_path).stdout.split())
    assert {"podman", "slirp4netns", "catatonit"} <= packages
    assert packages & {"netavark", "aardvark-dns", "nftables", "passt"} == network
