"""The library's front for what becomes of branches."""

from __future__ import annotations

from contextlib import contextmanager
from copy import copy
from dataclasses import replace
from typing import TYPE_CHECKING

from podpipe.definition.names import qualified_reference
from podpipe.definition.specs import BuiltImage
from podpipe.delivery.deploy import Deployment
from podpipe.delivery.flight import Flight, clear_flight, load_flight, save_flight
from podpipe.delivery.preview import LIFE
from podpipe.delivery.record import Record
from podpipe.delivery.stock import ALL, choose_release, is_our_tag, look_at_stock, prune
from podpipe.effects.images import folder_hash
from podpipe.effects.released import Released, flight_file, load_released, released_file
from podpipe.effects.visit import HEALTHY_WITHIN
from podpipe.errors import DeliveryFailed, DiskFull, EngineUnavailable, PodpipeError, RolledBack, UsageError
from podpipe.ledger import Ledger, Release, known_releases
from podpipe.project import BUILD_PATIENCE

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from podpipe.delivery.preview import Preview
    from podpipe.plan.prune import Removal, StockedImage
    from podpipe.project import Project

TAKEN_BACK = ("swap", "watch")  # steps whose failure lets the image of before run again


class Delivery:
    """A project's deliveries; `asked_by` is who asked for those to come: command, push, webhook.

    Errors: UsageError for a project on another machine.
    """

    def __init__(self, project: Project, asked_by: str = "command") -> None:
        if project.machine:
            host = project.machine.host
            hint = f"podpipe ship sends there what is built here; to deliver there: ssh {host.login} podpipe rebuild"
            raise UsageError(f"nothing is delivered to {host} from here", hint=hint)
        self.project = project = copy(project)
        self.asked_by = asked_by
        self.ledger = Ledger(project.state / "ledger" / "podpipe.db", project.report)
        self._lines: list[str] = []
        project.report = self._heard(project.report)
        project.log = self._heard(project.log)

    # --- looking -------------------------------------------------------------------------------

    def history(self, image: str = "", limit: int = 20) -> list[Release]:
        """The last releases, newest first; of one image or ("") of all. Errors: LockHeld, DiskFull, PodpipeError."""
        self._restore()
        return self.ledger.releases(image, limit)

    def log(self, release: int) -> str:
        """What a release printed; "" where nothing is kept of it. Errors: UsageError; as `history`."""
        return self.ledger.log(release)

    def serve_history(self, port: int) -> int:
        """Show the ledger at 127.0.0.1:`port` until Ctrl-C, as `podpipe.delivery.show.serve_ledger` says."""
        from podpipe.delivery.show import serve_ledger

        self._restore()
        return serve_ledger(self.project, self.ledger.file, port)

    def images(self) -> list[StockedImage]:
        """This project's images that are there, newest first, with what is known of each."""
        self._restore()
        return look_at_stock(self.project, self.ledger)

    # --- doing ---------------------------------------------------------------------------------

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
        """Build an image from a branch, or from a commit of it, test it, and put it into the pods that it is for.

        Nothing given, it is the repository's default branch. `deploy=False` stops after the tag. Where all of it is
        done already, nothing is done. Errors: any PodpipeError; then what ran before runs.
        """
        from podpipe.delivery.rebuild import Rebuild

        self._built(image)
        _check_tag(image, tag)
        with self._lock("rebuild"):
            work = Rebuild(self.project, image, repository or self.project.definition.repository, tag)
            if deploy and work.stands(branch, commit):
                return self._standing(image)
            with self._recorded(image, branch) as record:
                made = work.make(record, branch, commit)
                if deploy:
                    self._deploy(record, made)
                return record.end("live" if deploy else "built")

    def rollback(self, image: str, to: str = "") -> Release:
        """Put an earlier good image back: the one before the present one, or the one that `to` names.

        `to` is a release's number, a commit, a tag or an image's ID. Errors: UsageError; as `rebuild`.
        """
        self._built(image)
        with self._lock("rollback"):
            self._restore()
            numbers = {each.id: each.image_id for each in self.ledger.releases(image, ALL)}
            chosen = choose_release(self.images(), image, to, numbers)
            with self._recorded(image, chosen.branch) as record:
                record.learn(commit=chosen.commit, digest=chosen.digest, image_id=chosen.id)
                folder = folder_hash(self._built(image))
                self._deploy(record, Released(chosen.id, chosen.commit, chosen.branch, folder))
                return record.end("live", "put back by rollback")

    def prune(self, *, dry_run: bool = False) -> list[Removal]:
        """Remove the images that no container, no unit and no rollback needs. Gives what was, or would be, removed."""
        if dry_run:
            return self._prune(dry_run=True)
        with self._lock("prune"):
            return self._prune(dry_run=False)

    def recover(self) -> str:
        """Finish or undo the delivery that a kill or a power cut left; gives what was done, "" for nothing."""
        if not flight_file(self.project.state).exists():
            return ""
        with self.project.lock("recover"):
            return self._recover()

    # --- previews ------------------------------------------------------------------------------

    def preview(
        self,
        branch: str,
        *,
        commit: str = "",
        repository: str = "",
        life: float = LIFE,
        chosen: Collection[str] = (),
        keep: bool = False,
        timeout: float = HEALTHY_WITHIN,
    ) -> Preview:
        """Run a branch beside this project for `life` seconds, as `podpipe.delivery.previews.make_preview` says."""
        from podpipe.delivery.previews import make_preview

        where = {"commit": commit, "repository": repository}
        return make_preview(self.project, branch, **where, life=life, chosen=chosen, keep=keep, timeout=timeout)

    def previews(self) -> list[Preview]:
        """The previews that are there, oldest first."""
        from podpipe.delivery.previews import list_previews

        return list_previews(self.project)

    def remove_preview(self, name: str) -> Preview:
        """Remove the preview of that branch, or of that name. Errors: UsageError where there is none."""
        from podpipe.delivery.previews import remove_preview

        return remove_preview(self.project, name)

    def expire_previews(self) -> list[Preview]:
        """Remove the previews that are past their time; gives those that were."""
        from podpipe.delivery.previews import expire_previews

        return expire_previews(self.project)

    # --- the way -------------------------------------------------------------------------------

    def _deploy(self, record: Record, made: Released) -> None:
        Deployment(self.project, record.release.image).run(record, made.image, made)
        try:
            with record.step("record"):
                self.project.report(f"{record.release.image} runs {made.image[:12]}")
                self._prune(dry_run=False)
        except PodpipeError as error:  # it is live all the same
            self.project.report(f"old images stay: {error.message}")

    def _prune(self, dry_run: bool) -> list[Removal]:
        return prune(self.project, self.images(), dry_run=dry_run)

    def _standing(self, image: str) -> Release:
        release = load_released(self.project.state)[image]
        self.project.report(f"nothing to do: {image} runs {release.commit[:12]} of {release.branch or 'no branch'}")
        return Release(0, image, self.asked_by, release.branch, release.commit, "", release.image, result="live")

    @contextmanager
    def _lock(self, verb: str) -> Iterator[None]:
        with self.project.lock(verb, BUILD_PATIENCE):
            self._recover()
            yield

    @contextmanager
    def _recorded(self, image: str, branch: str) -> Iterator[Record]:
        """What fails in the block is written down as failed, and is no mistake in the command line any more."""
        self._restore()
        self._lines.clear()
        record = Record(self.project.state, self.ledger, image, self.asked_by, branch, self._lines)
        try:
            yield record
        except PodpipeError as error:
            self._lines.append(str(error))
            record.end(_result(error, record.release.step), error.message)
            if error.exit_status == UsageError.exit_status:
                raise DeliveryFailed(error.message, hint=error.hint, lines=error.lines) from error
            raise
        except BaseException as error:
            is_live = record.release.step == "record"
            what = "interrupted by the user" if isinstance(error, KeyboardInterrupt) else type(error).__name__
            record.end("live" if is_live else "interrupted", what)
            raise

    def _recover(self) -> str:
        """The lock is held, so whoever began it is gone."""
        flight = load_flight(self.project.state)
        if flight is None:
            clear_flight(self.project.state)
            return ""
        try:
            done = self._end_flight(flight)
        except PodpipeError as error:
            if flight.step != "back" or isinstance(error, (EngineUnavailable, DiskFull)):
                save_flight(self.project.state, replace(flight, step="back"))
                raise
            done = error.message  # a second time: it is not in our power
        text = f"a delivery of {flight.release.image} was cut off at the step {flight.step}: {done}"
        self.project.report(text)
        self.ledger.end(_cut_off(flight, text))
        clear_flight(self.project.state)
        return text

    def _end_flight(self, flight: Flight) -> str:
        deployment = Deployment(self.project, flight.release.image)
        deployment.remove_trials()
        if flight.is_live:
            return "it had gone well and is live"
        if flight.release.image not in {image.name for image in self.project.definition.images}:
            return "podpipe.yaml no longer has that image"
        if not flight.was or flight.was == flight.now or flight.step == "trial":
            if flight.now:
                deployment.remember(flight.before)
            return "nothing had been deployed"
        deployment.put_back(flight.was, flight.before)
        return f"{flight.was[:12]} runs again"

    def _restore(self) -> None:
        """A ledger that knows nothing although something was released was lost: images' labels tell of it."""
        if released_file(self.project.state).exists() and self.ledger.fresh:
            self.ledger.restore(known_releases(self.project.engine.images()))

    def _built(self, image: str) -> BuiltImage:
        images = {each.name: each for each in self.project.definition.images}
        found = images.get(image)
        if isinstance(found, BuiltImage):
            return found
        built = [name for name, each in images.items() if isinstance(each, BuiltImage)]
        problem = f"the image {image} is not built from a Containerfile" if found else f"no image is called {image}"
        raise UsageError(problem, hint=f"there are {', '.join(built) or 'none'}")

    def _heard(self, hear: Callable[[str], None]) -> Callable[[str], None]:
        """Everything that is said goes into the log too."""

        def hear_and_keep(line: str) -> None:
            self._lines.append(line)
            hear(line)

        return hear_and_keep


def _check_tag(image: str, tag: str) -> None:
    """A tag of the user's own must not be one of ours, which come and go. Errors: UsageError."""
    if tag and (is_our_tag(tag) or not qualified_reference(f"localhost/{image}:{tag}")):
        raise UsageError(f"{tag[:80]} cannot be a tag of your own", hint="letters, digits, `.`, `_`, `-`: v1.2")


def _result(error: PodpipeError, step: str) -> str:
    return "rolled back" if isinstance(error, RolledBack) and step in TAKEN_BACK else "failed"


def _cut_off(flight: Flight, text: str) -> Release:
    result = "live" if flight.is_live else "interrupted"
    return replace(flight.release, result=result, step="" if flight.is_live else flight.step, message=text)
