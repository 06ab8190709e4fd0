"""What a section of the subset is, and the reasons that many of them share."""

from __future__ import annotations

from dataclasses import dataclass, field

CLUSTER = "remove it: it steers a cluster, and this is one machine"
RUNTIME = "remove it: only a running cluster sets it"
STATUS = {"status": RUNTIME}
OPTIONAL = {"optional": "remove it: every ConfigMap is known when the files are read"}


@dataclass(frozen=True)
class Section:
    """One mapping of the files: `title` for people, `where` it stands, key -> meaning, key -> what instead."""

    title: str
    where: str
    keys: dict[str, str]
    refused: dict[str, str] = field(default_factory=dict)
