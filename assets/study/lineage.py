"""The lineage that generation 0 belongs to, whatever the arm."""

from typing import Final

SHARED: Final = "shared"
"""Generation 0 is fitted once, on real data alone, and every arm starts from it."""
