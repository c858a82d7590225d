"""What a study draws from a pool: how many rows a generation takes, and how many the whole study needs."""

from collections.abc import Iterable, Mapping

import numpy as np

from outcross.assets.study.arm import Arm
from outcross.assets.study.policies.contract import Policy, Pool
from outcross.resources.generators.contract import Generator

FEWEST = 2
"""Fewest rows of a generation, as an evaluation reads that many."""


def check_pool(generator: Generator, arms: Mapping[str, Arm]) -> None:
    """Raise ``ValueError`` where an arm asks what a pool cannot do."""
    if generator.needs_fit:
        return
    for name, arm in arms.items():
        if arm.curation is not None:
            raise ValueError(
                f"arm '{name}' has a 'curation', which proposes rows again and again, but a pool has each row once; "
                "select the rows of the pool's file beforehand, and remove 'curation'"
            )
        if arm.generator:
            raise ValueError(
                f"arm '{name}' overrides the 'generator', but all arms draw from one pool; remove it, and write a "
                "study for each pool"
            )


def rows_drawn(policies: Iterable[Policy], rows: int) -> int:
    """Return the rows that every generation draws from a pool: the most that a dataset of any arm takes of one.

    It is the same in all arms, so that their evaluations measure equally many rows.

    Args:
        policies: of the arms.
        rows: n, the rows of a generation.
    """
    return max(FEWEST, *(mixed_rows(policy, rows) for policy in policies))


def mixed_rows(policy: Policy, rows: int) -> int:
    """Return the most synthetic rows that a dataset takes from one generation, for n = ``rows``."""
    if labelled := policy.labelled_rows(rows):
        return labelled
    if policy.draws_at_random or policy.reads == "all":
        return policy.synthetic_rows(rows)
    chosen = policy.select(Pool(rows=rows, generation=1, rng=np.random.default_rng(0)))
    return max(
        (int(each.rows.max()) + 1 for each in chosen if isinstance(each.part, int) and len(each.rows)), default=0
    )


def rows_needed(each: int, generations: int) -> int:
    """Return the rows that a pool must have: no dataset takes a row twice.

    Rows of the last generation are measured and enter no dataset. Where the pool has no others left, they are rows
    that were drawn before.

    Args:
        each: rows that a generation draws.
        generations: of the study, generation 0 included.
    """
    return each * max(1, generations - 1)
