"""The images that are there: what is known of each, which one to go back to, which ones to remove."""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from podpipe.definition.platform import is_platform_tag
from podpipe.definition.specs import BuiltImage
from podpipe.errors import EngineError, UsageError
from podpipe.plan.prune import Removal, StockedImage, plan_prune
from podpipe.render.labels import BUILT_FOR, CONTEXT

if TYPE_CHECKING:
    from podpipe.ledger import Ledger, Release
    from podpipe.project import Project

ALL = 10_000  # releases looked at
OUR_TAG = re.compile(r"[0-9a-f]{12}|id-[0-9a-f]{12}")
SHORTEST = 4  # letters by which a commit or an ID is known


def look_at_stock(project: Project, ledger: Ledger) -> list[StockedImage]:
    """The images of a project, and what builds left without a name; newest first."""
    names = [image.name for image in project.definition.images if isinstance(image, BuiltImage)]
    used = {each.get("ImageID", "").removeprefix("sha256:") for each in project.engine.containers()}
    entries = [each for each in project.engine.images() if _is_ours(each, names, project.definition.name)]
    releases = ledger.releases(limit=ALL)
    stock = [_stocked(each, names, used, releases) for each in entries]
    return _ranked(sorted(stock, key=lambda each: (-(each.number or 0), -each.created)))


def choose_release(stock: Iterable[StockedImage], image: str, to: str, numbers: Mapping[int, str]) -> StockedImage:
    """The image to go back to: the last one that was live before this one, or what `to` names. Errors: UsageError.

    `numbers` are the releases of this image, each with its image's ID.
    """
    ours = [each for each in stock if each.image == image]
    if to.isdecimal() and int(to) in numbers:
        to = numbers[int(to)]
    if to:
        found = [each for each in ours if _is_meant(each, to)]
        if len(found) == 1:
            return found[0]
        problem = f"{len(found)} images of {image} go by {to}" if found else f"no image of {image} goes by {to}"
        raise UsageError(problem, hint=f"`podpipe images` lists what is there: {_listed(ours) or 'none'}")
    good = [each for each in ours if each.rank is not None and each.result != "built"]
    if not good:
        raise UsageError(f"there is no earlier good image of {image}", hint="`podpipe images` lists what is there")
    return good[0]


def prune(project: Project, stock: Iterable[StockedImage], *, dry_run: bool) -> list[Removal]:
    """Remove what nobody needs; what turns out to be needed (a base of another image) stays."""
    stock = list(stock)
    tags = {tag for each in stock for tag in each.tags if is_our_tag(tag)}
    planned = plan_prune(stock, project.definition.releases.history_limit, tags, time.time())
    if dry_run:
        return planned
    return [removal for removal in planned if _remove(project, removal)]


def is_our_tag(tag: str) -> bool:
    """Whether podpipe itself gives such tags: they come and go."""
    return tag == "latest" or bool(OUR_TAG.fullmatch(tag)) or is_platform_tag(tag)


def _remove(project: Project, removal: Removal) -> bool:
    try:
        for reference in removal.references:
            project.engine.remove_image(reference)
    except EngineError as error:
        project.report(f"{', '.join(removal.references)} stays: {error.message}")
        return False
    return True


def _is_ours(entry: Mapping[str, Any], names: list[str], project: str) -> bool:
    """Another project may call an image of its own alike."""
    labels = entry.get("Labels") or {}
    if labels.get(BUILT_FOR, project) != project:
        return False
    return bool(tags_of(entry, names)) or (not entry.get("RepoTags") and CONTEXT in labels)


def tags_of(entry: Mapping[str, Any], names: Iterable[str]) -> list[tuple[str, str]]:
    """(image, tag) of each name of an image that is this project's and for this machine."""
    split = [name.rpartition(":") for name in entry.get("RepoTags") or ()]
    known = {f"localhost/{name}": name for name in names}
    own = [(repository, tag) for repository, _, tag in split if not is_platform_tag(tag)]
    return [(known[repository], tag) for repository, tag in own if repository in known]


def _stocked(
    entry: Mapping[str, Any], names: Iterable[str], used: set[str], releases: Iterable[Release]
) -> StockedImage:
    identity = str(entry["Id"]).removeprefix("sha256:")
    tags = tags_of(entry, names)
    image = Counter(name for name, _ in tags).most_common(1)[0][0] if tags else ""
    told = [each for each in releases if each.image_id == identity and each.is_over]
    live = [each for each in told if each.result == "live"]
    last = next(iter(live or told), None)
    return StockedImage(
        id=identity,
        image=image,
        tags=tuple(sorted(tag for _, tag in tags)),
        created=float(entry.get("Created") or 0),
        size=int(entry.get("Size") or 0),
        is_live=any(tag == "latest" for _, tag in tags),
        is_used=identity in used,
        commit=last.commit if last else "",
        branch=last.branch if last else "",
        digest=last.digest if last else str(entry.get("Digest") or ""),
        result=last.result if last else "",
        number=last.id if last else 0,
    )


def _ranked(stock: list[StockedImage]) -> list[StockedImage]:
    """Counted from the newest on: what was live once or built by `up`, and what was built to be deployed later."""
    from dataclasses import replace

    counts: Counter[tuple[str, str]] = Counter()
    ranked = []
    for each in stock:
        good = each.result in ("live", "built", "")
        kind = (each.image, "built" if each.result == "built" else "live")
        is_old = bool(each.image) and good and not each.is_live
        ranked.append(replace(each, rank=counts[kind]) if is_old else each)
        counts[kind] += is_old
    return ranked


def _is_meant(each: StockedImage, to: str) -> bool:
    if to in each.tags:
        return True
    known = (each.commit, each.id, each.digest, each.digest.removeprefix("sha256:"))
    return len(to) >= SHORTEST and any(name.startswith(to.lower()) for name in known if name)


def _listed(stock: Iterable[StockedImage]) -> str:
    return ", ".join((each.commit or each.id)[:12] for each in stock)
