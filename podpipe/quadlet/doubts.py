"""What a Quadlet file says that works, but not well: warned of, as Podman does."""

from __future__ import annotations

TYPE_CHECKING = False  # as typing's, whose import would cost more than this module
if TYPE_CHECKING:
    from podpipe.quadlet.unitfile import UnitFile

UNSUPPORTED = ("User", "Group", "DynamicUser")  # in [Service]: podman is to run as the manager's own user
IMAGE_GROUPS = {".container": "Container", ".volume": "Volume", ".image": "Image"}
ID_LENGTH = 64
HEX = frozenset("0123456789abcdefABCDEF")


def list_doubts(unit: UnitFile) -> list[str]:
    """The warnings that a unit deserves before it is converted."""
    doubts = [
        f"Warning: using key {key} in the Service group is not supported - use at your own risk"
        for key in UNSUPPORTED
        if unit.has_key("Service", key)
    ]
    image = unit.lookup(IMAGE_GROUPS.get(unit.extension, ""), "Image")
    if image is not None and not image.endswith((".build", ".image")) and not _is_unambiguous(image):
        doubts.append(
            f'Warning: {unit.filename} specifies the image "{image}" which not a fully qualified image name.'
            " This is not ideal for performance and security reasons."
            " See the podman-pull manpage discussion of short-name-aliases.conf for details."
        )
    return doubts


def _is_unambiguous(image: str) -> bool:
    """Whether the name begins with a registry, or is an ID: what it means depends on no setting then."""
    if image.startswith("sha256:") or (len(image) == ID_LENGTH and HEX.issuperset(image)):
        return True
    registry, slash, _ = image.partition("/")
    return bool(slash) and ("." in registry or ":" in registry or registry == "localhost")
