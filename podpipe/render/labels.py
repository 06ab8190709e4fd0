"""The labels that say what is ours, and from what it was made."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

PROJECT = "io.podpipe.project"
SPEC = "io.podpipe.spec"
UNIT = "io.podpipe.unit"
CONTEXT = "io.podpipe.context"
BUILT_FOR = "io.podpipe.built-for"  # a project; not PROJECT, which containers would inherit


def spec_label(request: Mapping[str, Any]) -> str:
    """A request as canonical JSON, so that a later plan can name the field that changed."""
    return json.dumps(request, sort_keys=True, separators=(",", ":"))


def labelled(project: str, request: Mapping[str, Any]) -> dict[str, Any]:
    """The request with our labels beside its own."""
    ours = {PROJECT: project, SPEC: spec_label(request)}
    return {**request, "labels": {**request.get("labels", {}), **ours}}
