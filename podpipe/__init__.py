"""A personal devops pipeline for one small machine.

    from podpipe import Project, up

    up(".")  # as `podpipe up`
    Project.load(".").status()

Names are imported when first used: `podpipe status` must not pay for what `podpipe build` needs.
"""

from __future__ import annotations

TYPE_CHECKING = False  # as typing's, whose import would be a third of `podpipe --help`
if TYPE_CHECKING:
    from podpipe.delivery import Delivery as Delivery
    from podpipe.doctor import Doctor as Doctor
    from podpipe.effects.remote import connect_host as connect_host
    from podpipe.errors import PodpipeError as PodpipeError
    from podpipe.front import Project as Project
    from podpipe.launch import up as up
    from podpipe.machines import push as push
    from podpipe.machines import ship as ship

__version__ = "0.1.0"
__all__ = ["Delivery", "Doctor", "PodpipeError", "Project", "__version__", "connect_host", "push", "ship", "up"]

_HOMES = {
    "Delivery": "podpipe.delivery",
    "Doctor": "podpipe.doctor",
    "Project": "podpipe.front",
    "PodpipeError": "podpipe.errors",
    "connect_host": "podpipe.effects.remote",
    "push": "podpipe.machines",
    "ship": "podpipe.machines",
    "up": "podpipe.launch",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_HOMES[name]), name)
