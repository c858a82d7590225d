"""Which rows of a target are synthetic for certain: declared so, or copies of rows known to be."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from outcross.assets.instruments.gower import closest_distances, sample_rows
from outcross.resources.schema import Schema
from outcross.resources.seeds import derive_seed

DECLARED, EQUAL, NEAR = "declared", "equal", "near copy"
BY_CHANCE = 0.001
"""A likeness to known synthetic rows that more of the real rows have is no sign of a copy."""
NEAREST = 0.002
"""Gower distance below which a row may be a near copy: one number of fifteen moved by 3 % of its range."""


@dataclass(frozen=True)
class Certain:
    """What is certain of a target.

    Attributes:
        why: for each row ``declared``, ``equal``, ``near copy`` or null.
        by_chance: rows equal to known synthetic ones where real rows are too, so that nothing follows.
    """

    why: pl.Series
    by_chance: int

    @property
    def counts(self) -> dict[str, int]:
        """Rows by why."""
        return {why: int((self.why == why).sum()) for why in (DECLARED, EQUAL, NEAR)}


def find_certain(origins: pl.Series | None, hashes: pl.Series, *, known: pl.Series, real: pl.Series) -> Certain:
    """Mark the rows that are declared synthetic, and those equal to a known synthetic row.

    Args:
        origins: of the target's rows, as declared; None where nothing is.
        hashes: content of the target's rows.
        known: content hashes of known synthetic rows.
        real: content hashes of real rows.
    """
    declared = (
        pl.repeat(False, len(hashes), eager=True) if origins is None else (origins == "synthetic").fill_null(False)
    )
    equal = hashes.is_in(known.implode()) & ~declared
    chance = proves_nothing(known, real)
    why = pl.select(
        pl.when(declared).then(pl.lit(DECLARED)).when(equal & (not chance)).then(pl.lit(EQUAL)).alias("why")
    ).to_series()
    return Certain(why, int(equal.sum()) if chance else 0)


def proves_nothing(known: pl.Series, real: pl.Series) -> bool:
    """Whether equal content is too common between real and known synthetic rows to be a sign of a copy."""
    return bool(len(real)) and float(real.is_in(known.implode()).mean()) > BY_CHANCE  # type: ignore[arg-type]


def mark_near_copies(
    found: Certain, target: pl.DataFrame, schema: Schema, *, records: pl.DataFrame, real: pl.DataFrame, seed: int
) -> Certain:
    """Mark those of the other rows that are nearer to a known synthetic record than all but .1 % of real rows are.

    The distance is Gower's, so only columns of numbers and levels count; at most ``NEAREST``.
    """
    if not records.height or not (schema.numeric or schema.discrete):
        return found
    left = np.flatnonzero(found.why.is_null().to_numpy())
    usual = closest_distances(sample_rows(real, derive_seed("near copies", seed)), records, schema)
    nearest = min(NEAREST, float(np.quantile(usual, BY_CHANCE, method="lower")))
    near = left[closest_distances(target[left], records, schema) < nearest]
    return Certain(found.why.scatter(near, [NEAR] * len(near)) if len(near) else found.why, found.by_chance)
