"""What a project's files say: loaded with every mistake in its place, and held as frozen values.

The values are in `podpipe.definition.specs`.
"""

from __future__ import annotations

from podpipe.definition.load import check_definition, load_definition
from podpipe.definition.problems import DefinitionError
from podpipe.definition.specs import Definition, Place, Problem

__all__ = ["Definition", "DefinitionError", "Place", "Problem", "check_definition", "load_definition"]
