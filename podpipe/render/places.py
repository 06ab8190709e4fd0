"""Where, on the host, the files lie that containers mount."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from podpipe.definition.specs import LEDGER_CLAIM, Claim, ConfigMap
from podpipe.files import checksum


@dataclass(frozen=True)
class Places:
    """`state` is podpipe's folder for this project, `secrets` the user's secret store, `command` calls podpipe."""

    state: Path
    secrets: Path
    command: tuple[str, ...] = ("%h/.local/bin/podpipe",)

    def config_map(self, config_map: ConfigMap) -> Path:
        """The folder of a ConfigMap's files. Its name holds their hash: another content is another mount."""
        digest = checksum(json.dumps(config_map.data))[:12]
        return self.state / "config-maps" / f"{config_map.name}-{digest}"

    def claim(self, claim: Claim) -> Path | None:
        """The folder in the place of a claim's volume; None: it is a volume."""
        return self.state / LEDGER_CLAIM if claim.name == LEDGER_CLAIM else claim.folder

    def secret(self, name: str) -> Path:
        """The folder of a secret's keys."""
        return self.secrets / name
