"""podpipe.yaml's `releases` and `repository`: where new images come from, and how they go live."""

from __future__ import annotations

from podpipe.definition.reader import Value
from podpipe.definition.specs import Releases
from podpipe.definition.subset.project import RELEASES

LONGEST = 86400  # seconds
MOST = 100  # images kept


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
