"""A personal devops pipeline for one small machine.

    from podpipe import Project

    Project.load(".").up()

Names are imported when first used: `podpipe status` must not pay for what `podpipe build` needs.
"""

from __future__ import annotations

TYPE_CHECKING = False  # as typing's, whose import would be a third of `podpipe --help`
if TYPE_CHECKING:
    from podpipe.errors import PodpipeError as PodpipeError
    from podpipe.project import Project as Project

__version__ = "0.1.0"
__all__ = ["PodpipeError", "Project", "__version__"]

_HOMES = {"Project": "podpipe.project", "PodpipeError": "podpipe.errors"}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_HOMES[name]), name)
