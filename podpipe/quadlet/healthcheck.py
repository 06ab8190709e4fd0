"""How Podman's command line reads a health check's command, which 3.3 learned to do otherwise."""

from __future__ import annotations


def health_test(value: str) -> list[str]:
    """The words that Podman from 3.3 on makes of `--health-cmd` (makeHealthCheckFromCli in its pkg/specgenutil).

    A list of several words is a command; all else is for a shell, unless it says what it is by a keyword.
    """
    words = _words(value)
    is_list = words is not None
    words = words or value.split(" ", 1)
    keyword = words[0].upper()
    if keyword == "NONE":
        return ["NONE"]
    if keyword == "CMD-SHELL":
        return words
    if keyword == "CMD":
        return words if is_list else value.split()
    return ["CMD", *words] if is_list and len(words) > 1 else ["CMD-SHELL", " ".join(words)]


def reads_otherwise(value: str) -> bool:
    """Whether a Podman before 3.3 makes something else of it: it keeps a list as it is, all else is for a shell."""
    words = _words(value)
    return value != "none" and health_test(value) != (words or ["CMD-SHELL", value])


def _words(value: str) -> list[str] | None:
    """A JSON list of strings, None for anything else."""
    if not value.lstrip().startswith("["):
        return None
    import json

    try:
        words = json.loads(value)
    except ValueError:
        return None
    return words if isinstance(words, list) and words and all(isinstance(word, str) for word in words) else None
