"""Pages to outputs: every file of the site, by which template it is made and of what. Pure."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import NamedTuple, Union

from podpipe.files import checksum
from podpipe.web.links import Directory
from podpipe.web.page import HOME, PAGE, SECTION, Page, folder_url, is_same_tag, tag_url, title_of
from podpipe.web.problems import Problem
from podpipe.web.scan import STATIC, Source, Tree, folder_of
from podpipe.web.settings import Link, Site

HOME_POSTS = 10
FEED_POSTS = 20


class Tag(NamedTuple):
    """A tag with its pages, newest first."""

    name: str
    url: str
    pages: tuple[Page, ...]


@dataclass(frozen=True)
class Output:
    """A file of the site: `path` in it, the template and the values it is made of.

    `bodies` are the pages whose text the template may show; `source` says whose output it is. `links` has, by the
    source of each of these pages, what its text names other pages by, with their addresses.
    """

    path: str
    template: str
    source: str
    context: Mapping[str, object] = field(default_factory=dict)
    bodies: tuple[Page, ...] = ()
    links: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Copy:
    """A file of the site that is a file of the content, or of the theme where `file` is None."""

    path: str
    source: str
    file: Source | None = None


Item = Union[Output, Copy]


def is_visible(page: Page, now: datetime) -> bool:
    """Drafts, pages of the future and those that are over are left out."""
    begun = page.appears is None or page.appears <= now
    return not page.draft and begun and (page.expires is None or now < page.expires)


def next_due(pages: Iterable[Page], now: datetime) -> datetime | None:
    """When the next page of the future is to appear, or one to go."""
    moments = (moment for page in pages if not page.draft for moment in (page.appears, page.expires))
    return min((moment for moment in moments if moment and moment > now), default=None)


def with_sections(pages: Sequence[Page]) -> list[Page]:
    """The pages, of which those at the address of a folder with pages in it are that folder's own.

    So are `posts/index.md` beside others and `docs/install.md` beside `docs/install/`, unless an _index.md is there.
    One with a date stays a post, which a section is not: the folder has no page but this.
    """
    written = {page.folder for page in pages if page.kind == SECTION}
    folders = {folder_url(folder): folder for folder in _folders(pages) - written}

    def placed(page: Page) -> Page:
        folder = folders.get(page.url) if page.kind == PAGE and not page.date else None
        return replace(page, kind=SECTION, folder=folder, key=f"{SECTION} {page.key}") if folder else page

    return list(map(placed, pages))


def with_layouts(pages: Iterable[Page], templates: Collection[str]) -> tuple[list[Page], list[Problem]]:
    """The pages, those whose layout is not there with the usual one, and word of these."""
    found, lost = [], []
    for page in pages:
        if page.layout and f"{page.layout}.html" not in templates:
            what = f"asks for the template {page.layout}.html, which is not there: it is shown by the usual one"
            lost.append(Problem(page.source, 0, what))
            page = replace(page, layout="")
        found.append(page)
    return found, lost


def plan_outputs(site: Site, pages: Sequence[Page]) -> list[Output]:
    """Every output that a template makes, for the visible pages."""
    plain = _in_order(page for page in pages if page.kind == PAGE)
    posts = tuple(page for page in plain if page.date)
    sections = _sections(pages)
    tags = _tags(plain)
    outputs = [
        *(_home(home, posts, sections) for home in _homes(site, pages)),
        *_section_pages(plain, sections),
        *_pages(plain, posts, sections),
        *_tag_pages(tags),
        *(Output(alias, "alias.html", page.source, {"page": page}) for page in pages for alias in page.aliases),
        Output("404.html", "404.html", "the 404 page"),
        Output("feed.xml", "feed.xml", "the feed", {"pages": posts[:FEED_POSTS]}, posts[:FEED_POSTS]),
        Output("sitemap.xml", "sitemap.xml", "the sitemap", {"pages": (*sections, *plain), "tags": tags}),
    ]
    common = {"menu": site.menu or _menu(plain, sections), "has_tags": bool(tags)}
    links = _links(pages)
    return [
        replace(
            output,
            context={**common, **output.context},
            links={page.source: links.get(page.source, {}) for page in output.bodies},
        )
        for output in outputs
    ]


def plan_copies(tree: Tree, pages: Iterable[Page], theme_files: Iterable[str]) -> list[Copy]:
    """static/ at the top, what lies beside an index.md beside its page, and the theme's own files."""
    copies = [Copy(file.path[len(STATIC) :], file.path, file) for file in tree.static]
    urls = {folder_of(page.source): page.url for page in pages if page.source.endswith("/index.md")}
    for file in tree.bundled:
        folder = folder_of(file.path)
        if folder in urls:  # else the page is a draft
            copies.append(Copy(urls[folder][1:] + file.path[len(folder) + 1 :], file.path, file))
    taken = {copy.path for copy in copies}
    copies += [Copy(name, f"theme/{name}") for name in theme_files if name not in taken]
    return copies


def made_of(output: Output, foundation: str) -> str:
    """The checksum of all that an output's bytes depend on; `foundation` stands for templates and settings."""
    bodies = [page.body for page in output.bodies]
    context = _identity(output.context)
    return checksum(json.dumps([foundation, output.template, output.source, context, bodies, output.links]))


def settle(
    claims: Iterable[tuple[Item, str]], owners: Mapping[str, str]
) -> tuple[dict[str, tuple[Item, str]], list[Problem]]:
    """One item for each path, and what is wrong with the others.

    `claims` are (item, checksum of what it is made of), `owners` the sources of what is live by path: of two for one
    path the one that has it keeps it, else the first; where a folder has to be there can be no file.
    """
    settled: dict[str, tuple[Item, str]] = {}
    problems = []
    for item, contents in claims:
        path, holder = item.path, settled.get(item.path)
        if holder and owners.get(path) != item.source:
            problems.append(Problem(item.source, 0, f"would become /{path}, and so would {holder[0].source}"))
            continue
        if holder:
            problems.append(Problem(holder[0].source, 0, f"would become /{path}, and so would {item.source}"))
        settled[path] = item, contents
    for path, (item, _) in list(settled.items()):
        for folder in _parents(path):
            if folder in settled:
                owner = settled[folder][0].source
                problems.append(Problem(item.source, 0, f"would lie in /{folder}/, which is a file: {owner}"))
                settled.pop(path, None)
    return settled, problems


def merged_tags(pages: Iterable[Page]) -> list[Problem]:
    """Of two tags that are one here, since they have one address, though they are not written alike."""
    first: dict[str, str] = {}
    found = {}
    for page in pages:
        for tag in page.tags:
            other = first.setdefault(tag_url(tag), tag)
            if not is_same_tag(tag, other) and tag not in found:
                message = f"the tags `{other}` and `{tag}` have one address, {tag_url(tag)}, and are one tag here"
                found[tag] = Problem(page.source, 0, f"{message}: write one of them otherwise")
    return list(found.values())


def lost_links(pages: Sequence[Page]) -> list[Problem]:
    """Of links to files of pages that are not to be seen, or not there."""
    return [
        Problem(page, 0, f"leads to `{target}`, which is no page that is to be seen")
        for page, addresses in _links(pages).items()
        for target, address in addresses.items()
        if not address
    ]


def _links(pages: Sequence[Page]) -> dict[str, dict[str, str]]:
    """By page what its text names others by, each with the address."""
    directory = Directory(pages)
    return {
        page.source: {target: directory.address(target, page.source) for target in page.links}
        for page in pages
        if page.links
    }


def _identity(value: object) -> object:
    if isinstance(value, Page):
        return value.key
    if isinstance(value, Mapping):
        return {key: _identity(entry) for key, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [_identity(entry) for entry in value]
    return value


def _in_order(pages: Iterable[Page]) -> list[Page]:
    """Newest first, then what has no date, by weight and title."""

    def place(page: Page) -> tuple[bool, float, int, str, str]:
        return page.date is None, -page.date.timestamp() if page.date else 0.0, page.weight, page.title, page.url

    return sorted(pages, key=place)


def _homes(site: Site, pages: Iterable[Page]) -> list[Page]:
    """The home page; more than one is for `check_paths` to refuse."""
    homes = [page for page in pages if page.kind == HOME]
    return homes or [Page(source="the home page", kind=HOME, url="/", folder="", title=site.title, key="home")]


def _sections(pages: Sequence[Page]) -> tuple[Page, ...]:
    """A section for each folder that holds pages and for those above it, with an _index.md or without."""
    written = {page.folder: page for page in pages if page.kind == SECTION}
    posts = {page.url for page in pages if page.kind == PAGE}
    folders = [folder for folder in sorted(_folders(pages)) if folder in written or folder_url(folder) not in posts]
    return tuple(written.get(folder) or _bare_section(folder) for folder in folders)


def _folders(pages: Iterable[Page]) -> set[str]:
    return {above for page in pages if page.folder for above in (page.folder, *_parents(page.folder))}


def _bare_section(folder: str) -> Page:
    title = title_of(folder.rpartition("/")[2])
    return Page(f"{folder}/", SECTION, folder_url(folder), folder, title, key=f"section {folder}")


def _parents(path: str) -> Iterator[str]:
    """The folders above a relative path, without the top."""
    while "/" in path:
        path = path.rpartition("/")[0]
        yield path


def _menu(plain: Iterable[Page], sections: Iterable[Page]) -> tuple[Link, ...]:
    """The top's pages and sections, by weight and title."""
    top = [page for page in plain if not page.folder] + [page for page in sections if "/" not in page.folder]
    top.sort(key=lambda page: (page.weight, page.title, page.url))
    return tuple(Link(page.title, page.url) for page in top)


def _home(home: Page, posts: Sequence[Page], sections: Sequence[Page]) -> Output:
    context = {"page": home, "pages": posts[:HOME_POSTS], "more": len(posts) > HOME_POSTS, "sections": sections}
    return _page_output(home, "home", context)


def _section_pages(plain: Iterable[Page], sections: Iterable[Page]) -> Iterator[Output]:
    """Each with all pages that are somewhere beneath it, and the sections that are right beneath it."""
    pages: dict[str, list[Page]] = {}
    below: dict[str, list[Page]] = {}
    for page in plain:
        for folder in (page.folder, *_parents(page.folder)):
            pages.setdefault(folder, []).append(page)
    for section in sections:
        below.setdefault(section.folder.rpartition("/")[0], []).append(section)
    for section in sections:
        folder = section.folder
        context = {"page": section, "pages": pages.get(folder, []), "sections": below.get(folder, [])}
        yield _page_output(section, "section", context)


def _pages(plain: Sequence[Page], posts: Sequence[Page], sections: Iterable[Page]) -> Iterator[Output]:
    newer = {older.source: post for post, older in zip(posts, posts[1:])}
    older = {post.source: older for post, older in zip(posts, posts[1:])}
    parents = {section.folder: Link(section.title, section.url) for section in sections}
    for page in plain:
        context = {
            "page": page,
            "section": parents.get(page.folder),
            "newer": newer.get(page.source),
            "older": older.get(page.source),
        }
        yield _page_output(page, "page", context)


def _page_output(page: Page, template: str, context: Mapping[str, object]) -> Output:
    path = f"{page.url[1:]}index.html"
    bodies = (page,) if page.body else ()
    return Output(path, f"{page.layout or template}.html", page.source, context, bodies)


def _tags(plain: Iterable[Page]) -> tuple[Tag, ...]:
    """By address: two spellings with one address are one tag, under the one that sorts first."""
    names: dict[str, set[str]] = {}
    pages: dict[str, dict[str, Page]] = {}
    for page in plain:
        for tag in page.tags:
            url = tag_url(tag)
            names.setdefault(url, set()).add(tag)
            pages.setdefault(url, {})[page.source] = page
    return tuple(Tag(min(names[url]), url, tuple(pages[url].values())) for url in sorted(pages))


def _tag_pages(tags: Sequence[Tag]) -> Iterator[Output]:
    if tags:
        yield Output("tags/index.html", "tags.html", "the tags", {"tags": tags})
    for tag in tags:
        yield Output(f"{tag.url[1:]}index.html", "tag.html", f"the tag {tag.name}", {"tag": tag})
