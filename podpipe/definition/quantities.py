"""Kubernetes' quantities: 512Mi, 1.5, 500m, 1e3."""

from __future__ import annotations

import re

from podpipe.definition.reader import Value

ONE = 1_000_000_000

_NUMBER = r"([0-9]{1,18})?(?:\.([0-9]{0,9}))?"
_QUANTITY = rf"\+?{_NUMBER}([numkMGTPE]|[KMGTPE]i|[eE][+-]?[0-9]{{1,2}})?"
_DECIMAL = {"n": -9, "u": -6, "m": -3, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18}
_BINARY = {"Ki": 10, "Mi": 20, "Gi": 30, "Ti": 40, "Pi": 50, "Ei": 60}


def parse_quantity(text: str) -> int | None:
    """A quantity in billionths, rounded up as Kubernetes does; None: the text is not one, or is below zero."""
    match = re.fullmatch(_QUANTITY, text)
    if not match or not (match[1] or match[2]):
        return None
    whole, fraction, suffix = match[1] or "", match[2] or "", match[3] or ""
    number, divisor = int(whole + fraction), 10 ** len(fraction)
    if suffix in _BINARY:
        number <<= _BINARY[suffix]
    else:
        exponent = _DECIMAL[suffix] if suffix in _DECIMAL else int(suffix[1:] or 0)
        number *= 10 ** max(exponent, 0)
        divisor *= 10 ** max(-exponent, 0)
    return _ceil(number * ONE, divisor)


def _ceil(number: int, divisor: int) -> int:
    return -(-number // divisor)


def read_size(value: Value | None, low: int = 1) -> int | None:
    """Bytes, at least `low`; None where it is missing or wrong."""
    quantity = _read(value, "write bytes as 512Mi or 1G")
    if value is None or quantity is None:
        return None
    if low * ONE <= quantity < ONE << 63:
        return _ceil(quantity, ONE)
    value.refuse("so many bytes cannot be meant", "write it as 512Mi or 1G")
    return None


def read_cores(value: Value | None) -> float | None:
    """CPU cores, at least a hundredth: less, the kernel does not schedule."""
    quantity = _read(value, "write cores as 1.5 or 500m")
    if value is None or quantity is None:
        return None
    if ONE // 100 <= quantity <= ONE * 10_000:
        return quantity / ONE
    value.refuse("so many cores cannot be meant", "write them as 1.5 or 500m")
    return None


def _read(value: Value | None, hint: str) -> int | None:
    text = value.quantity() if value else None
    if value is None or text is None:
        return None
    quantity = parse_quantity(text)
    if quantity is None:
        value.refuse(f"`{text[:80]}` is not a quantity", hint)
    return quantity
