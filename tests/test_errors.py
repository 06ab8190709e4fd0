"""What an error must never tell."""

from __future__ import annotations

import pytest

from podpipe.errors import PodpipeError, masked


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("cannot reach https://me:secret@h/x.csv: no", "cannot reach https://h/x.csv: no"),
        ("https://secret@h/x", "https://h/x"),
        ("https://me:secr/et@h/x", "https://h/x"),
        ("https://me:secret@secret@h/x", "https://h/x"),
        ("'https://h/x.git?token=secret': no", "'https://h/x.git?***': no"),
        ("https://h:1/a?secret=b ssh://git@h/c?", "https://h:1/a?*** ssh://h/c?"),
        ("git@h:x.git mail me@h.org? yes", "git@h:x.git mail me@h.org? yes"),
    ],
)
def test_an_address_keeps_no_credentials(text: str, shown: str) -> None:
    assert masked(text) == shown
    error = PodpipeError(text, hint=text, lines=[text])
    assert (error.message, error.hint, error.lines) == (shown, shown, (shown,))
    assert "secr" not in f"{error}{error!r}{error.as_json()}"
