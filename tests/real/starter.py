"""The starter project under names of its own, so that a test never touches the pods of whoever runs it."""

from __future__ import annotations

import re
import subprocess
import urllib.request
from pathlib import Path

from podpipe import Project
from podpipe.starter import make_starter
from tests.real.free_port import free_port

MARK = "starter-test"
IMAGES = ("base", "nginx", "builder", "datasette")


class Starter:
    """A starter project in a folder of its name, with free ports; `web` and `data` are its addresses."""

    def __init__(self, parent: Path, name: str = MARK) -> None:
        self.folder = parent / name
        ports = make_starter(self.folder, (free_port(), free_port()))
        self.web, self.data = (f"http://127.0.0.1:{port}" for port in ports)
        for file in (self.folder / "podpipe.yaml", *self.folder.glob("containerfiles/*/*")):
            text = file.read_text().replace("FROM localhost/base", f"FROM localhost/{MARK}-base")
            file.write_text(re.sub(r"(?m)^  base:", f"  {MARK}-base:", text))

    @property
    def project(self) -> Project:
        return Project.load(self.folder)

    def get(self, address: str) -> str:
        with urllib.request.urlopen(address, timeout=10) as answer:
            return bytes(answer.read()).decode()

    def remove(self) -> None:
        """All but the images, which the next session finds in the cache."""
        self.project.down()
        volumes = [f"{self.folder.name}-{name}" for name in ("site", "data")]  # folders stand for the other claims
        subprocess.run(["podman", "volume", "rm", "--force", *volumes], capture_output=True, check=False)
