from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from podpipe.quadlet.words import quote_word, split_exec
from tests.quadlet.converted import convert_file, problem

NAME = "web.container"
NEIGHBOURS = {
    "site.volume": "[Volume]\nVolumeName=site\n",
    "base.image": "[Image]\nImage=localhost/base\n",
    "data.artifact": "[Artifact]\nArtifact=localhost/data\n",
}
KEPT = ["type=tmpfs,destination=/x", "type=devpts,destination=/x", "type=ramfs,source=./x,destination=/x"]


def mounted(mount: str) -> tuple[str, list[str], list[str]]:
    """What podman is given for a mount, the services that are needed, and the paths."""
    service = convert_file(NAME, f"[Container]\nImage=I\nMount={quote_word(mount)}\n", NEIGHBOURS)
    words = split_exec(service.lookup("Service", "ExecStart") or "")
    paths = service.lookup_all("Unit", "RequiresMountsFor")[1:]
    return words[words.index("--mount") + 1], service.lookup_all("Unit", "Requires"), paths


@pytest.mark.parametrize(
    ("mount", "given", "needed", "paths"),
    [
        ("type=bind,source=/a,destination=/x", "type=bind,source=/a,destination=/x", [], ["/a"]),
        ("type=bind,src=./a,dst=/x,ro", "type=bind,source=/q/a,dst=/x,ro", [], ["/q/a"]),
        ("destination=/x,source=site.volume", "type=volume,destination=/x,source=site", ["site-volume.service"], []),
        ("type=image,source=base.image,dst=/x", "type=image,source=localhost/base,dst=/x", ["base-image.service"], []),
        (
            "type=artifact,source=data.artifact,dst=/x",
            "type=artifact,source=localhost/data,dst=/x",
            ["data-artifact.service"],
            [],
        ),
        ("type=glob,source=%h/*,dst=/x", "type=glob,source=%h/*,dst=/x", [], []),
        ('type=bind,"source=/a,b",dst=/x', 'type=bind,"source=/a,b",dst=/x', [], ["/a,b"]),
        *((each, each, [], []) for each in KEPT),
    ],
)
def test_mount(mount: str, given: str, needed: list[str], paths: list[str]) -> None:
    assert mounted(mount) == (given, needed, paths)


@pytest.mark.parametrize(
    ("mount", "what"),
    [
        ("type=bind,destination=/x", "source cannot be empty"),
        ("type=bind,source,destination=/x", "source parameter does not include a value"),
        ("type=volume,source=no.volume,destination=/x", "requested Quadlet source no.volume was not found"),
        (
            'type=bind,source="/a",destination=/x',
            'incorrect mount format: source="/a" has a quote inside: double it, in quotes around the field',
        ),
    ],
)
def test_problems(mount: str, what: str) -> None:
    assert problem(NAME, f"[Container]\nImage=I\nMount={quote_word(mount)}\n") == what


# Blanks beyond ASCII's are lost at a line's end: Podman trims them.
FIELD = st.text(st.characters(blacklist_categories=("Cs", "Cc", "Z"), whitelist_characters=" "), min_size=1)


def written(fields: list[str]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="").writerow(fields)
    return text.getvalue()


@given(st.lists(FIELD.filter(lambda field: field.partition("=")[0] not in ("type", "source", "src"))))
def test_fields_that_are_not_the_source_stay_as_they_are(options: list[str]) -> None:
    fields = ["type=bind", "source=%h", *options]
    given, _, _ = mounted(written(fields))
    assert next(csv.reader([given], strict=True)) == fields
