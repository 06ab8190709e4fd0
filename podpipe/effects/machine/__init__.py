"""Look at the machine for podpipe.plan.doctor: files rather than programs, and what cannot be seen is left unknown."""

from __future__ import annotations

from podpipe.effects.machine.clock import look_at_clock
from podpipe.effects.machine.disk import folders_of, look_at_journal, look_at_spaces, look_at_unwritable
from podpipe.effects.machine.here import Here, here, softly
from podpipe.effects.machine.kernel import look_at_cgroups, look_at_kernel
from podpipe.effects.machine.past import look_at_past
from podpipe.effects.machine.programs import look_at_programs
from podpipe.effects.machine.session import look_at_session
from podpipe.effects.machine.store import look_at_store
from podpipe.effects.machine.user import look_at_ids, look_at_other
from podpipe.plan.machine import Machine, Past, Session, SubIds, User

__all__ = ["Here", "here", "look_at_machine"]

MODEL = "/proc/device-tree/model"
CONTAINED = ("/run/systemd/container", "/run/.containerenv", "/.dockerenv")


def look_at_machine(at: Here) -> Machine:
    """Everything at once; takes tens of milliseconds on a PC."""
    uids, gids = softly(lambda: look_at_ids(at), (SubIds(None), SubIds(None)))
    store = softly(lambda: look_at_store(at), None)
    folders = folders_of(at, store.path if store else at.home)
    return Machine(
        user=User(at.name, at.uid, look_at_other(at)),
        suite=next(
            (line[17:] for line in at.read("/etc/os-release").splitlines() if line[:17] == "VERSION_CODENAME="), ""
        ),
        model=" ".join(at.read(MODEL).strip("\0").split()[:3]),
        contained=any(at.at(path).exists() for path in CONTAINED),
        programs=look_at_programs(at),
        cgroups=look_at_cgroups(at),
        kernel=look_at_kernel(at),
        uids=uids,
        gids=gids,
        session=softly(lambda: look_at_session(at), Session(systemd=False)),
        store=store,
        spaces=look_at_spaces(at, folders),
        unwritable=softly(lambda: look_at_unwritable(at, folders), ()),
        journal=softly(lambda: look_at_journal(at), None),
        clock=softly(lambda: look_at_clock(at), None),
        past=softly(lambda: look_at_past(at), Past()),
    )
