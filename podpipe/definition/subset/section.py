"""What a section of the subset is, and the reasons that many of them share."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

CLUSTER = "remove it: it steers a cluster, and this is one machine"
RUNTIME = "remove it: only a running cluster sets it"
STATUS = {"status": RUNTIME}
OPTIONAL = {"optional": "remove it: every ConfigMap is known when the files are read"}


class Section(NamedTuple):
    """One mapping of the files: `title` for people, `where` it stands, key -> meaning, key -> what instead."""

    title: str
    where: str
    keys: Mapping[str, str]
    refused: Mapping[str, str] = MappingProxyType({})
