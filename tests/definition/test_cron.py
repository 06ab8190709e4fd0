"""cron's five fields."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from podpipe.definition.cron import MACROS, UNITS, Unit, parse_field, parse_schedule

ANY = Unit("any", 0, 59)

FIELDS = [
    ("*", ANY, set(range(60))),
    ("*/15", ANY, {0, 15, 30, 45}),
    ("5", ANY, {5}),
    ("1-3,7", ANY, {1, 2, 3, 7}),
    ("10-20/5", ANY, {10, 15, 20}),
    ("50/5", ANY, {50, 55}),
    ("jan-MAR", UNITS[3], {1, 2, 3}),
    ("mon,FRI", UNITS[4], {1, 5}),
]


@pytest.mark.parametrize(("text", "unit", "values"), FIELDS)
def test_field(text: str, unit: Unit, values: set[int]) -> None:
    assert parse_field(text, unit) == values


REFUSED = [
    ("* * * *", "a schedule has five fields, and this has 4"),
    ("", "a schedule has five fields, and this has 0"),
    ("* * * * * *", "a schedule has five fields, and this has 6"),
    ("60 * * * *", "minute: `60` is not between 0 and 59"),
    ("* 24 * * *", "hour: `24` is not between 0 and 23"),
    ("* * 0 * *", "day of the month: `0` is not between 1 and 31"),
    ("* * * 13 *", "month: `13` is not between 1 and 12"),
    ("* * * foo *", "month: `foo` is not between 1 and 12"),
    ("* * * * 7", "day of the week: `7` is not between 0 and 6; Sunday is 0"),
    ("5-1 * * * *", "minute: `5-1` goes backwards"),
    ("*/0 * * * *", "minute: `0` is not between 1 and 59"),
    ("1,, * * * *", "minute: `` is not between 0 and 59"),
    ("-1 * * * *", "minute: `` is not between 0 and 59"),
    ("² * * * *", "minute: `²` is not between 0 and 59"),
    (f"{'9' * 6000} * * * *", "is not between 0 and 59"),
    ("0 0 31 2,4 *", "this day never comes: none of these months has it"),
    ("@reboot", "`@reboot` is not one of @yearly, "),
    ("@every 1h", "`@every 1h` is not one of @yearly, "),
]


@pytest.mark.parametrize(("text", "message"), REFUSED)
def test_refused(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=r".") as caught:
        parse_schedule(text)
    assert message in str(caught.value)


def test_a_day_of_the_week_comes_even_where_the_day_of_the_month_does_not() -> None:
    assert parse_schedule("0 0 31 2 mon") == ("0", "0", "31", "2", "mon")


@pytest.mark.parametrize("macro", MACROS)
def test_a_macro_is_written_out(macro: str) -> None:
    assert " ".join(parse_schedule(macro)) == MACROS[macro]


@given(st.sampled_from(UNITS), st.data())
def test_a_list_stands_for_its_values(unit: Unit, data: st.DataObject) -> None:
    values = data.draw(st.sets(st.integers(unit.low, unit.high), min_size=1))
    assert parse_field(",".join(map(str, values)), unit) == values


@given(st.text(alphabet="0123456789*/-, @monjan", max_size=20))
def test_any_text_is_a_schedule_or_a_value_error(text: str) -> None:
    try:
        fields = parse_schedule(text)
    except ValueError:
        return
    assert parse_schedule(" ".join(fields)) == fields
