"""Which code renders: with other code, or other versions of what it uses, every page is made anew."""

from __future__ import annotations

import hashlib
import importlib.util
import sys
from pathlib import Path

_LIBRARIES = ("jinja2", "linkify_it", "markdown_it", "mdit_py_plugins")


def generator_digest() -> str:
    """A checksum of this package, its theme, and the libraries' versions, without importing those."""
    digest = hashlib.sha256(sys.version.encode())
    package = Path(__file__).parent
    for file in sorted(path for path in package.rglob("*.*") if path.suffix != ".pyc"):
        digest.update(f"{file.relative_to(package)}\0".encode() + file.read_bytes())
    for name in _LIBRARIES:
        spec = importlib.util.find_spec(name)
        if spec and spec.origin:
            status = Path(spec.origin).stat()
            digest.update(f"{spec.origin}\0{status.st_size}\0{status.st_mtime_ns}\0".encode())
    return digest.hexdigest()
