"""Pushing and pulling with a password, at Debian's own docker-registry."""

from __future__ import annotations

import base64
import json
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from podpipe.effects.libpod import Libpod
from podpipe.effects.registry import push_image
from podpipe.errors import CommandFailed, EngineError
from tests.real.conftest import from_package
from tests.real.free_port import free_port

pytestmark = [pytest.mark.real, pytest.mark.once]

PASSWORD = "sesame"
HTPASSWD = "me:$2y$05$2UJc178JrYOs4Svph.dMlO9JqLOb9pVwkfHcBxSIQ0NPPjf14yeZK\n"
CONFIG = """\
version: 0.1
storage: {{filesystem: {{rootdirectory: {folder}/data}}}}
http: {{addr: "127.0.0.1:{port}"}}
auth: {{htpasswd: {{realm: test, path: {folder}/htpasswd}}}}
log: {{level: error}}
"""


@dataclass(frozen=True)
class Registry:
    host: str
    auth_file: Path


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    folder, port = tmp_path_factory.mktemp("registry"), free_port()
    suite = next(
        line for line in Path("/etc/os-release").read_text().splitlines() if line.startswith("VERSION_CODENAME=")
    )
    program = folder / "docker-registry"
    program.write_bytes(from_package("docker-registry", "/bin/docker-registry", folder, suite.partition("=")[2]))
    program.chmod(0o755)
    (folder / "htpasswd").write_text(HTPASSWD)
    (folder / "config.yml").write_text(CONFIG.format(folder=folder, port=port))
    host = f"127.0.0.1:{port}"
    encoded = base64.b64encode(f"me:{PASSWORD}".encode()).decode()
    (folder / "auth.json").write_text(json.dumps({"auths": {host: {"auth": encoded}}}))
    with subprocess.Popen([program, "serve", folder / "config.yml"]) as server:
        try:
            wait_for(port, server)
            yield Registry(host, folder / "auth.json")
        finally:
            server.terminate()


def wait_for(port: int, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 30
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            assert server.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.05)


def test_a_registry_that_wants_a_password(
    registry: Registry, engine: Libpod, tiny_image: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    reference, said = f"{registry.host}/me/tiny:1", list[str]()
    monkeypatch.delenv("REGISTRY_AUTH_FILE", raising=False)
    with pytest.raises(CommandFailed) as refused:
        push_image(tiny_image, reference, said.append)
    assert refused.value.hint.endswith(f"podman login {registry.host}")
    monkeypatch.setenv("REGISTRY_AUTH_FILE", str(registry.auth_file))
    digest = push_image(tiny_image, reference, said.append)
    assert digest.startswith("sha256:")
    try:
        pulled = engine.pull_image(f"{registry.host}/me/tiny@{digest}", said.append)
        assert engine.inspect_image(tiny_image)["Id"].removeprefix("sha256:") == pulled.removeprefix("sha256:")
        monkeypatch.delenv("REGISTRY_AUTH_FILE")
        with pytest.raises(EngineError) as not_let_in:
            engine.pull_image(reference, said.append)
        assert not_let_in.value.hint.endswith(f"podman login {registry.host}")
    finally:
        subprocess.run(["podman", "untag", tiny_image, f"{registry.host}/me/tiny@{digest}"], capture_output=True)
    assert said
    assert not any(PASSWORD in line for line in said)
