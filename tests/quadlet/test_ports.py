from __future__ import annotations

import pytest

from podpipe.quadlet.generator import generate

HANDLER = "--network=slirp4netns:port_handler=slirp4netns"


@pytest.mark.parametrize(
    ("lines", "user", "version", "there"),
    [
        ("PublishPort=8080:80", True, (3, 0, 0), True),
        ("PublishPort=8080:80", False, (3, 0, 0), False),
        ("PublishPort=8080:80", True, (4, 3, 1), False),
        ("PublishPort=8080:80\nNetwork=host", True, (3, 0, 0), False),
        ("", True, (3, 0, 0), False),
    ],
)
@pytest.mark.parametrize("kind", ["pod", "container"])
def test_the_forwarder_that_lives_on_is_taken_where_the_other_would_die(
    kind: str, lines: str, user: bool, version: tuple[int, int, int], there: bool
) -> None:
    text = f"[{kind.title()}]\n{'Image=localhost/x:1' if kind == 'container' else ''}\n{lines}\n"
    made = generate({f"a.{kind}": text}, user=user, version=version)
    assert made.errors == []
    assert (HANDLER in "".join(made.files.values())) == there
