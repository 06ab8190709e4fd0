"""podpipe.yaml: what Kubernetes has no word for."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from podpipe.definition.branches import read_branches
from podpipe.definition.content import read_content, read_repository
from podpipe.definition.images import read_images
from podpipe.definition.names import read_name
from podpipe.definition.paths import read_project_path
from podpipe.definition.reader import Fields, Value, suggest
from podpipe.definition.releases import read_limits, read_releases
from podpipe.definition.sources import read_sources
from podpipe.definition.specs import (
    BranchRule,
    DataSource,
    DebianImage,
    FolderContent,
    GitContent,
    Image,
    Limits,
    Place,
    Releases,
    image_reference,
    local_reference,
)
from podpipe.definition.subset.project import VOLUME_FOLDER
from podpipe.definition.supervision import Supervision, read_supervision

CONTENT_CLAIM = "content"


class ClaimFolder(NamedTuple):
    """A project folder in the place of a claim's volume."""

    folder: Path
    place: Place


class ProjectFile(NamedTuple):
    """What podpipe.yaml says; `folders` are those that stand for claims, by the claim's name.

    `references` are those of all images, of the ones too that are wrong and so not among `images`.
    """

    name: str
    images: tuple[Image, ...]
    references: frozenset[str]
    infra: str
    content: GitContent | FolderContent | None
    folders: dict[str, ClaimFolder]
    data: tuple[DataSource, ...]
    supervision: Supervision
    branches: tuple[BranchRule, ...]
    releases: Releases
    limits: Limits
    repository: str


def read_project_file(fields: Fields, root: Path) -> ProjectFile:
    """The whole file; what is wrong in it is left out."""
    images = read_images(fields.get("images"), root)
    content = read_content(fields.get("content"), root)
    folders = _read_folders(fields.get("volumes"), root)
    value, repository = fields.get("content"), fields.get("repository")
    if value and isinstance(content, FolderContent):
        if CONTENT_CLAIM in folders:
            value.refuse("`volumes` names a folder for the claim `content` too", "keep one of the two")
        folders[CONTENT_CLAIM] = ClaimFolder(content.folder, value.place)
    return ProjectFile(
        name=read_name(fields.get("name", required=True)),
        images=images,
        references=_references(fields.get("images"), images),
        infra=_read_infra(fields.get("infra"), images),
        content=content,
        folders=folders,
        data=read_sources(fields.get("data"), root),
        supervision=read_supervision(fields),
        branches=read_branches(fields.get("branches")),
        releases=read_releases(fields.get("releases")),
        limits=read_limits(fields.get("limits")),
        repository=(read_repository(repository) if repository else None) or "",
    )


def _references(value: Value | None, images: tuple[Image, ...]) -> frozenset[str]:
    known = {image.name: image_reference(image) for image in images}
    names = [key.string() or "" for key, _ in (value.entries() if value else [])]
    return frozenset({**{name: local_reference(name) for name in names}, **known}.values())


def _read_folders(value: Value | None, root: Path) -> dict[str, ClaimFolder]:
    folders = {}
    for key, entry in value.entries() if value else []:
        name = read_name(key)
        fields = entry.fields(VOLUME_FOLDER)
        folder = fields.get("folder", required=True) if fields else None
        path = read_project_path(folder, root, "folder") if folder else None
        if name and path:
            folders[name] = ClaimFolder(path, key.place)
    return folders


def _read_infra(value: Value | None, images: tuple[Image, ...]) -> str:
    """The infra image's reference; without one, Podman takes its own."""
    references = {image.name: image_reference(image) for image in images}
    if value is None:
        return next((references[image.name] for image in images if isinstance(image, DebianImage)), "")
    name = value.string()
    if name is None:
        return ""
    if name not in references:
        value.refuse(f"no image `{name[:80]}` stands in `images`", suggest(name, references) or "name one of them")
    return references.get(name, "")
