"""The command `podpipe-quadlet` as the tests run it: in this process, with its messages at hand."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from podpipe.quadlet.main import main

UNIT = "[Container]\nImage=localhost/web:1\n"


class Command:
    """A folder of sources, one for what is made, and the command's last words."""

    def __init__(self, folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
        self.sources = folder / "sources"
        self.sources.mkdir()
        self.out = folder / "out"
        self.capfd = capfd
        self.stdout = ""
        self.messages: list[str] = []

    def write(self, **texts: str) -> None:
        for name, text in texts.items():
            path = self.sources / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)

    def run(self, *options: str, program: str = "/usr/bin/podpipe-quadlet") -> int:
        status = main([program, *options])
        self.stdout, stderr = self.capfd.readouterr()
        self.messages = re.sub(r"(?m)^quadlet-generator\[\d+\]: ", "", stderr).splitlines()
        return status

    def generate(self, *options: str, program: str = "/usr/bin/podpipe-quadlet") -> int:
        return self.run("-no-kmsg-log", *options, str(self.out), program=program)

    def made(self) -> list[str]:
        files = [path for path in self.out.rglob("*") if path.is_symlink() or path.is_file()]
        return sorted(str(path.relative_to(self.out)) for path in files)
