"""A container's variables, and what Kubernetes expands in them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from podpipe.definition.environment import expand
from tests.definition.folder import ProjectFolder

CONFIG_MAP = """
apiVersion: v1
kind: ConfigMap
metadata: {name: settings}
data: {COLOUR: red, SIZE: "3", file.txt: a text}
"""

EXPANDED = [
    ("$(A)", "1"),
    ("x$(A)y$(A)", "x1y1"),
    ("$(B)", "$(B)"),
    ("$$(A)", "$(A)"),
    ("$$$(A)", "$1"),
    ("$A ${A} $", "$A ${A} $"),
    ("$(A", "$(A"),
    ("$()", "$()"),
]


@pytest.mark.parametrize(("text", "value"), EXPANDED)
def test_expand(text: str, value: str) -> None:
    assert expand(text, {"A": "1"}) == value


@given(st.text(alphabet="$()AB x", max_size=30))
def test_what_has_no_dollar_stays_and_values_are_not_expanded_again(text: str) -> None:
    assert "$(B)" not in expand(text.replace("$", ""), {"A": "$(B)"})
    assert expand(text.replace("$", "$$"), {"A": "1"}) == text


def test_variables_are_resolved_in_order(project: ProjectFolder) -> None:
    project.add("pods/settings.yaml", CONFIG_MAP)
    project.add(
        "pods/web.yaml",
        """
        envFrom: [{configMapRef: {name: settings}}]
        env:
          - {name: COLOUR, value: blue}
          - {name: BOTH, value: $(COLOUR)-$(SIZE)-$(LATER)}
          - {name: LATER, valueFrom: {configMapKeyRef: {name: settings, key: file.txt}}}
        command: [echo, $(LATER)]
        """,
        indent=6,
    )
    assert dict(project.container.env) == {
        "COLOUR": "blue",
        "SIZE": "3",
        "file.txt": "a text",
        "BOTH": "blue-3-$(LATER)",
        "LATER": "a text",
    }
    assert project.container.command == ("echo", "a text")


REFUSED = [
    ("env: [{name: A, value: 1}]", 'env[0].value: a string is wanted, and this is a number | hint: quote it: "1"'),
    ("env: [{name: A, value: 1.5}]", 'hint: quote it: "1.5"'),
    ("env: [{name: A, value: no}]", 'a string is wanted, and this is true or false | hint: quote it: "no"'),
    ("env: [{name: A, value: }]", 'env[0].value: a string is wanted, and this is nothing | hint: write ""'),
    ("env: [{name: A}]", "env[0]: the key `value` is missing"),
    ("env: [{name: A, value: a, valueFrom: {configMapKeyRef: {name: settings, key: SIZE}}}]", "`value` and `valueFrom"),
    ("env: [{name: A, value: a}, {name: A, value: b}]", "env[1].name: the variable `A` is set twice"),
    ("env: [{name: 1A, value: a}]", "`1A` cannot be a variable's name"),
    ("env: [{name: A=B, value: a}]", "`A=B` cannot be a variable's name"),
    (
        "env: [{name: A, valueFrom: {secretKeyRef: {name: a, key: b}}}]",
        "podpipe does not support `secretKeyRef`"
        " | hint: mount it as a volume: Podman keeps a container's environment in the clear",
    ),
    ("envFrom: [{secretRef: {name: a}}]", "podpipe does not support `secretRef` | hint: mount it as a volume"),
    ("envFrom: [{configMapRef: {name: setings}}]", "no ConfigMap `setings` is defined | hint: did you mean `settings`"),
    ("envFrom: [{prefix: A, configMapRef: {name: settings}}]", "podpipe does not support `prefix`"),
    (
        "env: [{name: A, valueFrom: {configMapKeyRef: {name: settings, key: COLOR}}}]",
        "the ConfigMap `settings` has no key `COLOR` | hint: did you mean `COLOUR`?",
    ),
    (
        "env: [{name: A, valueFrom: {configMapKeyRef: {name: settings, key: SIZE, optional: true}}}]",
        "podpipe does not support `optional`",
    ),
    ("envFrom: [{configMapRef: {name: podpipe-data}}]", "`podpipe-data` cannot become variables | hint: mount it as a"),
]


@pytest.mark.parametrize(("snippet", "problem"), REFUSED, ids=[snippet[:60] for snippet, _ in REFUSED])
def test_refused(project: ProjectFolder, snippet: str, problem: str) -> None:
    project.add("pods/settings.yaml", CONFIG_MAP)
    project.add("pods/web.yaml", snippet, indent=6)
    assert [problem in each for each in project.problems] == [True], project.problems
