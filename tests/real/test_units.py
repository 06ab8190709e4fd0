"""What systemd itself says of services for every Podman: nothing.

Where PODPIPE_QUADLET_FILES names a folder of Quadlet files, such as test/e2e/quadlet of Podman's repository, these are
tried too.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from fnmatch import fnmatch
from pathlib import Path

import pytest

from podpipe.quadlet.generator import generate
from tests.real.everywhere import MARK
from tests.real.everywhere import texts as texts_everywhere
from tests.real.quadlets import QUADLETS

VERSIONS = [(3, 0, 1), (3, 4, 4), (4, 3, 1), (5, 4, 2), (5, 8, 2)]
# Podman's own: a boolean that is none, a section that systemd does not know, and UpheldBy=, which is too new for some.
WRONG = ("service-dynamicuser.*", "other-sections.container", "install.container")

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="no systemd-analyze"),
]


def quadlet_files(folder: Path) -> dict[str, str]:
    """The texts by their paths."""
    given = os.environ.get("PODPIPE_QUADLET_FILES")
    paths = [path for path in Path(given).rglob("*") if path.is_file()] if given else []
    found = {f"{path}": path.read_text() for path in paths if not any(fnmatch(path.name, each) for each in WRONG)}
    return {**texts_everywhere(folder), **{f"{folder}/{name}": text for name, text in QUADLETS.items()}, **found}


def verify(folder: Path, units: dict[str, str], user: bool) -> str:
    """What systemd says of units; of a template, of one of its instances."""
    for name, text in units.items():
        (folder / name).write_text(text)
    names = [name.replace("@.", "@one.") for name in units]
    scope = "--user" if user else "--system"
    environment = {"SYSTEMD_UNIT_PATH": f"{folder}:", "XDG_RUNTIME_DIR": f"{folder}", "HOME": f"{folder}"}
    command = ["systemd-analyze", scope, "--man=no", "verify", *(f"./{name}" for name in names)]
    said = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    return said.stdout + said.stderr + ("" if said.returncode == 0 else f"exit status {said.returncode}")


# A service that both make is of one of them only.
@pytest.mark.parametrize("without", [".kube", ".container"])
@pytest.mark.parametrize("user", [True, False], ids=["user", "system"])
@pytest.mark.parametrize("version", VERSIONS, ids=lambda version: ".".join(map(str, version)))
def test_systemd_has_nothing_to_say(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: tuple[int, int, int], user: bool, without: str
) -> None:
    monkeypatch.setenv("PODMAN", "/bin/true")  # which there is everywhere
    texts = {path: text for path, text in quadlet_files(tmp_path).items() if not path.endswith(without)}
    for name, text in generate(texts, user=user).files.items():
        (tmp_path / name).write_text(text)  # some need one that is refused for an older Podman
    made = generate(texts, user=user, version=version)
    assert not [error for error in made.errors if MARK in error]
    assert verify(tmp_path, made.files, user) == ""
