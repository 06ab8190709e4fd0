"""One build: from the content as it is now to a release, doing again only what changed."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from podpipe.files import checksum, explain_full_disk, lock
from podpipe.web.cache import open_cache
from podpipe.web.generator import generator_digest
from podpipe.web.making import THEME_STATIC, Maker
from podpipe.web.page import Page
from podpipe.web.plan import (
    Copy,
    Output,
    check_paths,
    is_visible,
    made_of,
    next_due,
    plan_copies,
    plan_outputs,
)
from podpipe.web.reading import Reader
from podpipe.web.release import Release, current_release, remove_old_releases
from podpipe.web.scan import Tree, scan
from podpipe.web.settings import Site


@dataclass(frozen=True)
class Built:
    """What a build did. `release` is the live one's ID; `made` and `kept` count its files.

    `due` is when a page dated in the future is to appear; `stray` are files that no part publishes.
    """

    release: str
    made: int
    kept: int
    due: datetime | None
    stray: tuple[str, ...]


@dataclass(frozen=True)
class _Job:
    """All that a release is to hold; `made_of` has every path with the checksum of what it is made of."""

    site: Site
    items: tuple[Output | Copy, ...]
    made_of: Mapping[str, str]


def build(content: Path, output: Path, *, now: datetime) -> Built:
    """Make `output/current` the site of `content` as of `now`.

    Errors: ContentError, DiskFull, LockHeld; the live release stays as it was.
    """
    store = output / "cache"
    with explain_full_disk(store):
        store.mkdir(parents=True, exist_ok=True)
    generator = generator_digest()
    with lock(store / "lock", "another build of this site"), open_cache(store / "pages.db", generator) as cache:
        tree = scan(content)
        reader = Reader(content, cache)
        pages = reader.pages(tree.pages)
        job = _plan(tree, [page for page in pages if is_visible(page, now)], reader, generator)
        cache.forget_all_but(tree.paths)
        cache.commit()
        live = current_release(output)
        known = cache.outputs(live)
        kept = len(known)
        if known != job.made_of:
            maker = Maker(content, store / "templates", job.site, cache)
            kept, live = _release(job, known, Release(output, live), maker)
            cache.note_release(live, job.made_of)
            remove_old_releases(output)
        return Built(live, len(job.made_of) - kept, kept, next_due(pages, now), tree.stray)


def _plan(tree: Tree, pages: Sequence[Page], reader: Reader, generator: str) -> _Job:
    site = reader.settings(tree.settings)
    outputs = plan_outputs(site, pages)
    copies = plan_copies(tree, pages, sorted(file.name for file in THEME_STATIC.iterdir()))
    items: tuple[Output | Copy, ...] = (*outputs, *copies)
    check_paths((item.path, item.source) for item in items)
    templates = [(source.path, reader.digest(source)) for source in tree.templates]
    foundation = checksum(json.dumps([generator, templates, repr(site)]))
    checksums = {output.path: made_of(output, foundation) for output in outputs}
    checksums.update({copy.path: reader.digest(copy.file) if copy.file else generator for copy in copies})
    return _Job(site, items, checksums)


def _release(job: _Job, known: Mapping[str, str], release: Release, maker: Maker) -> tuple[int, str]:
    """How many files were taken over, and the new release's ID. What fails leaves nothing behind."""
    kept = 0
    try:
        for item in job.items:
            if known.get(item.path) == job.made_of[item.path] and release.take_over(item.path):
                kept += 1
            else:
                maker.make(item, release)
        return kept, release.publish()
    except BaseException:
        release.discard()
        raise
