"""Fill a generation with curated rows: a model proposes, a curation keeps, round after round."""

from collections.abc import Mapping

import polars as pl

from outcross.assets.study.curations import Curation
from outcross.assets.study.curations.contract import Classify
from outcross.resources.errors import OutcrossError
from outcross.resources.generators.contract import CohortModel
from outcross.resources.rounding import round_samples
from outcross.resources.schema import Schema
from outcross.resources.seeds import derive_seed

ROUNDS = 20


class CurationStarved(OutcrossError):
    """A curation keeps so little of what a model proposes that a generation cannot be filled."""


def curate(
    model: CohortModel,
    curation: Curation,
    *,
    rows: int,
    seeds: Mapping[int, int],
    schema: Schema,
    classify: Classify,
) -> pl.DataFrame:
    """Draw and keep until each replicate has ``rows`` rows, in the order they were proposed.

    Every round proposes equally many rows to all replicates, so that what one keeps cannot depend on another.

    Args:
        model: proposes the rows.
        curation: decides on them.
        rows: how many each replicate is to have.
        seeds: replicate → the seed of its samples in this generation.
        schema: the rows' columns.
        classify: what real rows say of a label, for curations that ask.

    Returns rows as ``CohortModel.sample`` does.

    Raises:
        CurationStarved: after ``ROUNDS`` rounds a replicate still lacks rows.
    """
    proposals = curation.proposals(rows)
    kept = {replicate: pl.DataFrame(schema=schema.polars) for replicate in seeds}
    for turn in range(ROUNDS):
        drawn = round_samples(model.sample(rows=proposals, seeds=_derived(seeds, "curate", turn)), schema)
        chance = _derived(seeds, "keep", turn)
        for (replicate,), proposed in drawn.partition_by("replicate", as_dict=True, include_key=False).items():
            before = kept[replicate]
            if before.height < rows:
                keep = curation.keep(proposed, kept=before, schema=schema, classify=classify, seed=chance[replicate])
                kept[replicate] = pl.concat([before, proposed.filter(keep)]).head(rows)
        if all(part.height == rows for part in kept.values()):
            return _together(kept)
    least = min(part.height for part in kept.values())
    raise CurationStarved(
        f"curation '{curation.kind}' kept {least:,} of {ROUNDS * proposals:,} proposed rows, {rows:,} "
        "are needed; train the generator longer, lower 'rows', or drop the curation"
    )


def _derived(seeds: Mapping[int, int], purpose: str, turn: int) -> dict[int, int]:
    return {replicate: derive_seed(purpose, seed, turn) for replicate, seed in seeds.items()}


def _together(kept: Mapping[int, pl.DataFrame]) -> pl.DataFrame:
    return pl.concat(
        part.select(pl.lit(replicate, dtype=pl.Int32).alias("replicate"), pl.all())
        for replicate, part in sorted(kept.items())
    )
