"""Which images nobody needs. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

CACHE_KEPT = 7 * 86400.0  # seconds: nameless images are what the next build takes its first steps from


@dataclass(frozen=True)
class StockedImage:
    """An image of ours that is there.

    `image` is the name that podpipe.yaml has for it, "" for what a build left without a name; `tags` follow the
    colon. `created` is in seconds of the epoch, `size` in bytes. `is_live`: manifests name it; `is_used`: a container
    is made of it. `result` is what the ledger says of it last, "" for one that `up` built; `rank` counts
    earlier good releases from the newest, 0, on; None: it is the live one, or not a good one.
    """

    id: str
    image: str
    tags: tuple[str, ...]
    created: float
    size: int
    is_live: bool
    is_used: bool
    commit: str = ""
    branch: str = ""
    digest: str = ""
    result: str = ""
    number: int = 0
    rank: int | None = None

    def as_json(self) -> dict[str, Any]:
        """The image as `podpipe images --json` prints it."""
        return {**vars(self), "tags": list(self.tags)}


@dataclass(frozen=True)
class Removal:
    """An image to remove, by all of its names; one without a name by its ID."""

    image: StockedImage
    references: tuple[str, ...]

    def __str__(self) -> str:
        return f"remove   image     {', '.join(self.references)} ({self.image.id[:12]})"


def plan_prune(stock: Iterable[StockedImage], limit: int, our_tags: Collection[str], now: float) -> list[Removal]:
    """What neither a manifest, a container nor one of the last `limit` good releases of its image needs.

    `our_tags` are those that podpipe gave: an image with a tag of the user's own stays.
    """
    return list(_removals(stock, limit, our_tags, now))


def _removals(stock: Iterable[StockedImage], limit: int, our_tags: Collection[str], now: float) -> Iterator[Removal]:
    for each in stock:
        if each.is_live or each.is_used:
            continue
        if not each.image:
            if not each.tags and now - each.created > CACHE_KEPT:
                yield Removal(each, (each.id,))
        elif (each.rank is None or each.rank >= limit) and set(each.tags) <= set(our_tags):
            yield Removal(each, tuple(f"localhost/{each.image}:{tag}" for tag in each.tags))
