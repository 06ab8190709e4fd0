"""Kubernetes' quantities."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from podpipe.definition.quantities import ONE, parse_quantity

QUANTITIES = [
    ("0", 0),
    ("1", ONE),
    ("+1", ONE),
    ("1.", ONE),
    (".5", ONE // 2),
    ("1.5", ONE * 3 // 2),
    ("500m", ONE // 2),
    ("1u", 1000),
    ("1n", 1),
    ("0.1n", 1),
    ("1k", ONE * 10**3),
    ("1Ki", ONE * 2**10),
    ("1.5Gi", ONE * 3 * 2**29),
    ("1e3", ONE * 10**3),
    ("1E3", ONE * 10**3),
    ("1E", ONE * 10**18),
    ("5e-1", ONE // 2),
]


@pytest.mark.parametrize(("text", "billionths"), QUANTITIES)
def test_parse(text: str, billionths: int) -> None:
    assert parse_quantity(text) == billionths


NONE = ["", ".", "-1", "1K", "1 Mi", "1mi", "Mi", "1e", "0x10", "1_000", "١", "1\n", "9" * 5000, "1e999"]


@pytest.mark.parametrize("text", NONE)
def test_what_is_none(text: str) -> None:
    assert parse_quantity(text) is None


@given(st.integers(0, 10**15), st.sampled_from(["", "Ki", "Mi", "Gi", "Ti", "k", "M", "G", "T"]))
def test_suffixes_multiply(number: int, suffix: str) -> None:
    factor = 1024 if suffix.endswith("i") else 1000
    power = " KMGT".index(suffix[0].upper()) if suffix else 0
    assert parse_quantity(f"{number}{suffix}") == number * factor**power * ONE


@given(st.decimals(min_value=0, max_value=10**9, places=9))
def test_decimals_are_exact(number: object) -> None:
    assert parse_quantity(f"{number:f}") == int(f"{number:.9f}".replace(".", ""))
