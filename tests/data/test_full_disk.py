"""A sync that met a full disk leaves no more than it found."""

from __future__ import annotations

from pathlib import Path

from tests.small_disk import run_on_small_disk

FULL = """
import sys
from pathlib import Path
from podpipe.data.database import open_database
from podpipe.data.sources import Source
from podpipe.data.sync import Failed, sync_sources

small = Path(sys.argv[1])
file = small.with_name("a.csv")
database = small / "data.db"

def load(rows):
    file.write_text("a,b\\n" + "".join(f"{row},{'x' * 200}\\n" for row in range(rows)))
    (outcome,) = sync_sources([Source("s", "csv", str(file), "t")], database)
    return outcome

assert not isinstance(load(10), Failed)
with open_database(database):  # as datasette: what is open keeps the log from going with its last user
    outcome = load(40_000)
    assert isinstance(outcome, Failed) and "no space left" in str(outcome.error), outcome
    left = {path.name: path.stat().st_size for path in small.iterdir()}
    assert sum(left.values()) < 200_000, left
    assert load(20).rows == 20
"""


def test_a_full_disk_gives_back_what_a_load_took(tmp_path: Path) -> None:
    run_on_small_disk(tmp_path / "small", "4m", FULL)
