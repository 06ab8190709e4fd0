"""Kubernetes' quantities: 512Mi, 1.5, 500m, 1e3."""

from __future__ import annotations

import math
import re
from fractions import Fraction

from podpipe.definition.reader import Value

_NUMBER = r"([0-9]{1,18}(?:\.[0-9]{0,9})?|\.[0-9]{1,9})"
_QUANTITY = re.compile(rf"\+?{_NUMBER}([numkMGTPE]|[KMGTPE]i|[eE][+-]?[0-9]{{1,2}})?")
_DECIMAL = {"n": -9, "u": -6, "m": -3, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18}
_BINARY = {"Ki": 10, "Mi": 20, "Gi": 30, "Ti": 40, "Pi": 50, "Ei": 60}


def parse_quantity(text: str) -> Fraction | None:
    """The exact value of a quantity; None: the text is not one, or is below zero."""
    match = _QUANTITY.fullmatch(text)
    if not match:
        return None
    number, suffix = Fraction(f"{match[1]}0" if match[1].endswith(".") else match[1]), match[2] or ""
    if suffix in _BINARY:
        return number * Fraction(2 ** _BINARY[suffix])
    exponent = _DECIMAL[suffix] if suffix in _DECIMAL else int(suffix[1:] or 0)
    return number * Fraction(10 ** max(exponent, 0), 10 ** max(-exponent, 0))


def read_size(value: Value | None, low: int = 1) -> int | None:
    """Bytes, at least `low`; None where it is missing or wrong."""
    quantity = _read(value, "write bytes as 512Mi or 1G")
    if value is None or quantity is None:
        return None
    if low <= quantity < 1 << 63:
        return math.ceil(quantity)
    value.refuse(f"a size of {float(quantity):.6g} bytes cannot be meant", "write it as 512Mi or 1G")
    return None


def read_cores(value: Value | None) -> float | None:
    """CPU cores, at least a hundredth: the least that the kernel schedules."""
    quantity = _read(value, "write cores as 1.5 or 500m")
    if value is None or quantity is None:
        return None
    if Fraction(1, 100) <= quantity <= 10_000:
        return float(quantity)
    value.refuse(f"{float(quantity):.6g} cores cannot be meant", "write cores as 1.5 or 500m")
    return None


def _read(value: Value | None, hint: str) -> Fraction | None:
    text = value.quantity() if value else None
    if value is None or text is None:
        return None
    quantity = parse_quantity(text)
    if quantity is None:
        value.refuse(f"`{text[:80]}` is not a quantity", hint)
    return quantity
