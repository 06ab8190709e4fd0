from __future__ import annotations

import pytest

from podpipe.quadlet.generator import generate
from podpipe.quadlet.healthcheck import health_test


@pytest.mark.parametrize(
    ("given", "test", "before"),
    [
        ("curl x", ["CMD-SHELL", "curl x"], "--health-cmd 'curl x'"),
        ('["wget", "-q"]', ["CMD", "wget", "-q"], """'--health-cmd=["CMD", "wget", "-q"]'"""),
        ('["ls"]', ["CMD-SHELL", "ls"], """'--health-cmd=["CMD-SHELL", "ls"]'"""),
        ("CMD ls  -l", ["CMD", "ls", "-l"], """'--health-cmd=["CMD", "ls", "-l"]'"""),
        ('["CMD-SHELL", "a b"]', ["CMD-SHELL", "a b"], """--health-cmd '["CMD-SHELL", "a b"]'"""),
        ("none", ["NONE"], "--health-cmd none"),
        ("[1]", ["CMD-SHELL", "[1]"], "--health-cmd [1]"),
    ],
)
def test_a_check_is_the_same_for_a_podman_that_reads_it_otherwise(given: str, test: list[str], before: str) -> None:
    assert health_test(given) == test
    text = f"[Container]\nImage=localhost/x:1\nHealthCmd={given}\n"
    made = generate({"a.container": text}, user=True, version=(3, 0, 0))
    assert made.errors == []
    assert f" {before} localhost/x:1" in made.files["a.service"]
    assert "health-cmd=" not in generate({"a.container": text}, user=True, version=(4, 3, 1)).files["a.service"]
