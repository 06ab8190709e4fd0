"""A small project in a folder, for tests to break."""

from __future__ import annotations

import textwrap
from pathlib import Path

from podpipe.definition import Definition, check_definition, load_definition
from podpipe.definition.specs import Container, Pod

PROJECT = """\
name: demo
images:
  base: {debian: bookworm}
"""
POD = """\
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers:
    - name: nginx
      image: localhost/base:latest
"""
CRON_JOB = """\
apiVersion: batch/v1
kind: CronJob
metadata: {name: sync}
spec:
  schedule: "@daily"
  jobTemplate:
    spec:
      template:
        spec:
          restartPolicy: Never
          containers: [{name: sync, image: localhost/base}]
"""
CLAIM = """\
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: data}
spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}
"""


def claim(name: str) -> str:
    """The manifest of a claim of that name."""
    return CLAIM.replace("{name: data}", f"{{name: {name}}}")


class ProjectFolder:
    """`problems` and `definition` of the files as they are now."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.write("podpipe.yaml", PROJECT)
        self.write("pods/web.yaml", POD)

    def write(self, path: str, content: str | bytes) -> Path:
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content.encode() if isinstance(content, str) else content)
        return target

    def add(self, path: str, snippet: str, indent: int = 0) -> None:
        """Put a snippet at the end of a file, so far to the right."""
        target = self.root / path
        before = target.read_text() if target.exists() else ""
        self.write(path, before + textwrap.indent(textwrap.dedent(snippet).strip("\n"), " " * indent) + "\n")

    @property
    def problems(self) -> list[str]:
        return [str(problem).replace("\n  hint", " | hint") for problem in check_definition(self.root)]

    @property
    def definition(self) -> Definition:
        return load_definition(self.root)

    @property
    def pod(self) -> Pod:
        return self.definition.pods[0]

    @property
    def container(self) -> Container:
        return self.pod.containers[0]
