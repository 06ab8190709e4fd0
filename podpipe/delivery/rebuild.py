"""From a branch to an image: fetched, built, tested, tagged."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING

from podpipe.definition import DefinitionError, load_definition
from podpipe.definition.specs import BuiltImage, Definition, local_reference
from podpipe.delivery.stock import tags_of
from podpipe.effects.git import Source, fetch_source
from podpipe.effects.images import base_ids, built_from, folder_hash, image_id, make_image
from podpipe.effects.released import Released, load_released
from podpipe.errors import DeliveryFailed, NotFound, PodpipeError
from podpipe.ledger.labels import BRANCH, CREATED, REVISION, SHORT
from podpipe.render.labels import BUILT_FOR, CONTEXT

if TYPE_CHECKING:
    from podpipe.delivery.record import Record
    from podpipe.effects.git import Mirror
    from podpipe.project import Project

SOURCE, BASE_NAME, BASE_DIGEST = (f"org.opencontainers.image.{each}" for each in ("source", "base.name", "base.digest"))


@dataclass
class Rebuild:
    """One image's way out of a repository."""

    project: Project
    image: str
    repository: str
    tag: str = ""
    _fetched: tuple[Mirror, Source] | None = None

    def stands(self, branch: str, commit: str) -> bool:
        """Whether what the branch holds now is what was deployed last and is still in place. Errors: none."""
        release = load_released(self.project.state).get(self.image)
        if release is None or self.tag:
            return False
        try:
            _, source = self._fetch(branch, commit)
        except PodpipeError:  # it will be said where it is written down too
            return False
        if source.commit != release.commit or self._id(local_reference(self.image)) != release.image:
            return False
        return self._has_present_base()

    def _has_present_base(self) -> bool:
        """The base may have got security updates since."""
        labels = self.project.engine.inspect_image(local_reference(self.image)).get("Labels") or {}
        base = labels.get(BASE_NAME, "")
        try:
            return not base or self.project.engine.inspect_image(base).get("Digest", "") == labels.get(BASE_DIGEST)
        except NotFound:
            return False

    def make(self, record: Record, branch: str, commit: str) -> Released:
        """Fetch, build, test and tag. Gives what there is to deploy. Errors: any PodpipeError; no name was moved."""
        with record.step("fetch"):
            mirror, source = self._fetched or self._fetch(branch, commit)
            record.learn(branch=source.branch, commit=source.commit)
            self.project.report(f"{self.image} from {source.branch or 'a commit'} at {source.commit[:SHORT]}")
        with mirror.worktree(source.commit) as tree:
            with record.step("read"):
                check_links(tree, tree / source.prefix)
                image, definition = self._find(tree / source.prefix, source)
            built = self._build(record, image, definition, source)
        with record.step("tag"):
            self._tag(built, source.commit)
        inspected = self.project.engine.inspect_image(built)
        record.learn(image_id=built, digest=inspected.get("Digest", ""))
        return Released(built, source.commit, source.branch, self._folder())

    def _fetch(self, branch: str, commit: str) -> tuple[Mirror, Source]:
        root, state = self.project.definition.root, self.project.state
        self._fetched = fetch_source(root, state, repository=self.repository, branch=branch, commit=commit)
        return self._fetched

    def _find(self, folder: Path, source: Source) -> tuple[BuiltImage, Definition]:
        """The image as the branch defines it."""
        where = f"{source.branch or source.commit[:SHORT]} of {source.url}"
        try:
            definition = load_definition(folder)
        except DefinitionError as error:
            raise DeliveryFailed(f"the definition in {where} has mistakes", lines=str(error).splitlines()) from error
        found = next((each for each in definition.images if each.name == self.image), None)
        if not isinstance(found, BuiltImage):
            raise DeliveryFailed(f"{where} has no image {self.image} that is built", hint="its podpipe.yaml says which")
        return found, definition

    def _build(self, record: Record, image: BuiltImage, definition: Definition, source: Source) -> str:
        """The ID of an image with just this content: one that is there, else a new one."""
        bases = base_ids(self.project.engine, image)
        self._check_bases(image, bases)
        context = built_from(image, bases)
        there = self._there(context)
        if there:
            self.project.report(f"{self.image} was built from the same files before: {there[:SHORT]}")
            return there

        def step(name: str) -> AbstractContextManager[None]:
            self.project.report(f"{name}ing {self.image}")
            return record.step(name)

        labels = {CONTEXT: context, **self._labels(source, bases)}
        name = self._name(source.commit)
        built = make_image(definition, image, labels, log=self.project.log, reference=name, step=step)
        self._check_label(built, context, name)
        return built

    def _check_label(self, built: str, context: str, name: str) -> None:
        """A Containerfile whose last line goes on would take our labels for its own words."""
        labels = self.project.engine.inspect_image(built).get("Labels") or {}
        if labels.get(CONTEXT) != context:
            self.project.engine.remove_image(name)
            hint = "its last line ends in a backslash, or it sets labels of io.podpipe itself: leave that out"
            raise DeliveryFailed(f"the Containerfile of {self.image} swallows podpipe's labels", hint=hint)

    def _check_bases(self, image: BuiltImage, bases: dict[str, str]) -> None:
        missing = [base for base in image.bases if local_reference(base) not in bases]
        if missing:
            hint = f"build it first: podpipe build {' '.join(missing)}"
            raise DeliveryFailed(f"{self.image} stands on {', '.join(missing)}, which is not there", hint=hint)

    def _there(self, context: str) -> str:
        for each in self.project.engine.images():
            if (each.get("Labels") or {}).get(CONTEXT) == context and tags_of(each, [self.image]):
                return str(each["Id"]).removeprefix("sha256:")
        return ""

    def _labels(self, source: Source, bases: dict[str, str]) -> dict[str, str]:
        created = datetime.now(timezone.utc).isoformat(timespec="seconds")
        labels = {BUILT_FOR: self.project.definition.name, SOURCE: source.url, REVISION: source.commit}
        labels.update({BRANCH: source.branch, CREATED: created})
        for reference in list(bases)[:1]:
            labels[BASE_NAME] = reference
            labels[BASE_DIGEST] = self.project.engine.inspect_image(reference).get("Digest", "")
        return labels

    def _tag(self, image: str, commit: str) -> None:
        for name in filter(None, (self._name(commit), f"localhost/{self.image}:{self.tag}" if self.tag else "")):
            if self._id(name) != image:
                self.project.engine.tag_image(image, name)

    def _name(self, commit: str) -> str:
        return f"localhost/{self.image}:{commit[:SHORT]}"

    def _id(self, reference: str) -> str:
        return image_id(self.project.engine, reference)

    def _folder(self) -> str:
        return folder_hash(next(each for each in self.project.definition.images if each.name == self.image))


def check_links(tree: Path, folder: Path) -> None:
    """A branch's definition may not be a link to somebody else's file. Errors: DeliveryFailed."""
    top = tree.resolve()
    for path in (folder / "podpipe.yaml", folder / "pods", *folder.glob("pods/*")):
        if top not in path.resolve().parents:
            shown = path.relative_to(tree)
            raise DeliveryFailed(f"{shown} is a link out of the repository", hint="commit the file itself")
