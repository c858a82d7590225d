"""Division of the anchor's rows among replicates."""

from typing import Literal

Dealing = Literal["shared", "own"]
"""``shared``: every replicate may use the whole anchor. ``own``: no two replicates use the same real row."""


def rows_each(anchor_rows: int, replicates: int, dealing: Dealing) -> int:
    """Return the real rows that each replicate may use."""
    return anchor_rows // replicates if dealing == "own" else anchor_rows
