"""References from a manifest to what other files define: images, claims, ConfigMaps and their keys."""

from __future__ import annotations

from podpipe.definition.names import qualified_reference
from podpipe.definition.reader import Value, suggest
from podpipe.definition.scope import Scope
from podpipe.definition.specs import ConfigMap


def find_image(value: Value | None, scope: Scope) -> str:
    """An image's reference with its tag; a problem where podpipe.yaml neither builds nor names it."""
    text = value.string() if value else None
    if value is None or text is None:
        return ""
    reference = qualified_reference(text)
    if scope.images is None or reference in scope.images:
        return reference
    hint = suggest(reference or text, scope.images) or _image_hint(reference)
    value.refuse(f"no image `{text[:200]}` is built or named by podpipe.yaml", hint)
    return ""


def _image_hint(reference: str) -> str:
    if reference and not reference.startswith("localhost/"):
        return f"name it in podpipe.yaml: `images: {{NAME: {{registry: {reference}}}}}`"
    return "write localhost/NAME:latest, and NAME among the `images` of podpipe.yaml"


def find_claim(value: Value | None, scope: Scope) -> str:
    """A claim's name; a problem where no PersistentVolumeClaim has it."""
    text = value.string() if value else None
    if value is None or text is None:
        return ""
    if scope.claims is not None and text not in scope.claims:
        hint = suggest(text, scope.claims) or f"add a manifest of kind PersistentVolumeClaim with the name {text[:80]}"
        value.refuse(f"no PersistentVolumeClaim `{text[:80]}` is defined", hint)
    return text


def find_config_map(value: Value | None, scope: Scope) -> ConfigMap | None:
    """The ConfigMap of that name; None after noting a problem, or where not all of them are known."""
    text = value.string() if value else None
    if value is None or text is None or scope.config_maps is None:
        return None
    if text not in scope.config_maps:
        hint = suggest(text, scope.config_maps) or f"add a manifest of kind ConfigMap with the name {text[:80]}"
        value.refuse(f"no ConfigMap `{text[:80]}` is defined", hint)
    return scope.config_maps.get(text)


def find_key(value: Value | None, config_map: ConfigMap | None) -> str:
    """A key; a problem where `config_map`, if it is known, does not have it."""
    text = value.string() if value else None
    if value is None or text is None:
        return ""
    known = [key for key, _ in config_map.data] if config_map else [text]
    if config_map and text not in known:
        hint = suggest(text, known) or f"it has {', '.join(known) or 'none'}"
        value.refuse(f"the ConfigMap `{config_map.name}` has no key `{text[:80]}`", hint)
    return text
