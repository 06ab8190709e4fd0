from __future__ import annotations

from pathlib import Path

import pytest

from tests.delivery.preview_house import MANIFEST, YAML, copy, volume_of
from tests.delivery.workshop import Workshop


@pytest.fixture
def workshop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workshop:
    """It is up."""
    for variable in ("XDG_RUNTIME_DIR", "XDG_STATE_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.setenv(variable, str(tmp_path / "home"))
    monkeypatch.setattr("podpipe.effects.preflight.find_listener", lambda *_: None)
    monkeypatch.setattr("podpipe.effects.health.STEADY", 0.0)
    monkeypatch.setattr("podpipe.delivery.deploy.BACK_PATIENCE", 0.0)
    (tmp_path / "home").mkdir()
    (tmp_path / "project").mkdir()
    workshop = Workshop(tmp_path / "project")
    for module in ("podpipe.effects.images", "podpipe.delivery.rebuild"):
        monkeypatch.setattr(f"{module}.make_image", workshop.make_image)
    workshop.project.up()
    workshop.built.clear()
    return workshop


@pytest.fixture
def house(workshop: Workshop, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Workshop:
    """With a data pod, whose volume holds something and whose notes are a folder of the project's."""
    workshop.engine.storage = tmp_path / "storage"
    workshop._write("pods/data.yaml", MANIFEST)
    workshop._write("notes/a.md", "main's")
    workshop._write("podpipe.yaml", (workshop.folder / "podpipe.yaml").read_text() + YAML)
    workshop.commit("data")
    workshop.project.up()
    volume_of(workshop, "data").mkdir(parents=True)
    (volume_of(workshop, "data") / "table").write_text("production's")
    workshop.built.clear()
    monkeypatch.setattr("podpipe.delivery.preview_making.find_listener", lambda *_: None)
    monkeypatch.setattr("podpipe.delivery.preview_making.copy_volume", copy)
    return workshop
