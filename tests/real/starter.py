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
NAMES = ("web", "data", "sync", "site")  # of pods, jobs and volumes; folders stand for the other claims


class Starter:
    """A starter project with free ports; `web` and `data` are its addresses."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        make_starter(folder)
        ports = {"8080": str(free_port()), "8001": str(free_port())}
        self.web, self.data = (f"http://127.0.0.1:{port}" for port in ports.values())
        for file in (folder / "podpipe.yaml", *folder.glob("pods/*"), *folder.glob("containerfiles/*/*")):
            file.write_text(self._rename(file.read_text(), ports))

    def _rename(self, text: str, ports: dict[str, str]) -> str:
        text = re.sub(r"(?m)^name: .*$", f"name: {MARK}", text, count=1).replace("localhost/", f"localhost/{MARK}-")
        text = re.sub(rf"(?m)^  ({'|'.join(IMAGES)}):", rf"  {MARK}-\1:", text)
        text = re.sub(rf"(?m)(^metadata:\n  name: )({'|'.join(NAMES)})$", rf"\1{MARK}-\2", text)
        text = re.sub(rf"(claimName: |sockets: \[|watch: \{{sources: )({'|'.join(NAMES)})\b", rf"\1{MARK}-\2", text)
        text = text.replace("8080", ports["8080"])  # the front door's port is nginx's own
        return text.replace("hostPort: 8001", f"hostPort: {ports['8001']}")

    @property
    def project(self) -> Project:
        return Project.load(self.folder)

    def get(self, address: str) -> str:
        with urllib.request.urlopen(address, timeout=10) as answer:
            return bytes(answer.read()).decode()

    def remove(self) -> None:
        """All but the images, which the next session finds in the cache."""
        self.project.down()
        volumes = [f"{MARK}-{name}" for name in NAMES]
        subprocess.run(["podman", "volume", "rm", "--force", *volumes], capture_output=True, check=False)
