"""Who is told what happens: a line for each step that takes time, or that another program prints."""

from __future__ import annotations

from collections.abc import Callable

Report = Callable[[str], None]


def silent(_: str) -> None:
    """Report nothing."""
