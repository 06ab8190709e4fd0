"""What a request comes to: the images that it is about, bases first, each rebuilt by itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Protocol

from podpipe.definition.branches import action_for
from podpipe.definition.specs import BuiltImage, Definition
from podpipe.delivery.commits import NONE, Commits
from podpipe.delivery.requests import Request
from podpipe.delivery.touched import all_images, changed_entries, project_file, touched_images
from podpipe.effects.git import choose_repository
from podpipe.errors import PodpipeError
from podpipe.report import Report


class Deliverer(Protocol):
    """What a request needs of `podpipe.Delivery`."""

    def rebuild(
        self, image: str, *, branch: str = "", commit: str = "", repository: str = "", deploy: bool = True
    ) -> object:
        """Build an image from a branch's commit, test it, and `deploy` it or only tag it. Errors: PodpipeError."""
        ...

    def preview(self, branch: str, *, commit: str = "", repository: str = "") -> object:
        """Let the whole project run from that commit beside itself. Errors: PodpipeError."""
        ...


@dataclass(frozen=True)
class Workshop:
    """The project as it is now; `deliver` gives the Deliverer for who asked: push or webhook."""

    definition: Definition
    deliver: Callable[[str], Deliverer]
    spool: Path | None = None


class Fulfilment:
    """One request."""

    def __init__(self, workshop: Workshop, request: Request, report: Report) -> None:
        self.definition = workshop.definition
        self.deliverer = workshop.deliver(request.asked_by)
        self.request = request
        self.report = report
        self.action = action_for(self.definition.branches, request.branch)

    def run(self) -> tuple[str, bool]:
        """What came of it, and whether that is well."""
        if self.action == "ignore":
            return f"podpipe.yaml's branches ignore {self.request.branch}", True
        if self.action == "preview":
            return self._preview()
        images = self._images()
        if not images:
            return "no image is made of what changed: nothing to do", True
        bad = self._rebuild(images)
        good = [image.name for image in images if image.name not in bad]
        what = "deployed" if self.action == "deploy" else "built and tested"
        told = [f"{what}: {', '.join(good)}"] if good else []
        told += [f"failed: {', '.join(bad)}"] if bad else []
        return "; ".join(told), not bad

    def _preview(self) -> tuple[str, bool]:
        request = self.request
        where = {"commit": request.commit, "repository": request.repository}
        done = self._try(partial(self.deliverer.preview, request.branch, **where))
        return ("its preview is up" if done else "failed: its preview"), done

    def _rebuild(self, images: Sequence[BuiltImage]) -> list[str]:
        """The images that failed, or stand on such; the others go on."""
        bad: list[str] = []
        for image in images:
            if broken := set(image.bases) & {*bad}:
                self.report(f"{image.name} stands on {', '.join(sorted(broken))}: it stays as it is")
                bad.append(image.name)
            elif not self._try(partial(self._rebuild_one, image.name)):
                bad.append(image.name)
        return bad

    def _rebuild_one(self, image: str) -> None:
        request = self.request
        self.deliverer.rebuild(
            image,
            branch=request.branch,
            commit=request.commit,
            repository=request.repository,
            deploy=self.action == "deploy",
        )

    def _try(self, step: Callable[[], object]) -> bool:
        """False where it fails, which is told."""
        try:
            step()
        except (PodpipeError, OSError) as error:
            for line in str(error).splitlines():
                self.report(line)
            return False
        return True

    # --- which images ------------------------------------------------------------------------------

    def _images(self) -> list[BuiltImage]:
        images = all_images(self.definition)
        names = self.request.images or self._touched()
        return images if names is None else [image for image in images if image.name in names]

    def _touched(self) -> set[str] | None:
        """The names of the images that the push touched; None: it cannot be told, so all of them."""
        request = self.request
        if not (request.repository and request.commit and request.old):
            return None
        commits = Commits(Path(request.repository))
        prefix = self._prefix(commits)
        touched: set[str] = set()
        for old in (self._begin(commits), *({*request.begun} - {request.commit})):
            since = self._touched_since(old, commits, prefix) if old else None
            if since is None:
                return None
            touched.update(since)
        return touched

    def _touched_since(self, old: str, commits: Commits, prefix: str) -> list[str] | None:
        changed, file = commits.changed(old, self.request.commit), project_file(prefix)
        if changed is None:
            return None
        entries: set[str] | None = set()
        if file in changed:
            entries = changed_entries(commits.file(old, file), commits.file(self.request.commit, file))
        return None if entries is None else touched_images(self.definition, changed, entries, prefix)

    def _begin(self, commits: Commits) -> str:
        """The commit from which on the push is new. A new branch that is deployed brings all that is on it."""
        if self.request.old != NONE:
            return self.request.old
        return "" if self.action == "deploy" else commits.fork(self.request.commit, self.request.branch)

    def _prefix(self, commits: Commits) -> str:
        """The project's folder in the repository: as in the checkout around it, if the commit has that folder."""
        prefix = choose_repository(self.definition.root, self.request.repository)[1]
        return prefix if prefix and commits.has_folder(self.request.commit, prefix) else ""
