"""Bytes -> text that a definition may consist of."""

from __future__ import annotations

from podpipe.definition.specs import Place, Problem

MAX_BYTES = 1 << 20


def decode(data: bytes, file: str) -> tuple[str, list[Problem]]:
    """A file's text, or the problem that makes it none."""
    if len(data) > MAX_BYTES:
        return "", [Problem(Place(file, 1, 1), f"the file is larger than {MAX_BYTES >> 20} MiB", "split it")]
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8", "replace")
        return "", [Problem(_place_after(before, file), "the file is not UTF-8", "save it as UTF-8")]
    strangers = [text.index(character) for character in set(text) if not _is_text(character)]
    if not strangers:
        return text, []
    first = min(strangers)
    message = f"the character U+{ord(text[first]):04X} may not stand in a file"
    return "", [Problem(_place_after(text[:first], file), message, "remove it")]


def _place_after(before: str, file: str) -> Place:
    return Place(file, before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1)


def _is_text(character: str) -> bool:
    """What YAML allows in a stream; its two parsers would word the complaint differently."""
    if character < "\xa0":
        return " " <= character <= "~" or character in "\t\n\r\x85"
    return not "\ud800" <= character <= "\udfff" and character not in "\ufffe\uffff"
