"""One build: from the content as it is now to a release, doing again only what changed."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from podpipe.files import checksum, explain_full_disk, lock
from podpipe.web.cache import Cache, open_cache
from podpipe.web.generator import generator_digest
from podpipe.web.limits import MEMORY, MIB, memory_limit
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
from podpipe.web.problems import ContentError, Problem
from podpipe.web.reading import Reader
from podpipe.web.release import Release, current_release, releases, remove_releases, spare_releases
from podpipe.web.rollback import held_release, lift_hold
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

    After a rollback, what was rolled back is not made live again until the content is another.
    Errors: ContentError, DiskFull, LockHeld; the live release stays as it was.
    """
    try:
        with memory_limit(MEMORY):
            return _build(content, output, now)
    except MemoryError:
        message = f"takes more than {MEMORY // MIB} MiB of memory to become a site"
        raise ContentError(Problem(str(content), 0, message)) from None


def _build(content: Path, output: Path, now: datetime) -> Built:
    store = output / "cache"
    with explain_full_disk(store):
        store.mkdir(parents=True, exist_ok=True)
    generator = generator_digest()
    with lock(store / "lock", "another build of this site"), open_cache(store / "pages.db", generator) as cache:
        tree = scan(content)
        reader = Reader(content, cache)
        pages = reader.pages(tree.pages)
        job = _plan(tree, [page for page in pages if is_visible(page, now)], reader, generator)
        cache.forget_sources_but(tree.paths)
        cache.forget_releases_but(releases(output))
        cache.commit()
        live = current_release(output)
        kept = len(job.made_of)
        if _is_new(job, live, output, cache):
            maker = Maker(content, tree.templates, job.site, cache)
            kept = _release(job, output, cache, maker)
            lift_hold(output)
            live = current_release(output)
        return Built(live, len(job.made_of) - kept, kept, next_due(pages, now), tree.stray)


def _is_new(job: _Job, live: str, output: Path, cache: Cache) -> bool:
    """Whether the content is neither the live release's nor that of the one which was rolled back."""
    return job.made_of not in (cache.manifest(live), cache.manifest(held_release(output)))


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


def _release(job: _Job, output: Path, cache: Cache, maker: Maker) -> int:
    """Make and publish a release; returns how many of its files were there already.

    What fails leaves nothing behind.
    """
    live, spares = current_release(output), spare_releases(output)
    stock = cache.manifest(spares[0]) if spares else {}
    release = Release(output, live, spares[0] if stock else "")
    try:
        kept = _fill(release, job, stock, cache.manifest(live), maker)
        cache.note_release(release.publish(), job.made_of)
    except BaseException:
        release.discard()
        raise
    remove_releases(output, spare_releases(output)[1:])
    return kept


def _fill(release: Release, job: _Job, stock: Mapping[str, str], known: Mapping[str, str], maker: Maker) -> int:
    """Put every file in its place; `stock` is what the release began with, `known` what the live one holds."""
    for path, contents in stock.items():
        if job.made_of.get(path) != contents:
            release.remove(path)
    kept = 0
    for item in job.items:
        wanted = job.made_of[item.path]
        in_stock = stock.get(item.path) == wanted and release.has(item.path)
        if in_stock or (known.get(item.path) == wanted and release.take_over(item.path)):
            kept += 1
        else:
            maker.make(item, release)
    return kept
