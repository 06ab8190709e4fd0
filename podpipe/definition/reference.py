"""The manual of the files, made from the reader's own table of keys.

    python3 -m podpipe.definition.reference docs/manifests.md README.md

writes the first file whole, and in the second what stands between its two markers.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from podpipe.definition.subset import (
    containers,
    cronjobs,
    metadata,
    pods,
    probes,
    project,
    security,
    storage,
    volumes,
)
from podpipe.definition.subset.kinds import KINDS, REFUSED_KINDS
from podpipe.definition.subset.section import Section

MANIFESTS = (pods, metadata, containers, security, probes, volumes, cronjobs, storage)
BEGIN = "<!-- made by python3 -m podpipe.definition.reference -->"
END = "<!-- end -->"
HEAD = """\
# podpipe.yaml and the manifests

Made by `python3 -m podpipe.definition.reference`; do not edit.

Nothing is ignored: a key that does not stand here is refused by name, with its place. YAML is read as Kubernetes reads
it, with limits: no key twice, no tags, no merge keys (`<<`), no file over 1 MiB. Anchors and aliases are fine. What
looks like a number, and `yes`, `no`, `on`, `off`, `y` and `n`, want quotes where a string is meant.
"""


def render_reference() -> str:
    """docs/manifests.md: every key with its meaning, and what to do instead of those that are refused."""
    parts = [HEAD, "## podpipe.yaml"]
    parts += [part for section in _sections(project) for part in _chapter(section)]
    parts.append("## pods/*.yaml")
    parts.append(_table("kind", "apiVersion", ((f"`{kind}`", f"`{version}`") for kind, (version, _) in KINDS.items())))
    parts += ["Kinds that are refused:", _table("kind", "instead", _quoted(REFUSED_KINDS))]
    parts += [part for module in MANIFESTS for section in _sections(module) for part in _chapter(section)]
    return "\n\n".join(part.strip("\n") for part in parts) + "\n"


def render_summary() -> str:
    """The README's table: the keys that each mapping of a manifest may have."""
    sections = [section for module in MANIFESTS for section in _sections(module)]
    return _table("in", "keys", ((each.where, ", ".join(f"`{key}`" for key in each.keys)) for each in sections))


def update_readme(text: str) -> str:
    """A README with the summary between its markers."""
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    assert begin and end, f"the README has no {BEGIN} ... {END}"
    return f"{before}{begin}\n\n{render_summary()}\n\n{end}{after}"


def _sections(module: object) -> list[Section]:
    return [value for value in vars(module).values() if isinstance(value, Section)]


def _chapter(section: Section) -> Iterator[str]:
    yield f"### {section.where}"
    yield _table("key", "meaning", _quoted(section.keys))
    if section.refused:
        yield "Refused:"
        yield _table("key", "instead", _quoted(section.refused))


def _quoted(keys: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    return ((f"`{key}`", meaning) for key, meaning in keys.items())


def _table(left: str, right: str, rows: Iterable[tuple[str, str]]) -> str:
    return "\n".join([f"| {left} | {right} |", "| --- | --- |", *(f"| {one} | {other} |" for one, other in rows)])


if __name__ == "__main__":
    manual, readme = map(Path, sys.argv[1:])
    manual.write_text(render_reference(), encoding="utf-8")
    readme.write_text(update_readme(readme.read_text(encoding="utf-8")), encoding="utf-8")
