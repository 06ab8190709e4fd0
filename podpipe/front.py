"""The library's front: a project folder with all that can be done with it, deliveries too."""

from __future__ import annotations

from typing import TYPE_CHECKING

from podpipe import project

if TYPE_CHECKING:
    from podpipe.delivery import Delivery
    from podpipe.ledger import Release
    from podpipe.plan.prune import Removal


class Project(project.Project):
    """As `podpipe.project.Project`, with the verbs of `podpipe.Delivery` that are most asked for.

    Errors: those of `Delivery`; UsageError for a project on another machine.
    """

    def rebuild(
        self,
        image: str,
        *,
        branch: str = "",
        commit: str = "",
        repository: str = "",
        tag: str = "",
        deploy: bool = True,
    ) -> Release:
        """Build an image from a branch, test it, put it into its pods; gives the record that `history` shows."""
        where = {"branch": branch, "commit": commit, "repository": repository, "tag": tag}
        return self._delivery().rebuild(image, **where, deploy=deploy)

    def rollback(self, image: str, to: str = "") -> Release:
        """Put an earlier good image back: the one before the present one, or the one that `to` names."""
        return self._delivery().rollback(image, to)

    def history(self, image: str = "", limit: int = 20) -> list[Release]:
        """The last releases, newest first; of one image or ("") of all."""
        return self._delivery().history(image, limit)

    def prune(self, *, dry_run: bool = False) -> list[Removal]:
        """Remove the images that no container, no unit and no rollback needs."""
        return self._delivery().prune(dry_run=dry_run)

    def _delivery(self) -> Delivery:
        from podpipe.delivery import Delivery

        return Delivery(self)
