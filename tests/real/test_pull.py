"""Pulling from a registry of the test's own: one image with one layer, over plain HTTP."""

from __future__ import annotations

import gzip
import hashlib
import http.server
import io
import json
import os
import signal
import subprocess
import tarfile
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from podpipe.effects.engine import connect
from podpipe.effects.libpod import Libpod
from podpipe.errors import EngineError
from tests.real.test_engine import service_process

pytestmark = [pytest.mark.real, pytest.mark.ends]

OCI = "application/vnd.oci.image"


def digest(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def described(kind: str, content: bytes) -> dict[str, object]:
    return {"mediaType": f"{OCI}.{kind}", "digest": digest(content), "size": len(content)}


def image() -> tuple[bytes, dict[str, bytes]]:
    """(manifest, blobs by digest) of an image that holds an empty folder."""
    layer = io.BytesIO()
    with tarfile.open(fileobj=layer, mode="w") as tar:
        entry = tarfile.TarInfo("srv")
        entry.type, entry.mode = tarfile.DIRTYPE, 0o755
        tar.addfile(entry)
    packed = gzip.compress(layer.getvalue(), mtime=0)
    rootfs = {"type": "layers", "diff_ids": [digest(layer.getvalue())]}
    config = json.dumps({"architecture": "amd64", "os": "linux", "config": {}, "rootfs": rootfs}).encode()
    parts = {"config": described("config.v1+json", config), "layers": [described("layer.v1.tar+gzip", packed)]}
    manifest = json.dumps({"schemaVersion": 2, "mediaType": f"{OCI}.manifest.v1+json", **parts}).encode()
    return manifest, {digest(config): config, digest(packed): packed}


class Registry(http.server.BaseHTTPRequestHandler):
    """The four addresses of the distribution specification that a pull asks for."""

    manifest, blobs = image()

    def do_GET(self) -> None:
        last = self.path.rpartition("/")[2]
        if self.path == "/v2/":
            self.answer(b"{}", "application/json")
        elif self.path == "/v2/tiny/manifests/1" or last == digest(self.manifest):
            self.answer(self.manifest, f"{OCI}.manifest.v1+json")
        elif last in self.blobs:
            self.answer(self.blobs[last], "application/octet-stream")
        else:
            self.send_error(404)

    do_HEAD = do_GET  # noqa: N815

    def answer(self, content: bytes, kind: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Docker-Content-Digest", digest(content))
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        pass


def renew_service(engine: Libpod) -> None:
    """Podman's API reads the registries' settings once, and may have done so for another test."""
    os.kill(service_process(engine), signal.SIGKILL)
    connect()


@pytest.fixture
def registry(engine: Libpod) -> Iterator[str]:
    """A registry's host:port, which this user's Podman takes without TLS."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Registry) as server:
        host = f"127.0.0.1:{server.server_address[1]}"
        settings = Path.home() / f".config/containers/registries.conf.d/podpipe-test-{server.server_address[1]}.conf"
        settings.parent.mkdir(parents=True, exist_ok=True)
        settings.write_text(f'[[registry]]\nlocation = "{host}"\ninsecure = true\n')
        threading.Thread(target=server.serve_forever).start()
        renew_service(engine)
        try:
            yield host
        finally:
            settings.unlink()
            server.shutdown()


def test_an_image_is_pulled_with_progress(engine: Libpod, registry: str) -> None:
    said: list[str] = []
    try:
        pulled = engine.pull_image(f"{registry}/tiny:1", said.append)
        assert engine.inspect_image(f"{registry}/tiny:1")["Id"] == pulled
        assert any(said)
        assert not any("\n" in line for line in said)
    finally:
        subprocess.run(["podman", "rmi", "--force", f"{registry}/tiny:1"], capture_output=True)


def test_what_the_registry_does_not_have(engine: Libpod, registry: str) -> None:
    with pytest.raises(EngineError, match=f"cannot pull image {registry}/none:1: .*"):
        engine.pull_image(f"{registry}/none:1", lambda line: None)
