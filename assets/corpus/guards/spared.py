"""Protected groups whose real rows are alike more often than others are, and how alike pictures are by chance."""

from collections.abc import Mapping

import numpy as np

from outcross.assets.corpus.guards.chance import lies_above
from outcross.assets.corpus.guards.picture_profile import PictureProfile

MOST_SHARE = 0.001
"""Share of real rows that may be as alike as a near copy. Above it, likeness is no evidence of a copy."""


def find_spared(counts: Mapping[str, tuple[int, int]], whole: float, *, what: str) -> dict[str, str]:
    """Find the groups whose rate lies above the whole's, beyond the 95 % interval (Clopper & Pearson 1934), and say so.

    Args:
        counts: group (``sex=f``) → its real rows that are as alike as near copies, and all of them.
        whole: the share of all real rows.
        what: is compared, such as ``texts``.
    """
    return {
        name: f"{what} of {name} are not compared: {hits / of:.1%} of its real rows are as alike as near copies, and "
        f"{whole:.1%} of all"
        for name, (hits, of) in counts.items()
        if lies_above(hits, of, whole)
    }


def most_apart(profile: PictureProfile, rows: int) -> int | None:
    """Choose the bits in which a near copy of one of ``rows`` others may differ; None where no number is evidence.

    Of more rows than were counted, as many times more are alike by chance.
    """
    scale = max(rows / max(profile.near_rows, 1), 1.0)
    rare = np.flatnonzero(profile.near * scale <= MOST_SHARE * profile.near_rows)
    return int(rare[-1]) if len(rare) else None


def find_spared_pictures(profile: PictureProfile, apart: int) -> dict[str, str]:
    """Find the groups whose real rows are alike more often than all are."""
    counts = {name: (int(each[apart]), int(each[-1])) for name, each in profile.groups.items()}
    return find_spared(counts, profile.near[apart] / max(profile.near_rows, 1), what="pictures")
