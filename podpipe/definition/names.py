"""What names may look like, and the reader of those that follow RFC 1123."""

from __future__ import annotations

import re

from podpipe.definition.reader import Value

_LABEL = "[a-z0-9]([-a-z0-9]*[a-z0-9])?"
_KEY = r"(?!\.{1,2}\Z)[-._a-zA-Z0-9]{1,253}"
_VARIABLE = r"[-._a-zA-Z][-._a-zA-Z0-9]{0,254}"
_HOST = r"(?=[^/]*[.:]|localhost/)[a-zA-Z0-9][-a-zA-Z0-9.]*(?::[0-9]{1,5})?"
_PATH = r"(?:/[a-z0-9]+(?:[._-]+[a-z0-9]+)*)+"
_TAG_AND_DIGEST = r"(?::[a-zA-Z0-9_][-.a-zA-Z0-9_]{0,127})?(?:@sha256:[0-9a-f]{64})?"
_REFERENCE = _HOST + _PATH + _TAG_AND_DIGEST


def read_name(value: Value | None, longest: int = 63) -> str:
    """A name by RFC 1123; "" after noting a problem."""
    text = value.string() if value else None
    if value is None or text is None:
        return ""
    if re.fullmatch(_LABEL, text) and len(text) <= longest:
        return text
    hint = f"use lower-case letters, digits and `-` (RFC 1123), at most {longest} characters"
    value.refuse(f"`{text[:80]}` is not a name", hint)
    return ""


def is_key(text: str) -> bool:
    """A key of a ConfigMap or secret, which becomes a file's name."""
    return bool(re.fullmatch(_KEY, text))


def is_variable(text: str) -> bool:
    """The name of an environment variable, as Kubernetes allows it."""
    return bool(re.fullmatch(_VARIABLE, text))


def qualified_reference(text: str) -> str:
    """An image's reference with its tag; "" where the registry is not written out or the syntax is wrong."""
    if len(text) > 512 or not re.fullmatch(_REFERENCE, text):
        return ""
    has_tag = "@" in text or ":" in text.rpartition("/")[2]
    return text if has_tag else f"{text}:latest"
