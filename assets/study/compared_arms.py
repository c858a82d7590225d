"""Which arms of a study are compared, two by two."""

from collections.abc import Collection, Iterable, Sequence
from itertools import combinations

from outcross.resources.did_you_mean import did_you_mean

Pair = tuple[str, str]


def every_pair(arms: Iterable[str]) -> tuple[Pair, ...]:
    """Return every pair of arms once, in their order."""
    return tuple(combinations(arms, 2))


def check_pairs(pairs: Sequence[Pair], arms: Collection[str], *, endpoints: Collection[str]) -> None:
    """Check the pairs that a study file names.

    Args:
        pairs: as the file has them.
        arms: every arm of the study, those of its ladders included.
        endpoints: what the study compares arms on.

    Raises:
        ValueError: an arm is unknown or compared with itself, a pair is named twice, or there is nothing to compare on.
    """
    if pairs and not endpoints:
        raise ValueError("'compare' names arms, but there are no 'endpoints' to compare them on; name at least one")
    seen: set[frozenset[str]] = set()
    for pair in pairs:
        if unknown := [arm for arm in pair if arm not in arms]:
            near = did_you_mean(unknown[0], arms)
            raise ValueError(f"'compare' names '{unknown[0]}', which is no arm{near}; choose from {', '.join(arms)}")
        if pair[0] == pair[1]:
            raise ValueError(f"'compare' sets '{pair[0]}' against itself; name two arms, or remove the pair")
        if frozenset(pair) in seen:
            raise ValueError(f"'compare' has '{pair[0]}' and '{pair[1]}' twice; remove one of the pairs")
        seen.add(frozenset(pair))
