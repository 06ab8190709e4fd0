"""`podpipe history --serve`, up to the call of podman."""

from __future__ import annotations

import pytest

from podpipe.errors import PortTaken, UsageError
from tests.delivery.workshop import NGINX, Workshop


def test_the_history_is_served_by_an_image_that_can_on_a_port_that_is_free(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    called: list[list[str]] = []
    monkeypatch.setattr("podpipe.delivery.show.attach", lambda argv, doing: called.append(argv) or 1)
    monkeypatch.setattr("podpipe.delivery.show.find_listener", lambda *_: "nginx (pid 7)")
    with pytest.raises(UsageError, match=r"no image here runs podpipe\.data\.serve"):
        workshop.delivery.serve_history(8002)
    workshop.engine._find_image(NGINX)["Config"] = {"Cmd": ["python3", "-m", "podpipe.data.serve"]}
    with pytest.raises(PortTaken, match=r"port 8002 is taken: nginx \(pid 7\) listens there"):
        workshop.delivery.serve_history(8002)
    monkeypatch.setattr("podpipe.delivery.show.find_listener", lambda *_: None)
    assert workshop.delivery.serve_history(8002) == 0
    (words,) = called
    assert words[:2] == ["podman", "run"] and workshop.id_of() in words
    assert "--host=127.0.0.1" in words and f"--volume={workshop.project.state}/ledger:/srv/ledger:ro" in words
