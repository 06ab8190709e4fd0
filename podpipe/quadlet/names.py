"""What the name of a Quadlet file says: its kind, whether it is a template, where its drop-ins are."""

from __future__ import annotations

# The kinds, with the order in which they are converted: what others refer to by name comes first, and
# pods last, because by then they know their containers.
ORDER = {
    ".artifact": 1,
    ".image": 1,
    ".network": 2,
    ".volume": 2,
    ".build": 3,
    ".container": 4,
    ".kube": 4,
    ".pod": 5,
}


def extension(name: str) -> str:
    """From the last dot on: "web.container" -> ".container"; "" without a dot."""
    _, dot, last = name.rpartition(".")
    return dot + last


def stem(name: str) -> str:
    """Up to the last dot: "web.container" -> "web"; all of a name that has none but at its head."""
    base, _, _ = name.rpartition(".")
    return base or name


def template_parts(name: str) -> tuple[str, str, bool]:
    """`web@blue.container` -> ("web", "blue", True); without an at sign ("web", "", False)."""
    base, at, instance = name[: len(name) - len(extension(name))].partition("@")
    return base, instance, bool(at)


def dropin_folders(name: str) -> list[str]:
    """The folders of a unit's drop-ins, the most specific first.

    "a-b@c.pod" -> a-b@c.pod.d, a-b@.pod.d, a-@.pod.d, a-.pod.d, pod.d
    """
    base, instance, is_template = template_parts(name)
    kind = extension(name)
    folders = [f"{name}.d"]
    if instance:
        folders.append(f"{base}@{kind}.d")
    pieces = base.split("-")
    for end in range(len(pieces) - 1, 0, -1):
        truncated = "-".join(pieces[:end]) + "-"
        folders += [f"{truncated}@{kind}.d"] if is_template else []
        folders.append(f"{truncated}{kind}.d")
    return [*folders, f"{kind[1:]}.d"]
