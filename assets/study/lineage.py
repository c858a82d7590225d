"""The lineage of generation 0, which all arms share."""

from typing import Final

SHARED: Final = "shared"
"""Generation 0 is fitted once, to real rows alone, and every arm starts from it."""
