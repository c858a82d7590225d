"""What a pipeline asks of a verdict: that it is decided, and that its safe share is large enough."""

from collections.abc import Iterable, Mapping
from typing import Any

from outcross.assets.verdict.references import HOLDOUT


def unmet(verdicts: Iterable[Mapping[str, Any]], *, decided: bool, min_share: float | None) -> list[str]:
    """Return what the primary endpoint's verdicts lack, a sentence each; one that is not decided has no share.

    Args:
        verdicts: of a study; those of named test sets and of secondary endpoints are passed over.
        decided: whether each has to be decided.
        min_share: lower limit that each safe share has to reach; None asks for none.
    """
    found = []
    for verdict in verdicts:
        if not verdict["primary"] or verdict["reference"] != HOLDOUT:
            continue
        named = f"ladder '{verdict['ladder']}', endpoint '{verdict['endpoint']}'"
        if not verdict["decided"]:
            if decided or min_share is not None:
                found.append(f"{named}: not decided")
        elif min_share is not None and (limit := verdict["lower_95"] or 0.0) < min_share:
            found.append(f"{named}: safe up to {limit:g}, below {min_share:g}")
    return found
