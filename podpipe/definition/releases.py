"""podpipe.yaml's `releases` and `limits`: how new images go live, and what a container may take."""

from __future__ import annotations

from podpipe.definition.reader import Value
from podpipe.definition.specs import Limits, Releases
from podpipe.definition.subset.project import LIMITS, RELEASES

LONGEST = 86400  # seconds
MOST = 100  # images kept
FEWEST_PROCESSES, FEWEST_FILES = 16, 64  # with less the container's own runtime fails, and no message says why
NO_LIMIT = 1 << 20


def read_releases(value: Value | None) -> Releases:
    """What is said; the rest as it is without the key."""
    fields = value.fields(RELEASES) if value else None
    usual = Releases()
    if fields is None:
        return usual
    deadline = fields.get("progressDeadlineSeconds")
    return Releases(
        progress_deadline=deadline.integer(1, LONGEST) if deadline else None,
        min_ready=fields.integer("minReadySeconds", usual.min_ready, 0, LONGEST),
        history_limit=fields.integer("revisionHistoryLimit", usual.history_limit, 1, MOST),
        trial=fields.boolean("trial", usual.trial),
    )


def read_limits(value: Value | None) -> Limits:
    """What is said; without the key there is no limit but Podman's."""
    fields = value.fields(LIMITS) if value else None
    processes, files = (fields.get("processes"), fields.get("files")) if fields else (None, None)
    return Limits(
        processes.integer(FEWEST_PROCESSES, NO_LIMIT) if processes else None,
        files.integer(FEWEST_FILES, NO_LIMIT) if files else None,
    )
