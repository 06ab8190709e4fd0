"""What is wrong with a Quadlet file, or with what is asked of the generator."""

from __future__ import annotations


class QuadletError(Exception):
    """One sentence that a person can act on; who catches it says which file it is about."""
