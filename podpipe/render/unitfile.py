"""Unit files as text: their names, how values are quoted in them, and the hash that each ends with.

Quadlet takes a value apart as systemd does, or takes it as it stands, and writes it into an `ExecStart=`, where systemd
expands `%` and `$` at last: both are doubled in either case.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from podpipe.files import checksum
from podpipe.render.labels import UNIT

Line = tuple[str, str]  # key, value
Sections = Mapping[str, Iterable[Line]]

HOME = "%h/"  # in front of a path it is the user's home to systemd
# What Quadlet puts behind a file's name for the name of its unit.
QUADLET = {"container": "", "pod": "-pod", "volume": "-volume", "image": "-image"}
MARK = "Do not edit: podpipe quadlet"
# The last line's key and value by the kind of the file: where it can be, the hash is a label, which Podman shows of
# what runs. systemd reads no section whose name begins with X-.
_LABELS = {"container": f"Label={UNIT}=", "pod": f"PodmanArgs=--label={UNIT}="}
_COMMENT = "\n[X-Podpipe]\nHash="

_BARE = r"[A-Za-z0-9_.,:;/=+@%$~^*?!()\[\]{}|<>&-]+"
_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}


@dataclass(frozen=True)
class UnitFile:
    """A file for systemd or for Quadlet. `hash` is that of its text without the last line, which holds it.

    `workload` is the pod or CronJob that it belongs to, "" for what several share.
    """

    name: str
    text: str
    hash: str
    workload: str

    @property
    def unit(self) -> str:
        """The systemd unit that comes of it: web.pod becomes web-pod.service."""
        return unit_name(self.name)

    @property
    def run_unit(self) -> str:
        """The unit to start: of a template, an instance for whoever runs it by hand."""
        return self.unit.replace("@.", "@up.")

    @property
    def is_quadlet(self) -> bool:
        """Whether Podman's generator reads it, and not systemd itself."""
        return is_quadlet(self.name)


def unit_name(name: str) -> str:
    """The systemd unit that comes of a file of this name."""
    stem, _, kind = name.rpartition(".")
    return f"{stem}{QUADLET[kind]}.service" if is_quadlet(name) else name


def is_quadlet(name: str) -> bool:
    """Whether Podman's generator reads a file of this name, and not systemd itself."""
    return name.rpartition(".")[2] in QUADLET


def render_file(name: str, workload: str, origin: str, sections: Sections) -> UnitFile:
    """A file of sections, the last of them one that may end with a label. `origin` says where it comes from."""
    parts = [f"# From {origin}. {MARK}"]
    for section, lines in sections.items():
        parts.append("\n".join([f"[{section}]", *(f"{key}={value}" for key, value in lines)]))
    body = "\n\n".join(parts) + "\n"
    digest = checksum(body)[:16]
    return UnitFile(name, f"{body}{_LABELS.get(name.rpartition('.')[2], _COMMENT)}{digest}\n", digest, workload)


def literal(text: str) -> str:
    """A text that systemd expands nothing in."""
    return text.replace("%", "%%").replace("$", "$$")


def word(text: str) -> str:
    """One word of a value that is taken apart at blanks."""
    text = literal(text)
    if re.fullmatch(_BARE, text):
        return text
    return '"' + "".join(_ESCAPES.get(each) or _printable(each) for each in text) + '"'


def _printable(character: str) -> str:
    """Where a line ends is not the same for every reader, so what may be an end is written in digits."""
    code = ord(character)
    if character.isprintable():
        return character
    return f"\\x{code:02x}" if code < 0x80 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def path(text: str) -> str:
    """A path that stands alone: it is not taken apart, and no variable is looked for in it."""
    return text.replace("%", "%%")


def at_home(text: str, quote: Callable[[str], str]) -> str:
    """A text of which `%h/` in front stays what it is to systemd, the user's home; all else is quoted."""
    return f"{HOME}{quote(text[len(HOME) :])}" if text.startswith(HOME) else quote(text)


def stands_as_it_is(text: str) -> bool:
    """Whether a value that is not taken apart keeps the text: no line ends in it, nothing at its ends is cut off."""
    return text.isprintable() and text == text.strip().strip('"') and not text.endswith("\\")
