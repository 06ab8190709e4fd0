"""One build: from the content as it is now to a release, doing again only what changed."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from podpipe.files import checksum, explain_full_disk, lock
from podpipe.web.cache import Cache, Made, open_cache
from podpipe.web.generator import generator_digest
from podpipe.web.limits import MEMORY, MIB, memory_limit
from podpipe.web.making import THEME_STATIC, THEME_TEMPLATES, Maker
from podpipe.web.page import Page
from podpipe.web.plan import (
    Item,
    is_visible,
    lost_links,
    made_of,
    merged_tags,
    next_due,
    plan_copies,
    plan_outputs,
    settle,
    with_layouts,
    with_sections,
)
from podpipe.web.problems import ContentError, Problem, merged
from podpipe.web.reading import Reader
from podpipe.web.release import Release, current_release, releases, remove_releases, spare_releases
from podpipe.web.rollback import held_release, lift_hold
from podpipe.web.scan import TEMPLATES, Tree, scan
from podpipe.web.settings import Site
from podpipe.web.texts import Texts


@dataclass(frozen=True)
class Built:
    """What a build did. `release` is the live one's ID; `made` and `kept` count its files.

    `due` is when a page dated in the future is to appear; `stray` are files that no part publishes. Of the `problems`
    each keeps something from being as it is written: it is as it was before, or not there; `warnings` keep nothing.
    """

    release: str
    made: int
    kept: int
    due: datetime | None
    stray: tuple[str, ...]
    problems: tuple[Problem, ...] = ()
    warnings: tuple[Problem, ...] = ()


@dataclass(frozen=True)
class _Job:
    """All that a release is to hold: by path the item and the checksum of what it is made of, "" if it cannot be."""

    site: Site
    items: Mapping[str, tuple[Item, str]]

    @property
    def wanted(self) -> dict[str, str]:
        return {path: contents for path, (_, contents) in self.items.items()}


def build(content: Path, output: Path, *, now: datetime) -> Built:
    """Make `output/current` the site of `content` as of `now`.

    What has a mistake stays as it was, and the rest goes live. After a rollback, what was rolled back is not made live
    again until the content is another. Errors: ContentError where the site is strict, or nothing can be made; DiskFull,
    LockHeld. With an error the live release stays as it was.
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
        site = reader.settings(tree.settings)
        templates = reader.digests(tree.templates)
        foundation = checksum(json.dumps([generator, sorted(templates.items()), repr(site)]))
        maker = Maker(content, tree.templates, site, cache)
        pages = with_sections(reader.pages(tree.pages, Texts(maker.open_theme, foundation), site.zone))
        layouts = {source.path[len(TEMPLATES) :] for source in tree.templates} | THEME_TEMPLATES
        visible, lost = with_layouts((page for page in pages if is_visible(page, now)), layouts)
        claims: list[tuple[Item, str]] = [(each, made_of(each, foundation)) for each in plan_outputs(site, visible)]
        claims += _copies(tree, visible, reader, generator)
        items, clashes = settle(claims, cache.made(current_release(output)).owners)
        job = _Job(site, items)
        cache.forget_sources_but(tree.paths)
        cache.forget_releases_but(releases(output))
        cache.commit()
        warnings = [each for page in pages for each in page.warnings]
        warnings += lost + merged_tags(visible) + lost_links(visible)
        problems = [*tree.problems, *reader.problems, *clashes]
        made, count = _standing(job, output, cache), 0
        if made is None:
            made, count = _release(job, output, cache, maker, problems)
        problems += made.problems
        if problems and job.site.strict:
            raise ContentError(*merged(problems))
        release, kept = current_release(output), len(made.files) - count
        return Built(release, count, kept, next_due(pages, now), tree.stray, merged(problems), merged(warnings))


def _standing(job: _Job, output: Path, cache: Cache) -> Made | None:
    """The live release, or the one that was rolled back, if it was made for the same content."""
    candidates = map(cache.made, (current_release(output), held_release(output)))
    return next((made for made in candidates if made.wanted == job.wanted), None)


def _copies(tree: Tree, pages: Sequence[Page], reader: Reader, generator: str) -> list[tuple[Item, str]]:
    """The files that are copied, each with the checksum of what it is."""
    copies = plan_copies(tree, pages, sorted(file.name for file in THEME_STATIC.iterdir()))
    digests = reader.digests(copy.file for copy in copies if copy.file)
    return [(each, digests.get(each.file.path, "") if each.file else generator) for each in copies]


def _release(job: _Job, output: Path, cache: Cache, maker: Maker, problems: Sequence[Problem]) -> tuple[Made, int]:
    """Make a release and publish it, if it differs from the live one; returns what it holds and how much is new.

    What fails leaves nothing behind.
    """
    live, spares = current_release(output), spare_releases(output)
    stock, known = cache.made(spares[0]).files if spares else {}, cache.made(live).files
    release = Release(output, live, spares[0] if stock else "")
    try:
        made, count = _fill(release, job, stock, known, maker)
        if not made.files or (job.site.strict and (problems or made.problems)):
            raise ContentError(*merged([*problems, *made.problems]))
        if made.files == known:
            release.discard()
            cache.note_release(live, made)
        else:
            cache.note_release(release.publish(), made)
            lift_hold(output)
    except BaseException:
        release.discard()
        raise
    remove_releases(output, spare_releases(output)[1:])
    return made, count


def _fill(
    release: Release, job: _Job, stock: Mapping[str, str], known: Mapping[str, str], maker: Maker
) -> tuple[Made, int]:
    """Put every file in its place; `stock` is what the release began with, `known` what the live one holds.

    What cannot be made stays as it is live.
    """
    wanted = job.wanted
    for path, contents in stock.items():
        if not contents or wanted.get(path) != contents:
            release.remove(path)
    files: dict[str, str] = {}
    problems: list[Problem] = []
    count = 0
    for path, (item, contents) in job.items.items():
        in_stock = contents and stock.get(path) == contents and release.has(path)
        if in_stock or (contents and known.get(path) == contents and release.take_over(path)):
            files[path] = contents
            continue
        try:
            if contents:
                maker.make(item, release)
                files[path], count = contents, count + 1
                continue
        except ContentError as error:
            problems += error.problems
        if release.take_over(path):
            files[path] = known.get(path, "")
    owners = {path: item.source for path, (item, _) in job.items.items()}
    return Made(files, wanted, tuple(problems), owners), count
