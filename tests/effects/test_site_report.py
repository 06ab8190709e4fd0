"""What a site's builder has against its content is in `podpipe status`."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from podpipe.definition.specs import BuiltImage, Claim, ClaimVolume, Mount
from podpipe.effects.site_report import LARGEST, read_mistakes, with_mistakes
from podpipe.plan.status import ContainerStatus
from podpipe.testing import FakeEngine
from podpipe.web.report import note_mistakes
from tests.samples import HERE, container, definition, pod

ROW = ContainerStatus("web", "web-builder", "running", "healthy", 0, "", "localhost/builder:latest", (), False)


def test_the_builders_row_has_the_mistakes(tmp_path: Path) -> None:
    builder = container("builder", image="localhost/builder:latest", mounts=(Mount("out", "/srv/site"),))
    of = definition(
        pod("web", builder, volumes=(ClaimVolume("out", "site"),)),
        images=(BuiltImage("builder", tmp_path, tmp_path / "Containerfile", runtime="web"),),
        claims=(Claim("site", HERE, tmp_path),),
    )
    note_mistakes(tmp_path, ["a.md:3: no date", "b.md: no title"])
    other = replace(ROW, name="web-nginx")
    rows = with_mistakes([ROW, other], of, FakeEngine())
    assert rows == (replace(ROW, mistakes=("a.md:3: no date", "b.md: no title")), other)
    note_mistakes(tmp_path, [])
    assert with_mistakes([ROW, other], of, FakeEngine()) == (ROW, other)


def test_where_nothing_is_built_the_engine_is_not_asked() -> None:
    engine = FakeEngine()
    assert with_mistakes([ROW], definition(pod("web")), engine) == (ROW,)
    assert engine.calls == []


@pytest.mark.parametrize(
    "report", [b"", b"[]", b"{}", b'{"mistakes": 1}', b"\xff", b"[" * 100_000, b" " * LARGEST + b"{}"]
)
def test_what_is_no_report_says_nothing(tmp_path: Path, report: bytes) -> None:
    (tmp_path / "report.json").write_bytes(report)
    assert read_mistakes(tmp_path) == ()


def test_a_link_is_no_report(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text(json.dumps({"mistakes": ["secret"]}))
    (tmp_path / "report.json").symlink_to("secret")
    assert read_mistakes(tmp_path) == ()
    assert read_mistakes(tmp_path / "nowhere") == ()
