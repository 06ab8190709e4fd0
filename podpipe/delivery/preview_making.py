"""From a branch to a preview that runs."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

from podpipe.definition import Definition, load_definition
from podpipe.definition.preview import Published, original_name, preview_name, preview_of, published
from podpipe.definition.specs import BuiltImage, RegistryImage, image_reference, local_reference
from podpipe.delivery.preview import MAKING, READY, REMOVING, UPDATING, Preview, PreviewStore, now, port_name
from podpipe.delivery.rebuild import check_links
from podpipe.effects.git import Mirror, Source, fetch_source
from podpipe.effects.images import wanted_images
from podpipe.effects.ports import find_listener
from podpipe.effects.replace_tree import let_everybody_read, replace_tree
from podpipe.effects.volume_copy import copy_volume
from podpipe.errors import NotOurs, PodpipeError, PortTaken, UsageError
from podpipe.render.labels import PROJECT

if TYPE_CHECKING:
    from podpipe.project import Project
    from podpipe.render import Desired

HIGHER = 10_000  # a preview's port is the branch's own and this, or the next that is free
LOWEST, HIGHEST = 10_001, 32_767  # below the ports that the kernel gives to connections


class PreviewMaking:
    """One attempt. `preview` is the record as it stands on the disk; `has_lived`: it has been ready before."""

    def __init__(self, production: Project, branch: str, slug: str, life: float) -> None:
        self.production = production
        self.engine = production.engine
        self.store = PreviewStore(production.state)
        self.report = production.report
        self.log = production.log
        before = self.store.load(slug) or Preview(branch, slug)
        if before.branch not in ("", branch):
            raise UsageError(f"the preview {slug} is that of the branch {before.branch}", hint="rename one of the two")
        self.has_lived = before.lived and before.state != REMOVING
        self.preview = replace(
            before,
            branch=branch,
            state=UPDATING if self.has_lived else MAKING,
            created=before.created or now(),
            expires=now(life),
            lived=self.has_lived,
        )

    def fetch(self, commit: str, repository: str) -> tuple[Mirror, Source]:
        """A commit of the branch ("": its newest). Errors: RevisionMissing, UsageError, CommandFailed."""
        self.report(f"fetching {self.preview.branch}")
        definition = self.production.definition
        return fetch_source(
            definition.root,
            self.production.state,
            repository=repository or definition.repository,
            branch=self.preview.branch,
            commit=commit,
        )

    def run(self, mirror: Mirror, source: Source, chosen: Collection[str], timeout: float) -> Preview:
        """Everything from the checkout to healthy containers. Errors: any PodpipeError; what was made stays."""
        self.learn(commit=source.commit, prefix=source.prefix)
        branch = self._check_out(mirror, source)
        self.production.beside(branch).desired(chosen)  # which knows the names as they were written
        self.learn(ports=self._choose_ports(published(branch)))
        ports = {port: self.preview.ports[port_name(port)] for port in published(branch)}
        own = self.production.beside(preview_of(branch, self.preview.slug, ports, self.production.definition.images))
        own.report, own.log = self.report, self.log
        names = [preview_name(self.preview.slug, name) for name in chosen]
        desired = own.desired(names)
        self._get_images(own, desired)
        self._fill_volumes(desired)
        own.up(names, timeout=timeout)
        addresses = {original_name(pod): list(urls) for pod, urls in own.addresses(names).items()}
        return self.learn(state=READY, lived=True, addresses={**self.preview.addresses, **addresses})

    def learn(self, **fields: Any) -> Preview:
        """Write down what more is known."""
        self.preview = self.store.save(replace(self.preview, **fields))
        return self.preview

    @contextmanager
    def logged(self) -> Iterator[None]:
        """What is reported and printed in the block stands in the preview's log too, and what went wrong."""
        path = self.store.log(self.preview.slug)
        with path.open("w", encoding="utf-8", errors="replace") as file:

            def heard(tell: Any) -> Any:
                def hear(line: str) -> None:
                    file.write(f"{line}\n")
                    file.flush()
                    tell(line)

                return hear

            self.report, self.log = heard(self.report), heard(self.log)
            try:
                yield
            except PodpipeError as error:
                file.write(f"{error}\n")
                self.production.report(f"the log is {path}")
                raise

    # --- the branch ------------------------------------------------------------------------------

    def _check_out(self, mirror: Mirror, source: Source) -> Definition:
        """The branch's definition, called as ours is. Errors: DefinitionError, with the branch's own places."""
        tree = self.store.tree(self.preview.slug)
        self.report(f"checking out {source.commit[:12]}")
        with mirror.worktree(source.commit) as fresh:
            check_links(fresh, fresh / source.prefix)
            let_everybody_read(fresh)
            replace_tree(fresh, tree)
        return replace(load_definition(tree / source.prefix), name=self.production.definition.name)

    def _choose_ports(self, wanted: Iterable[Published]) -> dict[str, int]:
        """A port for each; what an earlier attempt chose stays. Errors: PortTaken where none is free."""
        others = [each for each in self.store.all() if each.slug != self.preview.slug]
        taken = {number for each in others for number in each.ports.values()}
        taken |= {number for number, _ in published(self.production.definition)}
        chosen: dict[str, int] = {}
        for port in wanted:
            number = self.preview.port(port) or _free_port(port, taken)
            chosen[port_name(port)] = number
            taken.add(number)
        return chosen

    # --- what containers are made from -------------------------------------------------------------

    def _get_images(self, own: Project, desired: Desired) -> None:
        """Have them all; where production's is made from just the same, it gets one more name."""
        observed, theirs = own.observed(), self.production.observed()
        known = {image_reference(image) for image in self.production.definition.images}
        others = [image for image in desired.images if image_reference(image) not in known]
        made = [
            image_reference(image)
            for image in others
            if not isinstance(image, RegistryImage) or image_reference(image) not in observed.images
        ]
        self.learn(images=tuple(dict.fromkeys([*self.preview.images, *made])))
        wanted = wanted_images(desired.images, observed, {})
        for image in (each for each in desired.images if isinstance(each, BuiltImage)):
            original = local_reference(original_name(image.name))
            present, other = observed.images.get(image_reference(image)), theirs.images.get(original)
            context = wanted[image.name].context
            if other and other.context == context and not (present and present.context == context):
                self.engine.tag_image(original, image_reference(image))
        if desired.images:
            own.build([image.name for image in desired.images])

    def _fill_volumes(self, desired: Desired) -> None:
        """Make the volumes that are missing, with what production's hold. Errors: NotOurs, CommandFailed, DiskFull."""
        claims = {claim.name for claim in self.production.definition.claims if not claim.folder}
        for request in desired.volumes:
            present = {volume["Name"]: volume for volume in self.engine.volumes()}
            name, claim = request["Name"], original_name(request["Name"])
            if name in present and (present[name].get("Labels") or {}).get(PROJECT) != desired.project:
                raise NotOurs(f"a volume called {name} is there already", hint=f"remove it: podman volume rm {name}")
            if name in present and claim in self.preview.filled:
                continue
            if name not in present:
                self.report(f"creating volume {name}")
                self.engine.create_volume({**request, "Labels": {PROJECT: desired.project}})
            if claim in claims and claim in present:
                self.report(f"copying volume {claim}")
                target = next(each for each in self.engine.volumes(desired.project) if each["Name"] == name)
                copy_volume(claim, Path(present[claim]["Mountpoint"]), Path(target["Mountpoint"]))
            self.learn(filled=tuple(dict.fromkeys([*self.preview.filled, claim])))


def _free_port(wanted: Published, taken: Collection[int]) -> int:
    number, protocol = wanted
    first = number + HIGHER if number + HIGHER <= HIGHEST else LOWEST
    for candidate in chain(range(first, HIGHEST + 1), range(LOWEST, first)):
        if candidate not in taken and not find_listener(candidate, protocol, ""):
            return candidate
    raise PortTaken(f"no port between {LOWEST} and {HIGHEST} is free for {port_name(wanted)}", hint="remove a preview")
