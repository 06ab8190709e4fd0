"""What was wrong at the last build, for who looks at the site's volume from outside: `podpipe status` does."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterable
from pathlib import Path

from podpipe.errors import DiskFull
from podpipe.files import write_atomic

REPORT = "report.json"


def note_mistakes(output: Path, lines: Iterable[str]) -> None:
    """Write the mistakes down where they are others than before; a disk that is full is told of elsewhere."""
    text = json.dumps({"mistakes": list(lines)}, indent=1)
    report = output / REPORT
    with contextlib.suppress(OSError, DiskFull):
        if not report.exists() or report.read_text() != text:
            write_atomic(report, text)
