"""What is known of previews: a folder for each below STATE/previews, with a record and the branch's files.

previews/SLUG/preview.json   the record
previews/SLUG/tree/          what the branch holds; folders that stand for claims are mounted from here
previews/SLUG.log            what the last attempt said
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from podpipe.definition.preview import Published
from podpipe.errors import UsageError
from podpipe.files import write_atomic

LIFE, LONGEST_LIFE = 7 * 86400.0, 365 * 86400.0  # seconds
MAKING, UPDATING, REMOVING = "making", "updating", "removing"
READY, FAILED = "ready", "failed"
HALF = {MAKING: "half made", UPDATING: "half updated", REMOVING: "half removed"}  # where nobody is at it any more


@dataclass(frozen=True)
class Preview:
    """One preview. Times are UTC in ISO 8601, `ports` are by what the branch's manifests call them (8080/tcp).

    `addresses` are URLs by the pod's name, `filled` the claims whose volumes have got production's content, `images`
    the references of images that were made for it; `prefix` is the project's folder in the branch; one that has `lived`
    was ready once.
    """

    branch: str
    slug: str
    state: str = MAKING
    commit: str = ""
    created: str = ""
    expires: str = ""
    prefix: str = ""
    ports: Mapping[str, int] = field(default_factory=dict)
    addresses: Mapping[str, list[str]] = field(default_factory=dict)
    lived: bool = False
    filled: tuple[str, ...] = ()
    images: tuple[str, ...] = ()

    @property
    def is_expired(self) -> bool:
        """Past its time; one of which nothing is known is, too."""
        return self.expires < now()

    def as_json(self) -> dict[str, Any]:
        """The preview as `podpipe preview list --json` prints it."""
        return asdict(self)

    def port(self, wanted: Published) -> int | None:
        """The port that stands for one of the branch's; None: none yet."""
        return self.ports.get(port_name(wanted))


def parse_life(text: str) -> float:
    """Seconds, from 7d, 12h or 30m. Errors: UsageError."""
    found = re.fullmatch("([0-9]{1,6})([dhm])", text)
    seconds = int(found[1]) * {"d": 86400.0, "h": 3600.0, "m": 60.0}[found[2]] if found else 0.0
    if not 0 < seconds <= LONGEST_LIFE:
        raise UsageError(f"`{text[:80]}` is not how long a preview may live", hint="write 7d, 12h or 30m; at most 365d")
    return seconds


def port_name(port: Published) -> str:
    """8080/tcp"""
    return f"{port[0]}/{port[1]}"


def now(later: float = 0.0) -> str:
    """The time, so many seconds later."""
    return (datetime.now(timezone.utc) + timedelta(seconds=later)).strftime("%Y-%m-%dT%H:%M:%SZ")


class PreviewStore:
    """The records of one project's previews; `state` is podpipe's folder for it."""

    def __init__(self, state: Path) -> None:
        self.folder = state / "previews"

    def place(self, slug: str) -> Path:
        """A preview's own folder."""
        return self.folder / slug

    def tree(self, slug: str) -> Path:
        """Where the branch's files lie."""
        return self.folder / slug / "tree"

    def log(self, slug: str) -> Path:
        """Where it stands what the last attempt said."""
        return self.folder / f"{slug}.log"

    def forget_logs(self, age: float) -> None:
        """Remove the logs of previews that are gone, once they are so many seconds old."""
        for path in self.folder.glob("*.log"):
            if not self.place(path.stem).exists() and path.stat().st_mtime < time.time() - age:
                path.unlink()

    def save(self, preview: Preview) -> Preview:
        """Write the record, through to the disk. Errors: DiskFull."""
        self.place(preview.slug).mkdir(parents=True, exist_ok=True)
        write_atomic(self.place(preview.slug) / "preview.json", json.dumps(asdict(preview), indent=1))
        return preview

    def load(self, slug: str) -> Preview | None:
        """The record as it stands; of a damaged one no more than the slug is known. None: there is no such preview."""
        if not self.place(slug).is_dir():
            return None
        try:
            return _read(json.loads((self.place(slug) / "preview.json").read_bytes()), slug)
        except (OSError, ValueError, TypeError):
            return Preview("", slug)

    def all(self) -> list[Preview]:
        """The records of all previews, oldest first."""
        slugs = [path.name for path in self.folder.iterdir() if path.is_dir()] if self.folder.is_dir() else []
        return sorted(filter(None, map(self.load, slugs)), key=lambda preview: (preview.created, preview.slug))


def _read(entry: dict[str, Any], slug: str) -> Preview:
    known = {each.name: entry[each.name] for each in fields(Preview) if each.name in entry}
    preview = replace(Preview(**known), slug=slug)
    return replace(preview, filled=tuple(preview.filled), images=tuple(preview.images))
