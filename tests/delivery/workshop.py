"""A project in a git repository, whose images an engine in memory gets without a build."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

from podpipe import Project
from podpipe.delivery import Delivery
from podpipe.errors import BuildFailed
from podpipe.ledger import Release
from podpipe.testing import FakeEngine

PROJECT = """\
name: home
images:
  base: {registry: registry.invalid/base:1}
  nginx: containerfiles/nginx
  builder: containerfiles/builder
infra: base
releases: {minReadySeconds: 0, progressDeadlineSeconds: 1, revisionHistoryLimit: 2}
sockets: [web/nginx]
"""
PODS = """\
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers:
    - name: nginx
      image: localhost/nginx:latest
      ports: [{containerPort: 8080, hostPort: 8080}]
      readinessProbe: {exec: {command: ["true"]}}
    - {name: builder, image: "localhost/builder:latest"}
"""
NGINX = "localhost/nginx:latest"


class Workshop:
    """The checkout, and the engine that runs what it defines."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.engine = FakeEngine(images=["registry.invalid/base:1"])
        self.reported: list[str] = []
        self.built: list[str] = []
        self.build_fails = False
        self._write("podpipe.yaml", PROJECT)
        self._write("pods/web.yaml", PODS)
        for image in ("nginx", "builder"):
            self._write(f"containerfiles/{image}/Containerfile", "FROM registry.invalid/base:1\nCOPY page /\n")
            self._write(f"containerfiles/{image}/page", "first")
        self.git("init", "--quiet", "--initial-branch=main")
        self.commit("begin")

    def _write(self, path: str, text: str) -> None:
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def git(self, *arguments: str) -> str:
        who = ("-c", "user.name=a", "-c", "user.email=a@b")
        done = subprocess.run(["git", *who, *arguments], cwd=self.folder, check=True, capture_output=True, text=True)
        return done.stdout.strip()

    def commit(self, message: str) -> str:
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", message)
        return self.git("rev-parse", "HEAD")

    def branch(self, name: str, path: str = "containerfiles/nginx/page", text: str = "") -> str:
        """Make a branch off main, with a file of its own, and go back to main. Gives its commit."""
        self.git("checkout", "--quiet", "-B", name, "main")
        self._write(path, text or name)
        commit = self.commit(name)
        self.git("checkout", "--quiet", "main")
        return commit

    @property
    def project(self) -> Project:
        project = Project.load(self.folder, report=self.reported.append)
        project._connect = lambda: self.engine
        return project

    @property
    def delivery(self) -> Delivery:
        return Delivery(self.project)

    def rebuild(self, branch: str, **fields: Any) -> Release:
        return self.delivery.rebuild("nginx", branch=branch, **fields)

    def make_image(
        self,
        _definition: object,
        image: Any,
        labels: dict[str, str],
        *,
        log: Callable[[str], None],
        reference: str = "",
        platform: object = None,
        step: Callable[[str], AbstractContextManager[None]] = lambda _: nullcontext(),
    ) -> str:
        """In the place of a build."""
        assert platform is None
        with step("build"):
            log("STEP 1")
            if self.build_fails:
                raise BuildFailed("step 1 failed")
            self.built.append(image.name)
            return self.engine.add_image(reference or f"localhost/{image.name}:latest", labels)

    def id_of(self, reference: str = NGINX) -> str:
        return str(self.engine.inspect_image(reference)["Id"])

    def runs(self, container: str = "web-nginx") -> str:
        return str(self.engine.inspect_container(container)["Image"])

    def started(self) -> dict[str, str]:
        return {row.name: row.started_at for row in self.project.status()}
