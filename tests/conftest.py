"""Fast tests know no systemd but the fake one that they make; the real tests choose for themselves."""

from __future__ import annotations

import pytest
from hypothesis import settings

# How long one example takes says more about what else the machine does.
settings.register_profile("podpipe", deadline=None)
settings.load_profile("podpipe")


@pytest.fixture(autouse=True)
def podman_alone(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Unless a test says otherwise, no user manager is asked."""
    if not request.node.get_closest_marker("real"):
        monkeypatch.setenv("PODPIPE_SUPERVISOR", "podman")
