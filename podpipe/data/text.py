"""What a source's file is: text, which becomes UTF-8 in lines, or something else, which is named."""

from __future__ import annotations

import codecs
from typing import BinaryIO

from podpipe.errors import SourceError

_CHUNK = 64 * 1024
_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_KINDS = {
    b"PK\x03\x04": "a zip archive, as an .xlsx is one too",
    b"PK\x05\x06": "an empty zip archive",
    b"\xd0\xcf\x11\xe0": "a file of an old Excel or Word",
    b"%PDF-": "a PDF",
    b"SQLite format 3\0": "an SQLite database",
    b"PAR1": "a Parquet file",
    b"BZh": "packed with bzip2",
    b"\xfd7zXZ\0": "packed with xz",
    b"\x28\xb5\x2f\xfd": "packed with zstd",
    b"7z\xbc\xaf\x27\x1c": "a 7z archive",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
}


def refuse_others(file: BinaryIO, name: str) -> None:
    """Errors: SourceError for a file that is no text but something well known."""
    file.seek(0)
    start = file.read(16)
    for mark, kind in _KINDS.items():
        if start.startswith(mark):
            hint = "sync reads CSV and JSON, plain or gzip: unpack or convert it, or ask for another address"
            raise SourceError(f"{name} is {kind}", hint=hint)


def as_utf8(file: BinaryIO, encoding: str, into: BinaryIO, largest: int) -> BinaryIO:
    """The file itself, or the same text in UTF-8 with line feeds, where it is in another encoding or has only CRs.

    At most `largest` bytes become of it. Errors: SourceError where it is not in that encoding.
    """
    file.seek(0)
    head = file.read(_CHUNK)
    file.seek(0)
    encoding = encoding or ("utf-16" if head.startswith(_UTF_16) else "")
    if not encoding and (b"\n" in head or b"\r" not in head):
        return file
    decoder = codecs.getincrementaldecoder(encoding or "utf-8-sig")()
    ends = None  # whether lines end in CR alone
    while True:
        data = file.read(_CHUNK)
        try:
            text = decoder.decode(data, final=not data)
            ends = ("\r" in text and "\n" not in text) if ends is None else ends
            into.write((text.replace("\r", "\n") if ends else text).encode())
        except UnicodeError as error:
            hint = "correct `encoding` in podpipe.yaml" if encoding else "name its `encoding` in podpipe.yaml"
            raise SourceError(f"not {encoding or 'UTF-8'}: {error}", hint=hint) from error
        if into.tell() > largest:
            raise SourceError(f"the file is more than {largest} bytes in UTF-8", hint="split it")
        if not data:
            into.flush()
            return into
