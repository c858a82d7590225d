"""What share of a target's rows is synthetic: those that certainly are, and an estimate of the others'.

The estimate presumes that real rows of the target are distributed as those of the holdout are, and that synthetic ones
come from the known generators. Where the rows show otherwise it says that it cannot tell. It cannot see rows of an
unknown generator that nothing tells from real ones.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import polars as pl

from outcross.assets.anchor.split import content_hashes
from outcross.assets.corpus.undeclared.calibration import MOST_ROWS as MOST_SAMPLE
from outcross.assets.corpus.undeclared.calibration import Rows, draw_calibration
from outcross.assets.corpus.undeclared.cells import as_numbers
from outcross.assets.corpus.undeclared.certain import Certain, find_certain, mark_near_copies
from outcross.assets.corpus.undeclared.uncertain import Estimate, estimate_uncertain
from outcross.resources.errors import BadInput
from outcross.resources.schema import Schema
from outcross.resources.seeds import derive_seed

FEWEST_ROWS = 50
"""Uncertain rows of a target, below which nothing is estimated."""
FEWEST_SAMPLE = 100
"""Rows of the anchor, and of each known generator, that calibration needs."""
MOST_ROWS = 20_000
"""Uncertain rows that are scored; of more, as many are drawn."""


@dataclass(frozen=True, kw_only=True)
class SyntheticShare:
    """The share of synthetic rows, with its 95 % interval.

    Attributes:
        share: of all rows. Where nothing could be estimated, what is certain.
        lower, upper: the interval. Where nothing could be estimated, an uncertain row counts as real in the one and as
            synthetic in the other.
        auc: of the classifier of real rows against those of the generator that it tells least well; None without one.
        decided: whether to rely on the share.
        reason: why, or why not.
        certain: rows by why they are certain to be synthetic: ``declared``, ``equal``, ``near copy``.
        rows: all rows.
        rows_estimated: those that are not certain.
        generators: known generator → its estimated share of all rows, certain rows left out.
    """

    share: float
    lower: float
    upper: float
    auc: float | None
    decided: bool
    reason: str
    certain: dict[str, int]
    rows: int
    rows_estimated: int
    generators: dict[str, float]

    def to_json(self) -> dict[str, Any]:
        """A JSON-able form."""
        return asdict(self)


def estimate_share(
    target: pl.DataFrame,
    schema: Schema,
    *,
    anchor: pl.DataFrame,
    known: Mapping[str, pl.DataFrame],
    seed: int,
    holdout: pl.DataFrame | None = None,
    known_hashes: pl.Series | None = None,
    known_rows: pl.DataFrame | None = None,
) -> SyntheticShare:
    """Count the rows of a target that are synthetic for certain, and estimate how many of the others are.

    Args:
        target: canonical rows; where a column ``origin`` says ``synthetic`` that is believed, and nothing else it says.
        schema: the columns of a row.
        anchor: canonical real rows, distributed as the target's real rows are.
        known: generator → canonical rows that it made.
        seed: of the rows drawn and of resamples. The order of rows makes no difference.
        holdout: canonical real rows that no generator was fitted to. Rows that one was fitted to are more like what it
            makes than other real rows are; where the anchor has to do instead, the share comes out too low by a little.
        known_hashes: content hashes of further rows that are known to be synthetic.
        known_rows: synthetic rows of which near copies are sought too; all pairs are compared.

    Raises:
        BadInput: a frame lacks a column or has one of another type.
    """
    frames = {"target": target, "anchor": anchor, "holdout": holdout, "known_rows": known_rows}
    for name, frame in (frames | {f"generator '{name}'": rows for name, rows in known.items()}).items():
        if frame is not None:
            _check(frame, schema, name)
    fresh = anchor if holdout is None else holdout
    hashes = content_hashes(target, schema)
    real = Rows.sort(fresh, content_hashes(fresh, schema), schema)
    made = {name: Rows.sort(rows, content_hashes(rows, schema), schema) for name, rows in known.items()}
    told = pl.Series("content", [], dtype=pl.String) if known_hashes is None else known_hashes
    synthetic = pl.concat([told, *(rows.contents for rows in made.values())]).unique()

    origins = target["origin"] if "origin" in target.columns and "origin" not in schema.names else None
    certain = find_certain(origins, hashes, known=synthetic, real=real.contents)
    if known_rows is not None:
        certain = mark_near_copies(certain, target, schema, records=known_rows, real=real.frame, seed=seed)
    unsure = certain.why.is_null()
    rest = Rows.sort(target.filter(unsure), hashes.filter(unsure), schema)

    whose = "anchor" if holdout is None else "holdout"
    lacking = _lacking(rest, {whose: real} | made)
    samples = [] if lacking else draw_calibration(real, made, synthetic, seed=seed)
    lacking = lacking or _lacking(rest, dict(zip([whose, *known], samples, strict=True)))
    if lacking:
        return _undecided(certain, rest, lacking)
    drawn = rest.draw(MOST_ROWS, seed=derive_seed("target", seed))
    more = _more_real(anchor, MOST_SAMPLE - samples[0].frame.height, schema, seed=seed) if holdout is not None else None
    learned = [] if more is None else [more]
    numbers = as_numbers([drawn.frame, *(rows.frame for rows in samples), *learned], schema)
    found = estimate_uncertain(
        numbers[0],
        numbers[1 : len(samples) + 1],
        [rows.folds for rows in samples],
        list(known),
        more_real=None if more is None else numbers[-1],
        seed=derive_seed("estimate", seed),
    )
    return _together(certain, rest, found, list(known))


def _together(certain: Certain, rest: Rows, found: Estimate, names: list[str]) -> SyntheticShare:
    """Count the certain rows in."""
    rows = len(certain.why)
    part = rest.frame.height / rows
    return SyntheticShare(
        share=1 - part + part * found.share,
        lower=1 - part + part * found.lower,
        upper=1 - part + part * found.upper,
        auc=found.auc,
        decided=found.decided,
        reason=found.reason + _by_chance(certain),
        certain=certain.counts,
        rows=rows,
        rows_estimated=rest.frame.height,
        generators={name: part * float(share) for name, share in zip(names, found.shares, strict=True)},
    )


def _undecided(certain: Certain, rest: Rows, reason: str) -> SyntheticShare:
    """Leave the rest open; a target without any is decided."""
    rows = len(certain.why)
    sure = 1 - rest.frame.height / rows if rows else 0.0
    return SyntheticShare(
        share=sure,
        lower=sure,
        upper=1.0,
        auc=None,
        decided=sure == 1,
        reason=reason + _by_chance(certain),
        certain=certain.counts,
        rows=rows,
        rows_estimated=rest.frame.height,
        generators={},
    )


def _by_chance(certain: Certain) -> str:
    if not certain.by_chance:
        return ""
    return f"; {certain.by_chance:,} of the rows equal known synthetic ones, but so do real rows: they are not counted"


def _lacking(rest: Rows, samples: Mapping[str, Rows]) -> str:
    """What stands in the way of an estimate, and what to do about it; empty where nothing does."""
    if not rest.frame.height:
        return "no row is uncertain"
    if rest.frame.height < FEWEST_ROWS:
        return f"{rest.frame.height} rows are uncertain and an estimate needs {FEWEST_ROWS}; pass batches together"
    if len(samples) < 2:
        return (
            f"no synthetic rows are known to compare with; pass {FEWEST_SAMPLE} rows or more of each generator that "
            "may have made some"
        )
    for name, rows in samples.items():
        if rows.frame.height < FEWEST_SAMPLE:
            return (
                f"'{name}' leaves {rows.frame.height} rows to compare with, known copies not counted, and needs "
                f"{FEWEST_SAMPLE}; pass more"
            )
    return ""


def _more_real(anchor: pl.DataFrame, most: int, schema: Schema, *, seed: int) -> pl.DataFrame:
    """Rows of the anchor to learn from, where the holdout has few."""
    return Rows.sort(anchor, content_hashes(anchor, schema), schema).draw(most, seed=derive_seed("anchor", seed)).frame


def _check(frame: pl.DataFrame, schema: Schema, name: str) -> None:
    """Refuse a frame that is not canonical."""
    for column, dtype in schema.polars.items():
        if column not in frame.columns:
            raise BadInput(f"{name}: column '{column}' is missing; pass rows with all columns of the schema")
        if frame.schema[column] != dtype:
            raise BadInput(
                f"{name}: column '{column}' is {frame.schema[column]}, the schema wants {dtype}; cast it, or read the "
                "rows by the schema"
            )
