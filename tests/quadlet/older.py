"""Services for older Podmans: what the tests of `podpipe.quadlet.older` share."""

from __future__ import annotations

import os
from unittest import mock

import pytest

from podpipe.quadlet.errors import QuadletError
from podpipe.quadlet.older import downgrade
from podpipe.quadlet.words import split_exec
from tests.quadlet.converted import convert_file

Version = tuple[int, int, int]
BULLSEYE, BOOKWORM, TRIXIE, NEWEST = (3, 0, 1), (4, 3, 1), (5, 4, 2), (5, 8, 2)
BEGINNINGS = {
    "container": "[Container]\nImage=localhost/web:1\n",
    "pod": "[Pod]\n",
    "volume": "[Volume]\n",
    "network": "[Network]\n",
    "kube": "[Kube]\nYaml=/pod.yaml\n",
    "image": "[Image]\nImage=localhost/web:1\n",
    "build": "[Build]\nImageTag=localhost/web:1\nSetWorkingDirectory=/src\n",
    "artifact": "[Artifact]\nArtifact=localhost/a:1\n",
}


class Older:
    """The service of a Quadlet file, which begins as its kind must, for a version; and the warnings on the way."""

    def __init__(self, kind: str, lines: str = "", version: Version = BULLSEYE, user: bool = True) -> None:
        self.unit = convert_file(f"web.{kind}", f"{BEGINNINGS[kind]}{lines}\n", user=user)
        with mock.patch.dict(os.environ, PODMAN="podman"):
            self.warnings = downgrade(self.unit, kind, version, user)

    def lines(self, key: str) -> list[str]:
        """All lines of a key of [Service]."""
        return self.unit.lookup_all("Service", key)

    def words(self, key: str = "ExecStart") -> list[str]:
        """The words of the last line of a key."""
        return split_exec(self.lines(key)[-1])

    def script(self, key: str = "ExecStart") -> str:
        """The shell's part of the last line of a key, as the shell gets it."""
        shell, flag, script = self.words(key)[:3]
        assert (shell.lstrip("-"), flag) == ("/bin/sh", "-c")
        return script.replace("$$", "$")

    def command(self, key: str = "ExecStart") -> list[str]:
        """The podman command in the last line of a key, without what is around it."""
        words = self.words(key)
        return words[words.index("podman") :]


def options(kind: str, lines: str, version: Version = BULLSEYE) -> str:
    """The words that lines of a file add to its command for a version."""
    key = "ExecStartPre" if kind == "pod" else "ExecStart"
    words = Older(kind, lines, version).command(key)
    for word in Older(kind, "", version).command(key):
        words.remove(word)
    return " ".join(words)


def refusal(kind: str, lines: str, version: Version = BULLSEYE, user: bool = True) -> str:
    """What is said of a file that a version cannot do."""
    with pytest.raises(QuadletError) as caught:
        Older(kind, lines, version, user)
    return str(caught.value)
