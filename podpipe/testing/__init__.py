"""Fakes for tests of code that uses podpipe: no Podman, no systemd, no clock, no disk.

engine = FakeEngine(images=["localhost/nginx:latest"])
engine.fail_on("start_container", EngineError("cannot start container web-nginx: no"))
"""

from podpipe.testing.engine import FakeEngine
from podpipe.testing.systemd import FakeUserManager

__all__ = ["FakeEngine", "FakeUserManager"]
