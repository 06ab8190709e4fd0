"""The fake engine and Podman play the same scenario and see the same."""

from __future__ import annotations

from typing import Callable

import pytest

from podpipe.effects.libpod import Libpod
from tests.engine_scenario import Names, play, play_fake


@pytest.mark.real
def test_podman_and_the_fake_see_the_same(engine: Libpod, tiny_image: str, unique: Callable[[str], str]) -> None:
    names = Names(tiny_image, unique("project"), *map(unique, ("volume", "pod", "web", "idle", "job")))
    assert play(engine, names) == play_fake()
