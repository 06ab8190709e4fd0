"""What this machine's apt knows: where it gets Debian from, and how. Asked of apt itself, whatever files say it."""

from __future__ import annotations

import os
import re
import tempfile
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from podpipe.effects.process import read
from podpipe.errors import CommandFailed

ASKING = "asking apt for its settings"
TIMEOUT = 60.0  # seconds
MIRROR = "PODPIPE_DEBIAN_MIRROR"
HELPER = "/usr/lib/apt/apt-helper"
LISTING = "$(CREATED_BY)|$(ORIGIN)|$(REPO_URI)|$(RELEASE)|$(COMPONENT)"
ORIGINS = ("Debian", "$(ORIGIN)")  # apt leaves the word as it is where it has not fetched the lists yet
EXTRAS = ("", "-updates", "-security")
OPTION = re.compile(
    r"Acquire::(?:https?(?:::.+)?|Retries|ForceIPv[46]|Check-Date|Check-Valid-Until|Max-FutureTime"
    r'|Allow\w+Repositories) "(?!/)[^"]+";'
)


@dataclass(frozen=True)
class Source:
    """A line of sources.list."""

    uri: str
    release: str
    components: tuple[str, ...] = ("main",)

    def __str__(self) -> str:
        return f"deb {self.uri} {self.release} {' '.join(self.components)}"

    @property
    def is_suite(self) -> bool:
        return not self.release.endswith(tuple(filter(None, EXTRAS))) and "/" not in self.release


def sources(suite: str) -> tuple[Source, ...]:
    """Where to get a suite from: the mirror that MIRROR names, or this machine's; none: mmdebstrap knows one."""
    named = os.environ.get(MIRROR, "").rstrip("/")
    known = (Source(named, "stable"), Source(named, "stable-updates")) if named else _machine_sources()
    return sources_for(suite, known, _is_there)


def options() -> str:
    """How this machine's apt gets there (proxies, retries, checks), as apt.conf; without paths of local files."""
    try:
        dump = read(["apt-config", "dump", "--format", '%F "%v";%n'], doing=ASKING, timeout=TIMEOUT)
    except CommandFailed:
        return ""
    return "".join(f"{line}\n" for line in dump.splitlines() if OPTION.fullmatch(line))


def sources_for(suite: str, known: Sequence[Source], is_there: Callable[[Source], bool]) -> tuple[Source, ...]:
    """The known sources of one suite, or those of the first known suite turned into `suite`.

    Its updates and security updates count where they exist on the mirror.
    """
    if not known:
        return ()
    own = [source for source in known if source.release in {suite + extra for extra in EXTRAS}]
    if own:
        return tuple(own)
    model = next(source.release for source in known if source.is_suite)
    turned = (
        Source(source.uri, suite + source.release[len(model) :])
        for source in known
        if source.release in {model + extra for extra in EXTRAS}
    )
    return tuple(dict.fromkeys(source for source in turned if source.is_suite or is_there(source)))


def parse_sources(listing: str) -> tuple[Source, ...]:
    """Debian's sources that a build can reach, from `apt-get indextargets` in the format of LISTING."""
    components: dict[tuple[str, str], dict[str, None]] = defaultdict(dict)
    for line in listing.splitlines():
        kind, origin, uri, release, component = line.split("|")
        if kind == "Packages" and origin in ORIGINS and uri.startswith(("http://", "https://")):
            components[uri.rstrip("/"), release][component] = None
    found = (Source(uri, release, tuple(names)) for (uri, release), names in components.items())
    return tuple(source for source in found if "main" in source.components)


def _machine_sources() -> tuple[Source, ...]:
    for fetched in ((), ("--no-release-info",)):
        argv = ["apt-get", "indextargets", *fetched, "--format", LISTING]
        try:
            found = parse_sources(read(argv, doing=ASKING, timeout=TIMEOUT))
        except CommandFailed:
            return ()
        if any(source.is_suite for source in found):
            return found
    return ()


def _is_there(source: Source) -> bool:
    """Whether the mirror has it; apt's own helper asks, by apt's own proxies."""
    release = f"{source.uri}/dists/{source.release}/InRelease"
    with tempfile.TemporaryDirectory() as folder:
        try:
            read([HELPER, "download-file", release, str(Path(folder, "InRelease"))], doing=ASKING, timeout=TIMEOUT)
        except CommandFailed:
            return False
    return True
