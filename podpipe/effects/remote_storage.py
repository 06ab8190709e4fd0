"""What containers on another machine mount besides volumes: ConfigMaps are sent there, secrets must be there."""

from __future__ import annotations

import io
import shlex
import tarfile
from collections.abc import Iterable
from typing import TYPE_CHECKING

from podpipe.effects.remote import Machine, with_arguments
from podpipe.effects.ssh import ask, send
from podpipe.errors import PodpipeError

if TYPE_CHECKING:

    from podpipe.render import ConfigFolder, SecretFolder

TIMEOUT = 300.0  # seconds
# The name of a ConfigMap's folder holds the hash of its content: one that is there is whole and the same.
UNPACK = """\
set -e
umask 022
mkdir -p "$1"
cd "$1"
new=$(mktemp -d .new.XXXXXX)
tar --extract --no-same-owner --directory "$new"
for folder in "$new"/*; do [ -e "${folder##*/}" ] || mv "$folder" .; done
rm -rf "$new"
"""
# secret FOLDER OPTIONAL KEY...: prints what is missing. The store is the user's alone: podpipe.effects.apply.
LOOK_FOR = """\
secret() {
  folder=$1 optional=$2
  shift 2
  mkdir -p -m 700 "${folder%/*}"
  chmod 700 "${folder%/*}"
  if [ "$optional" = True ]; then mkdir -p "$folder"; return; fi
  for key in "${@:-.}"; do [ -e "$folder/$key" ] || echo "$folder/$key"; done
}
"""


def send_config_maps(machine: Machine, folders: Iterable[ConfigFolder]) -> None:
    """Write what is not there yet. Errors: CommandFailed, DiskFull."""
    folders = list(folders)
    if folders:
        script = with_arguments(UNPACK, str(folders[0].folder.parent))
        doing = f"sending ConfigMaps to {machine.host}"
        send(machine.host, script, [pack(folders)], doing=doing, timeout=TIMEOUT)


def pack(folders: Iterable[ConfigFolder]) -> bytes:
    """A tar of the folders by their names."""
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        for folder in folders:
            for name, text in folder.files:
                content = text.encode()
                entry = tarfile.TarInfo(f"{folder.folder.name}/{name}")
                entry.size, entry.mode = len(content), 0o644
                tar.addfile(entry, io.BytesIO(content))
    return archive.getvalue()


def check_secrets(machine: Machine, secrets: Iterable[SecretFolder]) -> None:
    """Errors: PodpipeError for a key that is not there."""
    secrets = list(secrets)
    calls = [shlex.join(["secret", str(each.folder), str(each.optional), *each.keys]) for each in secrets]
    missing = ask(machine.host, LOOK_FOR + "\n".join(calls), doing="looking for secrets") if secrets else ""
    if missing:
        file = missing.splitlines()[0].replace("/.", "/KEY")
        way = f"ssh {machine.host.login} install -m 644 -D /dev/stdin {file}"
        raise PodpipeError(
            f"a secret is not on {machine.host}: {file}", hint=f"put each key into a file of its own: {way}"
        )
