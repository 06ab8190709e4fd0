"""Our units beside those of this machine's own generator: the same keys, and the same words in the same commands."""

from __future__ import annotations

import os
import re
import subprocess
from collections import Counter
from pathlib import Path

import pytest

from podpipe.quadlet.generator import generate
from podpipe.quadlet.unitfile import UnitFile
from podpipe.quadlet.version import Version, parse_version
from podpipe.quadlet.words import split_exec
from tests.real.quadlets import QUADLETS

THEIRS = Path("/usr/libexec/podman/quadlet")
pytestmark = [pytest.mark.real, pytest.mark.skipif(not THEIRS.exists(), reason=f"this machine has no {THEIRS}")]

# What an older generator writes otherwise than that of 5.8, which ours is like: for versions before this one, in these
# keys, words of theirs and of ours that may stand alone.
CHANGES = [
    # Containers are stopped by name, and no file holds their ids.
    ((5, 6), "Exec(Start|Stop|StopPost)", r"--cidfile=%t/%N\.cid", r"systemd-%N|systemd-%p_%i|web-%l"),
    # So are pods, and a container names its pod.
    (
        (5, 6),
        "Exec(StartPre|Start|Stop|StopPost)",
        r"--pod-id-file(=%t/%N\.pod-id)?|%t/site-pod\.pod-id",
        "--pod|(the-site|systemd-bare)",
    ),
    # Any exit policy can be asked for; the flag and its value are two words.
    ((5, 6), "ExecStartPre", "--exit-policy=stop", "--exit-policy|stop"),
    # A name without a value passes the variable on; it was left out.
    ((5, 6), "ExecStart", "", "--env|C"),
    # A bound folder is waited for.
    ((5, 6), "RequiresMountsFor", "", "/dev/disk"),
    # An empty entrypoint can be asked for; the flag and its value are one word.
    ((5, 8, 2), "ExecStart", "--entrypoint|/entry", "--entrypoint=/entry"),
]

Words = dict[tuple[str, str], Counter[str]]


def words_of(text: str) -> Words:
    """The words of each key of each group; a value that is no command is one word."""
    unit = UnitFile.parse(text)
    found: Words = {}
    for group in unit.groups():
        for key in unit.keys(group):
            values = unit.lookup_all(group, key)
            found[group, key] = Counter(
                word for value in values for word in (split_exec(value) if key.startswith("Exec") else [value])
            )
    return found


def unexplained(version: Version, ours: Words, theirs: Words) -> list[str]:
    """What differs, but for the changes between the version and ours."""
    left = []
    for group, key in {**ours, **theirs}:
        our, their = ours.get((group, key), Counter()), theirs.get((group, key), Counter())
        changes = [change for change in CHANGES if version < change[0] and re.fullmatch(change[1], key)]
        for sign, words, place in (("-", their - our, 2), ("+", our - their, 3)):
            left += [
                f"[{group}] {key}: {sign}{word}"
                for word in words
                if not any(re.fullmatch(str(change[place]), word) for change in changes)
            ]
    return left


@pytest.mark.parametrize("user", [True, False], ids=["user", "system"])
def test_our_units_are_those_of_podmans_own_generator(tmp_path: Path, user: bool) -> None:
    sources, out = tmp_path / "sources", tmp_path / "out"
    for name, text in QUADLETS.items():
        path = sources / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    version = parse_version(subprocess.run([THEIRS, "-version"], check=True, capture_output=True, text=True).stdout)
    environment = {**os.environ, "QUADLET_UNIT_DIRS": str(sources)}
    said = subprocess.run(
        [THEIRS, *(["-user"] if user else []), "-no-kmsg-log", str(out)],
        env=environment,
        capture_output=True,
        text=True,
    )
    assert said.stderr == ""
    made = generate([str(sources)], user=user, version=version)
    assert (made.errors, made.warnings) == ([], [])
    assert sorted(made.files) == sorted(path.name for path in out.glob("*.service") if not path.is_symlink())
    links = {str(path.relative_to(out)): os.readlink(path) for path in out.rglob("*") if path.is_symlink()}  # noqa: PTH115
    assert made.links == links
    wrong = {
        name: unexplained(version, words_of(text), words_of((out / name).read_text()))
        for name, text in made.files.items()
    }
    assert {name: problems for name, problems in wrong.items() if problems} == {}
