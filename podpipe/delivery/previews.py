"""A branch beside production, for a while: made, listed, removed.

A preview is a project of its own, called SLUG.NAME: whatever is there of it bears that name as a label, so it can be
removed whatever a kill left of it.
"""

from __future__ import annotations

from collections.abc import Collection
from contextlib import AbstractContextManager, suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from podpipe.definition.branch import check_branch
from podpipe.definition.preview import preview_name, slug_of
from podpipe.definition.specs import Definition
from podpipe.delivery.preview import FAILED, HALF, LIFE, REMOVING, Preview, PreviewStore
from podpipe.effects.visit import HEALTHY_WITHIN
from podpipe.errors import EngineConflict, LockHeld, PodpipeError, UsageError
from podpipe.project import BUILD_PATIENCE
from podpipe.report import lock_aloud

if TYPE_CHECKING:
    from podpipe.project import Project

OLD_LOGS = 30 * 86400.0  # seconds that a failed preview's log stays


def make_preview(
    project: Project,
    branch: str,
    *,
    commit: str = "",
    repository: str = "",
    life: float = LIFE,
    chosen: Collection[str] = (),
    keep: bool = False,
    timeout: float = HEALTHY_WITHIN,
) -> Preview:
    """Run the pods and CronJobs of a branch (the chosen ones) beside this project; one that is there is renewed.

    `commit` is one of the branch's ("": its newest), `repository` as with `rebuild`. It goes after `life` seconds.
    Containers get `timeout` seconds to be healthy. One that fails leaves its log and nothing else, unless it is to
    `keep`, or had been ready before. Errors: any PodpipeError.
    """
    from podpipe.delivery.preview_making import PreviewMaking

    slug = slug_of(check_branch(branch))
    with _lock(project, f"the preview of {branch}"):
        _expire(project, but=slug)
        making = PreviewMaking(project, branch, slug, life)
        mirror, source = making.fetch(commit, repository)
        with making.logged():
            try:
                return making.run(mirror, source, chosen, timeout)
            except BaseException:
                if keep or making.has_lived:
                    making.learn(state=FAILED)
                else:
                    _give_up(project, making.preview)
                raise


def list_previews(project: Project) -> list[Preview]:
    """This project's previews, oldest first, with what a kill left half made."""
    previews = PreviewStore(project.state).all()
    if all(preview.state not in HALF for preview in previews) or _is_busy(project):
        return previews
    return [replace(preview, state=HALF.get(preview.state, preview.state)) for preview in previews]


def remove_preview(project: Project, name: str) -> Preview:
    """Remove the preview of that branch or slug, with all that was made for it. Errors: UsageError for another name."""
    previews = PreviewStore(project.state).all()
    found = next((each for each in previews if name in (each.branch, each.slug)), None)
    if found is None:
        known = ", ".join(each.branch or each.slug for each in previews) or "none"
        raise UsageError(f"there is no preview of {name[:80]}", hint=f"there are {known}")
    with _lock(project, f"removing the preview of {found.branch or found.slug}"):
        _remove(project, found)
        PreviewStore(project.state).log(found.slug).unlink(missing_ok=True)
    return found


def expire_previews(project: Project) -> list[Preview]:
    """Remove what is past its time; nothing while somebody is at work on a preview. Gives what was removed."""
    if not any(preview.is_expired for preview in PreviewStore(project.state).all()):
        return []
    try:
        with _lock(project, "removing previews past their time", patience=0.0):
            return _expire(project)
    except LockHeld:
        return []


def _give_up(project: Project, preview: Preview) -> None:
    """What went wrong before is what is to be told."""
    project.report(f"removing what there is of the preview of {preview.branch}")
    try:
        _remove(project, preview)
    except PodpipeError as error:
        project.report(f"some of it stays: {error.message}; `podpipe preview rm {preview.slug}` removes it")


def _expire(project: Project, but: str = "") -> list[Preview]:
    removed = []
    store = PreviewStore(project.state)
    store.forget_logs(OLD_LOGS)
    for preview in (each for each in store.all() if each.is_expired and each.slug != but):
        try:
            _remove(project, preview)
            store.log(preview.slug).unlink(missing_ok=True)
            removed.append(preview)
        except PodpipeError as error:  # the next time, then
            project.report(f"the preview of {preview.branch or preview.slug} stays: {error.message}")
    return removed


def _remove(project: Project, preview: Preview) -> None:
    """Everything but the log; the record last, for it tells a next attempt what there may be."""
    from podpipe import standstill
    from podpipe.effects.folders import state_home
    from podpipe.effects.volume_copy import remove_tree

    store = PreviewStore(project.state)
    store.save(replace(preview, state=REMOVING))
    root = store.tree(preview.slug) / preview.prefix
    own = project.beside(Definition(preview_name(preview.slug, project.definition.name), root))
    own.down()
    for volume in own.engine.volumes(project=own.definition.name):
        own.report(f"removing volume {volume['Name']}")
        own.engine.remove_volume(volume["Name"])
    for reference in preview.images:
        with suppress(EngineConflict):  # somebody else uses it now
            own.engine.remove_image(reference)
    standstill.forget(root)
    remove_tree(state_home() / own.definition.name)
    remove_tree(store.place(preview.slug))


def _lock(project: Project, doing: str, patience: float = BUILD_PATIENCE) -> AbstractContextManager[None]:
    """One at a time. Not the lock of `up`, which `up` takes by itself. Errors: LockHeld."""
    path = PreviewStore(project.state).folder / "lock"
    return lock_aloud(path, f"{doing} in {project.definition.root}", project.report, patience)


def _is_busy(project: Project) -> bool:
    try:
        with _lock(project, "a look at the previews", patience=0.0):
            return False
    except LockHeld:
        return True
