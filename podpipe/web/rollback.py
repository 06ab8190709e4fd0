"""Going back to an earlier release of the site, and staying there until there is something new."""

from __future__ import annotations

import contextlib
from pathlib import Path

from podpipe.errors import UsageError
from podpipe.files import lock, sync_folder, write_atomic
from podpipe.web.release import current_release, releases, spare_releases, switch_to

_HELD = "rolled-back"  # beside `current`: the release whose content is not to go live by itself


def kept_releases(site: Path) -> list[str]:
    """The releases to go back to, newest first, the live one among them."""
    spares = spare_releases(site)
    return [release for release in releases(site) if release not in spares]


def roll_back(site: Path, wanted: str = "") -> str:
    """Make an earlier release live ("": the one before the live one) and return its ID.

    It waits for a running build, which would undo it. Errors: UsageError if it is not kept; LockHeld; DiskFull.
    """
    (site / "cache").mkdir(parents=True, exist_ok=True)
    with lock(site / "cache" / "lock", "a rollback of this site"):
        live, kept = current_release(site), kept_releases(site)
        older = [release for release in kept if live and int(release) < int(live)]
        release = wanted or next(iter(older), "")
        if release not in kept:
            there = f"kept are {', '.join(kept)}" if kept else "nothing was built yet"
            what = f"there is no release {wanted[:40]}" if wanted else "there is no release before the live one"
            raise UsageError(what, hint=there)
        newest = releases(site)[0]
        if release == newest:
            lift_hold(site)
        else:
            write_atomic(site / _HELD, newest)
        switch_to(site, release)
    return release


def held_release(site: Path) -> str:
    """The release that was rolled back; "" if none is."""
    try:
        return (site / _HELD).read_text().strip()
    except (FileNotFoundError, UnicodeDecodeError):
        return ""


def lift_hold(site: Path) -> None:
    """Let what was rolled back go live again; the next build does it."""
    with contextlib.suppress(FileNotFoundError):
        (site / _HELD).unlink()
        sync_folder(site)
