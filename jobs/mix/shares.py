"""The synthetic shares that a pool allows, and how many of its rows each one takes."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from outcross.resources.errors import BadInput

DEFAULT = (0.1, 0.25, 0.5)
_DECIMALS = 4
"""Of a ratio, so that its arm has a short name."""
LEAST = 0.02
"""Smallest share that a mix begins with where the pool allows no more."""


@dataclass(frozen=True, kw_only=True)
class Rung:
    """A mix: all real rows and some of the pool.

    Attributes:
        share: of the dataset that is synthetic.
        ratio: synthetic rows ÷ real rows.
        real: real rows.
        synthetic: rows of the pool that each replicate draws.
    """

    share: float
    ratio: float
    real: int
    synthetic: int


def choose_rungs(shares: Sequence[float], *, real: int, pool: int, left_out: int) -> tuple[Rung, ...]:
    """Return the rungs of the shares asked for, or of those that the pool allows.

    Args:
        shares: asked for, ascending; empty for a choice: 10, 25 and 50 %, or ¼, ½ and all of what the pool allows.
        real: real rows that are trained on.
        pool: rows of the pool that may be drawn.
        left_out: rows of the pool that may not.

    Raises:
        BadInput: the pool is too small for them; the message has the largest share that it allows.
    """
    most = _most(real, pool)
    lost = f" that may be drawn ({left_out:,} are copies of real rows, and were left out)" if left_out else ""
    if shares:
        wanted = _rung(shares[-1], real)
        if wanted.synthetic > pool:
            raise BadInput(
                f"--shares: where {shares[-1]:.3g} of the dataset is synthetic, {real:,} real rows take "
                f"{wanted.synthetic:,} rows of the pool, and it has {pool:,}{lost}; lower the share to {most:g} or "
                f"less, or add {wanted.synthetic - pool:,} rows to the pool"
            )
        return tuple(_rung(share, real) for share in shares)
    if most < LEAST:
        raise BadInput(
            f"the pool has {pool:,} rows{lost}, which is {most:.1%} of a dataset with {real:,} real rows; add rows to "
            f"the pool, {_rung(LEAST, real).synthetic:,} at least, or name --shares below {LEAST:g}"
        )
    chosen = DEFAULT if most >= DEFAULT[-1] else tuple(round(most * part, 3) for part in (0.25, 0.5, 1))
    return tuple(_rung(share, real) for share in chosen)


def _most(real: int, pool: int) -> float:
    """The largest share, in tenths of a per cent, for which the pool has the rows."""
    thousandths = 1000 * pool // (pool + real)
    if thousandths and _rung(thousandths / 1000, real).synthetic > pool:
        thousandths -= 1
    return thousandths / 1000


def _rung(share: float, real: int) -> Rung:
    # Rounded up, so that a share of 25 % is never printed as 24.
    ratio = math.ceil(share / (1 - share) * 10**_DECIMALS - 1e-6) / 10**_DECIMALS
    return Rung(share=share, ratio=ratio, real=real, synthetic=round(ratio * real))
