"""git on the host: the user's repository, fetched into a mirror of ours and checked out into a clean folder."""

from __future__ import annotations

from podpipe.definition.branch import check_branch
from podpipe.effects.git.mirror import Mirror
from podpipe.effects.git.source import Source, choose_repository, fetch_source

__all__ = ["Mirror", "Source", "check_branch", "choose_repository", "fetch_source"]
