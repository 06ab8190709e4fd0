"""Where the text of Quadlet files comes from: the disk, or a mapping in memory. Both list folders and read files."""

from __future__ import annotations

import os
from stat import S_ISDIR, S_ISREG

from podpipe.quadlet.errors import QuadletError

TYPE_CHECKING = False  # as typing's, whose import would cost more than this module
if TYPE_CHECKING:
    from collections.abc import Mapping

LARGEST = 4 << 20  # bytes


class Disk:
    """Files as they lie there."""

    def names(self, folder: str) -> list[str]:
        """What is in a folder, by name. Errors: OSError."""
        return sorted(os.listdir(folder), key=os.fsencode)

    def read(self, path: str) -> str:
        """The text of a file; bytes that are no UTF-8 as surrogate escapes. Errors: OSError, QuadletError."""
        # Without O_NONBLOCK a pipe would keep the whole boot waiting.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
        try:
            mode = os.fstat(descriptor).st_mode
            if not S_ISREG(mode):
                raise QuadletError("is a directory" if S_ISDIR(mode) else "is not a regular file")
            with open(descriptor, "rb", closefd=False) as file:
                data = file.read(LARGEST + 1)
        finally:
            os.close(descriptor)
        if len(data) > LARGEST:
            raise QuadletError(f"is larger than {LARGEST >> 20} MiB")
        return data.decode("utf-8", "surrogateescape")


class Texts:
    """Texts by file name; that of a drop-in is "web.container.d/10-more.conf"."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        self.texts = texts
        self.folders: dict[str, list[str]] = {}
        for name in sorted(texts):
            folder, _, last = name.rpartition("/")
            self.folders.setdefault(folder, []).append(last)

    def names(self, folder: str) -> list[str]:
        """The file names below a folder's."""
        return self.folders.get(folder, [])

    def read(self, path: str) -> str:
        return self.texts[path]
