"""How the anchor's rows are divided among replicates."""

from typing import Literal

Dealing = Literal["shared", "own"]
"""``shared``: every replicate may use the whole anchor. ``own``: no real row serves two replicates."""


def rows_each(anchor_rows: int, replicates: int, dealing: Dealing) -> int:
    """Real rows that each replicate may use."""
    return anchor_rows // replicates if dealing == "own" else anchor_rows
