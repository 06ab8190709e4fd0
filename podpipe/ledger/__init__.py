"""What was delivered: each release with its steps and its log, in SQLite, readable in datasette."""

from podpipe.ledger.labels import known_releases
from podpipe.ledger.ledger import Ledger
from podpipe.ledger.release import RESULTS, Release, Step

__all__ = ["RESULTS", "Ledger", "Release", "Step", "known_releases"]
