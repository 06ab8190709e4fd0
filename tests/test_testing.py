"""The fake engine is true to Podman where it matters, and fails when told to."""

from __future__ import annotations

import pytest

from podpipe.errors import EngineError, EngineUnavailable
from podpipe.testing import FakeEngine
from tests.engine_scenario import play_fake


def test_the_fake_plays_the_scenario() -> None:
    """tests/real/test_conformance.py compares it with Podman's own."""
    seen = play_fake()
    assert seen["the pod again"] == "EngineConflict"
    assert "Degraded" in seen["one container stops"]
    assert seen["the job's exit code"] == "3"


def test_a_fault_happens_once_and_changes_nothing() -> None:
    engine = FakeEngine()
    engine.fail_on("create_volume", EngineError("no"))
    with pytest.raises(EngineError, match="no"):
        engine.create_volume({"Name": "v"})
    assert engine.volumes() == []
    engine.create_volume({"Name": "v"})
    assert [each["Name"] for each in engine.volumes()] == ["v"]


def test_it_dies_after_so_many_calls_and_keeps_what_was_done() -> None:
    engine = FakeEngine()
    engine.die_after(1)
    engine.create_volume({"Name": "v"})
    for _ in range(2):
        with pytest.raises(EngineUnavailable):
            engine.create_volume({"Name": "w"})
    engine.revive()
    assert [each["Name"] for each in engine.volumes()] == ["v"]
    assert engine.calls[:2] == [("create_volume", "v"), ("create_volume", "w")]


def test_a_new_image_takes_the_name() -> None:
    engine = FakeEngine()
    old, new = engine.add_image("localhost/a:1"), engine.add_image("localhost/a:1", {"io.podpipe.context": "2"})
    assert engine.inspect_image("localhost/a:1")["Id"] == new
    assert engine.inspect_image(old)["RepoTags"] == []


def test_it_crashes_logs_and_falls_ill() -> None:
    engine = FakeEngine(images=["localhost/a:1"])
    engine.create_container({"name": "c", "image": "localhost/a:1", "healthconfig": {"Test": ["CMD", "true"]}})
    engine.start_container("c")
    engine.unhealthy.add("c")
    assert not engine.run_healthcheck("c")
    for line in ("one", "two", "three"):
        engine.write_log("c", line, "stderr")
    assert list(engine.logs("c", tail=2)) == [("stderr", "two"), ("stderr", "three")]
    engine.crash("c", 9)
    assert engine.inspect_container("c")["State"]["ExitCode"] == 9
