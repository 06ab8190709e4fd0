"""Quadlet files to plain systemd units, for any Podman from 3.0.1 on; by itself a systemd generator.

from podpipe.quadlet import generate

generate({"web.container": "[Container]\\nImage=localhost/web:1\\n"}, user=True, version=(4, 3, 1)).files
"""

from __future__ import annotations

TYPE_CHECKING = False  # as typing's, whose import would cost more than this module
if TYPE_CHECKING:
    from podpipe.quadlet.generator import Generated as Generated
    from podpipe.quadlet.generator import generate as generate

__all__ = ["Generated", "generate"]


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from podpipe.quadlet import generator

    return getattr(generator, name)
