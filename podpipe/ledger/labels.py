"""Releases as the labels of images still tell them: for a ledger that had to be begun anew."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timezone
from typing import Any

from podpipe.ledger.release import Release

REVISION = "org.opencontainers.image.revision"
CREATED = "org.opencontainers.image.created"
BRANCH = "io.podpipe.branch"

SHORT = 12  # of a commit's letters are an image's tag
LATEST = "latest"  # the tag that manifests name
LONGEST = 255  # letters of a branch's name
ASKED_BY = "image label"


def known_releases(images: Iterable[Mapping[str, Any]]) -> list[Release]:
    """Releases from images as Podman inspects them, oldest first; what their names do not confirm is left out.

    The one that manifests name is live, the others were built. `id` is 0: `restore` gives them theirs.
    """
    return sorted((each for image in images for each in _releases_of(image)), key=lambda each: each.started)


def _releases_of(image: Mapping[str, Any]) -> Iterator[Release]:
    labels = image.get("Labels") or (image.get("Config") or {}).get("Labels") or {}
    commit = str(labels.get(REVISION, ""))
    if not re.fullmatch(r"[0-9a-f]{40}|[0-9a-f]{64}", commit):
        return
    tags = [str(name).rpartition(":") for name in image.get("RepoTags") or ()]
    for repository, _, tag in tags:
        # An image inherits the labels of the one it stands on: only a name with the commit says that it is its own.
        if repository.startswith("localhost/") and tag == commit[:SHORT]:
            yield Release(
                id=0,
                image=repository.partition("/")[2],
                asked_by=ASKED_BY,
                branch=str(labels.get(BRANCH, ""))[:LONGEST],
                commit=commit,
                digest=str(image.get("Digest") or ""),
                image_id=str(image.get("Id") or "").rpartition(":")[2],
                started=_in_utc(labels.get(CREATED), image.get("Created")),
                result="live" if (repository, ":", LATEST) in tags else "built",
            )


def _in_utc(*times: object) -> str:
    """The first of these that is a time, as `Release.started` has it."""
    for time in times:
        if isinstance(time, int):  # Podman's own, where it lists images
            return datetime.fromtimestamp(time, timezone.utc).isoformat(timespec="seconds")
        found = re.fullmatch(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.\d+)?(Z|[+-]\d\d:\d\d)", str(time))
        if found:
            try:
                moment = datetime.fromisoformat(found[1] + found[2].replace("Z", "+00:00"))
                return moment.astimezone(timezone.utc).isoformat(timespec="seconds")
            except (ValueError, OverflowError):  # the 31st of June
                continue
    return datetime.fromtimestamp(0, timezone.utc).isoformat(timespec="seconds")
