"""Registries: pushing to them, and the credentials for it, which are Podman's own and are never printed.

buildah looks into $REGISTRY_AUTH_FILE and where `podman login` and docker keep theirs. So does the service behind
Podman's API on 3.0.1, 4.3.1 and 5.4.2, but for the variable. That file is read here.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from podpipe.definition.names import qualified_reference
from podpipe.errors import CommandFailed, UsageError
from podpipe.report import Report

PUSHING = 7200.0  # seconds; an upload from home is slow
REFUSED = re.compile(r"unauthorized|authentication required|access to the resource is denied|forbidden", re.IGNORECASE)
DOCKER_HUB = "docker.io"
DOCKER_HUB_KEY = "https://index.docker.io/v1/"  # docker's own spelling


def push_image(source: str, reference: str, log: Report) -> str:
    """Push an image of this machine to a registry. Gives its digest there.

    Errors: UsageError for what names no registry, CommandFailed.
    """
    from podpipe.effects.process import run

    target = check_target(reference)
    with TemporaryDirectory() as folder:
        digest = Path(folder) / "digest"
        insecure = ["--tls-verify=false"] if is_loopback(target) else []
        argv = ["buildah", "push", *insecure, f"--digestfile={digest}", source, f"docker://{target}"]
        try:
            run(argv, doing=f"pushing {source} to {target}", timeout=PUSHING, on_line=log)
        except CommandFailed as error:
            hint = login_hint(target, "\n".join(error.lines)) or "the same again goes on where this ended"
            raise CommandFailed(error.message, hint=hint, lines=error.lines) from error
        return digest.read_text().strip()


def check_target(reference: str) -> str:
    """The reference with its tag. Errors: UsageError where it names no registry, or a digest."""
    qualified = qualified_reference(reference)
    if not qualified or "@" in qualified or qualified.startswith("localhost/"):
        raise UsageError(f"`{reference[:200]}` does not name a registry and a tag", hint="such as ghcr.io/me/nginx:1")
    return qualified


def is_loopback(reference: str) -> bool:
    """Whether the registry is one of this machine's own, which needs no TLS."""
    return bool(re.match(r"(localhost|127(\.\d{1,3}){3}):\d+/", reference))


def login_hint(reference: str, said: str) -> str:
    """What to do where a registry does not let us in; "" where it did."""
    return (
        f"log in, which keeps the password for both: podman login {_registry(reference)}"
        if REFUSED.search(said)
        else ""
    )


def credentials_header(reference: str, environment: Mapping[str, str]) -> dict[str, str]:
    """The header by which Podman's API gets the credentials that $REGISTRY_AUTH_FILE has for an image; {} without.

    Errors: UsageError where the file cannot be read.
    """
    named = environment.get("REGISTRY_AUTH_FILE")
    if not named:
        return {}
    try:
        entries = json.loads(Path(named).read_bytes()).get("auths") or {}
        found = find_credentials(reference, entries)
    except (OSError, ValueError, AttributeError, TypeError) as error:
        raise UsageError(f"REGISTRY_AUTH_FILE is {named}, which holds no credentials that can be read") from error
    if not found:
        return {}
    text = json.dumps({_registry(reference): {"username": found[0], "password": found[1]}})
    return {"X-Registry-Config": base64.urlsafe_b64encode(text.encode()).decode()}


def find_credentials(reference: str, entries: Mapping[str, Any]) -> tuple[str, str] | None:
    """User and password, of the entry that names most of the image's path (containers-auth.json(5))."""
    path = reference.partition("@")[0]
    keys = [path]
    while "/" in path:
        path = path.rpartition("/")[0]
        keys.append(path)
    keys += [DOCKER_HUB_KEY] if path == DOCKER_HUB else []
    for key in keys:
        encoded = (entries.get(key) or {}).get("auth")
        if encoded:
            user, _, password = base64.b64decode(encoded, validate=True).decode().partition(":")
            return user, password
    return None


def _registry(reference: str) -> str:
    return reference.partition("/")[0]
