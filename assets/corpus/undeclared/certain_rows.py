"""The rows of a target that are certainly synthetic: declared so, marked so, or copies of known synthetic rows."""

from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from outcross.assets.instruments.gower import closest_distances, sample_rows
from outcross.assets.instruments.one_place import in_one_place
from outcross.assets.instruments.picture_hashes import MOST_APART, PictureHashes, least_apart
from outcross.assets.instruments.plain_text import plain
from outcross.assets.instruments.sketch_mates import Mates
from outcross.assets.instruments.text_sketches import Features, Sketches, Weights, alike
from outcross.assets.instruments.words import Words
from outcross.resources.schema import Column, Schema
from outcross.resources.seeds import derive_seed

DECLARED, EQUAL, NEAR, MARKED = "declared", "equal", "near copy", "marked"
BY_CHANCE = 0.001
"""Share of real rows that may be as similar to known synthetic rows. Above it, the similarity is no evidence."""
NEAREST = 0.002
"""Gower distance below which a row may be a near copy: one number of fifteen moved by 3 % of its range."""

LEAST_ALIKE = 0.5
"""Similarity above which a text may be a near copy: a third of its words and word pairs are others."""


@dataclass(frozen=True)
class CertainRows:
    """The certainly synthetic rows of a target.

    Attributes:
        why: for each row ``declared``, ``marked``, ``equal``, ``near copy`` or null.
        by_chance: rows that equal known synthetic rows where too many real rows do as well; they are not counted.
    """

    why: pl.Series
    by_chance: int

    @property
    def counts(self) -> dict[str, int]:
        """Number of rows by ``why``; of marked rows only where there are some."""
        found = {why: int((self.why == why).sum()) for why in (DECLARED, EQUAL, NEAR, MARKED)}
        return {why: count for why, count in found.items() if count or why != MARKED}

    def with_marked(self, marked: pl.Series) -> "CertainRows":
        """Count rows that somebody marked as a model's, whatever else they are but declared synthetic.

        Args:
            marked: (rows,) whether a row is marked.
        """
        whose = pl.when(pl.lit(marked) & self.why.ne_missing(DECLARED)).then(pl.lit(MARKED)).otherwise(self.why)
        return replace(self, why=pl.select(whose.alias("why")).to_series())


def find_certain_rows(
    origins: pl.Series | None, hashes: pl.Series, *, known: pl.Series, real: pl.Series
) -> CertainRows:
    """Find the rows that are declared synthetic, and those that equal a known synthetic row.

    Args:
        origins: declared origins of the target's rows; None where none are declared.
        hashes: content hashes of the target's rows.
        known: content hashes of known synthetic rows.
        real: content hashes of real rows.
    """
    declared = (
        pl.repeat(False, len(hashes), eager=True) if origins is None else (origins == "synthetic").fill_null(False)
    )
    equal = hashes.is_in(known.implode()) & ~declared
    chance = is_by_chance(known, real)
    why = pl.select(
        pl.when(declared).then(pl.lit(DECLARED)).when(equal & (not chance)).then(pl.lit(EQUAL)).alias("why")
    ).to_series()
    return CertainRows(why, int(equal.sum()) if chance else 0)


def is_by_chance(known: pl.Series, real: pl.Series) -> bool:
    """Check whether so many real rows equal known synthetic rows that equality is no evidence of a copy."""
    return bool(len(real)) and float(real.is_in(known.implode()).mean()) > BY_CHANCE  # type: ignore[arg-type]


def mark_near_copies(
    found: CertainRows, target: pl.DataFrame, schema: Schema, *, records: pl.DataFrame, real: pl.DataFrame, seed: int
) -> CertainRows:
    """Mark the near copies: other rows that are nearer to a known synthetic row than all but 0.1 % of real rows are.

    This is DCR, the distance to the closest record, with ``records`` the known synthetic rows. The distance is Gower's,
    so only numeric and discrete columns count, and it is below ``NEAREST``. Texts are compared by their words, and
    pictures by their perceptual hashes.
    """
    if schema.image is not None:
        name = schema.image.name
        return _mark_pictures(found, target[name], records[name], real[name], schema.image)
    if schema.text is not None:
        return _mark_alike(found, target[schema.text.name], records[schema.text.name], real[schema.text.name])
    if not records.height or not (schema.numeric or schema.discrete):
        return found
    left = np.flatnonzero(found.why.is_null().to_numpy())
    usual = closest_distances(sample_rows(real, derive_seed("near copies", seed)), records, schema)
    nearest = min(NEAREST, float(np.quantile(usual, BY_CHANCE, method="lower")))
    near = left[closest_distances(target[left], records, schema) < nearest]
    return CertainRows(found.why.scatter(near, [NEAR] * len(near)) if len(near) else found.why, found.by_chance)


def _mark_pictures(
    found: CertainRows, target: pl.Series, records: pl.Series, real: pl.Series, column: Column
) -> CertainRows:
    """Mark the pictures that are more like a known synthetic one than all but 0.1 % of real pictures are."""
    left = np.flatnonzero(found.why.is_null().to_numpy())
    if not len(records) or not len(left) or not len(real):
        return found
    known = PictureHashes.read(records, column)
    usual, nearest = (least_apart(PictureHashes.read(each, column), known, MOST_APART) for each in (real, target[left]))
    least = int(np.quantile(usual, BY_CHANCE, method="lower"))
    near = left[nearest < least]
    return CertainRows(found.why.scatter(near, [NEAR] * len(near)) if len(near) else found.why, found.by_chance)


def _mark_alike(found: CertainRows, target: pl.Series, records: pl.Series, real: pl.Series) -> CertainRows:
    """Mark the texts that are more like a known synthetic one than all but 0.1 % of real texts are."""
    left = np.flatnonzero(found.why.is_null().to_numpy())
    if not len(records) or not len(left):
        return found
    weights = Weights.fit(Features.of(Words.read(plain(real))))
    made = Sketches.read(records, weights)
    usual, in_place = _nearest(Sketches.read(real, weights), made, weights)
    least = max(LEAST_ALIKE, float(np.quantile(usual, 1 - BY_CHANCE, method="higher")))
    nearest, one_place = _nearest(Sketches.read(target[left], weights), made, weights)
    near = left[(nearest > least) | (one_place & (in_place.mean() <= BY_CHANCE))]
    return CertainRows(found.why.scatter(near, [NEAR] * len(near)) if len(near) else found.why, found.by_chance)


def _nearest(rows: Sketches, records: Sketches, weights: Weights) -> tuple[np.ndarray, np.ndarray]:
    """Return the (rows,) similarity to the record that is most alike, and whether one differs in one place.

    The similarity is 0 below ``LEAST_ALIKE``.
    """
    mates, nearest, in_place = Mates.find(rows, records), np.zeros(len(rows)), np.zeros(len(rows), dtype=bool)
    for one, _, similarity in alike(rows, records, weights, LEAST_ALIKE, mates):
        np.maximum.at(nearest, one, similarity)
    in_place[in_one_place(rows, records, mates)[0]] = True
    return nearest, in_place
