"""Where, on the host, the files lie that containers mount."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from podpipe.definition.specs import ConfigMap
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

    def secret(self, name: str) -> Path:
        """The folder of a secret's keys."""
        return self.secrets / name
