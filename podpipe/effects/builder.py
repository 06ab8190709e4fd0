"""The images of a definition: what has to be built or pulled, and doing it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from podpipe.definition import Definition
from podpipe.definition.platform import Platform, parse_platform
from podpipe.definition.specs import BuiltImage, RegistryImage, local_reference
from podpipe.effects.engine import Engine
from podpipe.effects.folders import state_home
from podpipe.effects.image_names import check_names, remember_names
from podpipe.effects.images import apply_images, observe_images, wanted_images
from podpipe.effects.released import Released
from podpipe.errors import UsageError
from podpipe.plan import Observed, Plan, WantedImage, plan_images
from podpipe.render import with_bases
from podpipe.report import Report


@dataclass(frozen=True)
class Builder:
    """`platform` is the one that images are for, None: this machine's own; `released` what was deployed of them."""

    definition: Definition
    engine: Engine
    released: Mapping[str, Released]
    platform: Platform | None
    report: Report
    log: Report

    def wanted(self, observed: Observed) -> dict[str, WantedImage]:
        """What each image that is made here is to be, by its name."""
        return wanted_images(self.definition.images, observed, self.released, self.platform)

    def plan(self, observed: Observed, names: Collection[str], *, force: bool) -> Plan:
        """What has to be built or pulled of the named images (none: all) and those they stand on.

        `observed` is what there is of this machine's own platform; for another none is pulled but to build on.
        Errors: UsageError.
        """
        images, foreign = self.definition.images, self.platform
        pulled = {image.name for image in images if isinstance(image, RegistryImage) and foreign}
        if pulled & set(names):
            raise UsageError(f"{min(pulled & set(names))} is not built, but pulled where it runs")
        chosen = names or [image.name for image in images if image.name not in pulled]
        if foreign:
            observed = observe_images(self.engine, self.definition, foreign)
        forced = chosen if force else ()
        return Plan(tuple(plan_images(with_bases(self.definition, chosen), observed, self.wanted(observed), forced)))

    def apply(self, plan: Plan) -> None:
        """Build and pull what the plan says. Errors: BuildFailed, NotOurs, Unsupported, EngineError."""
        if not plan.of("image", "build", "pull"):
            return
        if self.platform and plan.of("image", "build"):
            from podpipe.effects.platforms import check_emulator

            check_emulator(self.platform)
        built = self._own_names(plan)
        check_names(self.definition.name, built)
        apply_images(self.engine, self.definition, plan, platform=self.platform, report=self.report, log=self.log)
        remember_names(state_home() / self.definition.name, built)

    def _own_names(self, plan: Plan) -> list[str]:
        """Those that are made of the project's own files; bases from Debian's archive are everybody's."""
        own = {image.name for image in self.definition.images if isinstance(image, BuiltImage)}
        names = [action.name for action in plan.of("image", "build") if action.name in own]
        return [] if self.platform else [local_reference(name) for name in names]


def foreign_platform(text: str) -> Platform | None:
    """OS/ARCH as a platform, None for "" and for this machine's own. Errors: UsageError."""
    if not text:
        return None
    from podpipe.effects.platforms import foreign

    return foreign(parse_platform(text))
