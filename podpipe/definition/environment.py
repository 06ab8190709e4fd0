"""A container's `env`, `envFrom`, and the `$(NAME)` that Kubernetes expands in them and in its command."""

from __future__ import annotations

import re
from collections.abc import Mapping

from podpipe.definition.names import is_variable
from podpipe.definition.reader import Fields, Value
from podpipe.definition.references import find_config_map, find_key
from podpipe.definition.scope import Scope
from podpipe.definition.settings import GENERATED
from podpipe.definition.specs import ConfigMap
from podpipe.definition.subset.containers import CONFIG_MAP_KEY, CONFIG_MAP_REF, ENV, ENV_FROM, VALUE_FROM

_REFERENCE = r"\$(?:\$|\(([^)]*)\))"


def expand(text: str, variables: Mapping[str, str]) -> str:
    """`$(NAME)` becomes the variable's value, or stays where there is no such variable; `$$` becomes `$`.

    Source: kubernetes.io/docs, "Define Dependent Environment Variables".
    """

    def replace(match: re.Match[str]) -> str:
        return "$" if match[0] == "$$" else variables.get(match[1], match[0])

    return re.sub(_REFERENCE, replace, text)


def read_environment(container: Fields, scope: Scope) -> dict[str, str]:
    """All variables of a container; those of `env` win over those of `envFrom`."""
    variables: dict[str, str] = {}
    for source in container.each("envFrom", ENV_FROM):
        variables.update(_all_keys(source, scope))
    own: set[str] = set()
    for entry in container.each("env", ENV):
        name = _variable_name(entry.get("name", required=True), own)
        value = _value(entry, variables, scope)
        if name:
            variables[name] = value
            own.add(name)
    return variables


def _find_written_map(name: Value | None, scope: Scope) -> ConfigMap | None:
    found = find_config_map(name, scope)
    if name and found and found.name in GENERATED:
        name.refuse(f"`{found.name}` cannot become variables", "mount it as a volume")
        return None
    return found


def _all_keys(source: Fields, scope: Scope) -> dict[str, str]:
    reference = source.fields("configMapRef", CONFIG_MAP_REF, required=True)
    name = reference.get("name", required=True) if reference else None
    found = _find_written_map(name, scope)
    keys = dict(found.data) if found else {}
    for key in keys:
        if name and not is_variable(key):
            name.refuse(f"its key `{key}` cannot be a variable's name", "name each variable in `env`")
    return keys


def _variable_name(name: Value | None, taken: set[str]) -> str:
    text = name.string() if name else None
    if name is None or text is None:
        return ""
    if not is_variable(text):
        name.refuse(f"`{text[:80]}` cannot be a variable's name", "use letters, digits and `_`, no digit in front")
    elif text in taken:
        name.refuse(f"the variable `{text}` is set twice", "keep one of the two")
    return text


def _value(entry: Fields, variables: Mapping[str, str], scope: Scope) -> str:
    if "valueFrom" not in entry:
        return expand(entry.string("value", required=True), variables)
    if "value" in entry:
        entry.value.refuse("`value` and `valueFrom` stand side by side", "keep one of the two")
    source = entry.fields("valueFrom", VALUE_FROM)
    reference = source.fields("configMapKeyRef", CONFIG_MAP_KEY, required=True) if source else None
    if reference is None:
        return ""
    found = _find_written_map(reference.get("name", required=True), scope)
    key = find_key(reference.get("key", required=True), found)
    return dict(found.data).get(key, "") if found else ""
