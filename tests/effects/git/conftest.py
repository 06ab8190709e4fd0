"""A repository somewhere else, and our mirror of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from podpipe.effects.git import Mirror
from tests.effects.git.upstream import Upstream, mirror_of


@pytest.fixture
def upstream(tmp_path: Path) -> Upstream:
    upstream = Upstream(tmp_path)
    upstream.push(files={"about.md": "one"})
    return upstream


@pytest.fixture
def mirror(tmp_path: Path, upstream: Upstream) -> Mirror:
    return mirror_of(upstream, tmp_path)
