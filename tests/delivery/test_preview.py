"""How long previews live, and what is known of them."""

from __future__ import annotations

import pytest

from podpipe.delivery.preview import parse_life
from podpipe.delivery.previews import expire_previews, list_previews, remove_preview
from podpipe.errors import UsageError
from podpipe.files import lock
from tests.delivery.preview_house import age, preview_of, started, traces
from tests.delivery.workshop import Workshop


def test_it_expires(house: Workshop) -> None:
    before = traces(house)
    house.branch("try")
    house.branch("other")
    preview_of(house, "try")
    preview_of(house, "other")
    assert expire_previews(house.project) == []
    age(house, "try")
    assert [each.branch for each in expire_previews(house.project)] == ["try"]
    assert [each.branch for each in list_previews(house.project)] == ["other"]
    age(house, "other")
    house.branch("third")
    preview_of(house, "third")
    assert [each.branch for each in list_previews(house.project)] == ["third"]
    remove_preview(house.project, "third")
    assert traces(house) == before


def test_one_past_its_time_is_renewed_by_asking_for_it(house: Workshop) -> None:
    house.branch("try")
    preview_of(house)
    started_before = started(house, "try.")
    age(house, "try")
    preview_of(house)
    assert started(house, "try.") == started_before
    assert expire_previews(house.project) == []


def test_nothing_expires_while_somebody_is_at_work(house: Workshop) -> None:
    house.branch("try")
    preview_of(house)
    age(house, "try", state="updating")
    with lock(house.project.state / "previews/lock", "somebody"):
        assert expire_previews(house.project) == []
        assert [each.state for each in list_previews(house.project)] == ["updating"]
    assert [each.state for each in list_previews(house.project)] == ["half updated"]


@pytest.mark.parametrize("record", ["", "{", "[]", "null", '{"branch": 5}', '{"ports": 1, "expires": []}', "\0"])
def test_a_damaged_record(house: Workshop, record: str) -> None:
    before = traces(house)
    house.branch("try")
    preview_of(house)
    (house.project.state / "previews/try/preview.json").write_text(record)
    assert [(each.branch, each.slug) for each in list_previews(house.project)] == [("", "try")]
    assert preview_of(house).state == "ready"
    remove_preview(house.project, "try")
    assert traces(house) == before


@pytest.mark.parametrize(("text", "seconds"), [("7d", 604800), ("12h", 43200), ("1m", 60), ("365d", 31536000)])
def test_a_life(text: str, seconds: int) -> None:
    assert parse_life(text) == seconds


@pytest.mark.parametrize("text", ["", "7", "d", "0d", "-1d", "366d", "1.5d", "7d ", "1w", "9" * 50 + "d", "٣d"])
def test_no_life(text: str) -> None:
    with pytest.raises(UsageError, match="is not how long a preview may live"):
        parse_life(text)
