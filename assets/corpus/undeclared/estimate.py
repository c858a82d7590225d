"""The synthetic share of a target: certainly synthetic rows are counted, and the share of the others is estimated.

The estimate assumes that the target's real rows are distributed as the holdout's, and that its synthetic rows come from
the known generators. Where a test of fit rejects this, the result is undecided. Rows of a generator, known or not, that
no classifier separates from real rows go unnoticed: the share is of the rows that can be told to be synthetic.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import numpy as np
import polars as pl

from outcross.assets.anchor.split import content_hashes
from outcross.assets.corpus.files import POSTERIOR
from outcross.assets.corpus.undeclared.calibration import MOST_ROWS as MOST_SAMPLE
from outcross.assets.corpus.undeclared.calibration import Rows, draw_calibration
from outcross.assets.corpus.undeclared.cells import as_numbers
from outcross.assets.corpus.undeclared.certain_rows import CertainRows
from outcross.assets.corpus.undeclared.copies import find_copies
from outcross.assets.corpus.undeclared.edits import EDITED, edit_texts
from outcross.assets.corpus.undeclared.mixture_share import Estimate, estimate_mixture
from outcross.assets.corpus.undeclared.posterior import posterior_frame
from outcross.resources.errors import BadInput
from outcross.resources.schema import Schema
from outcross.resources.seeds import derive_seed

FEWEST_ROWS = 50
"""Smallest number of uncertain rows of a target for an estimate."""
FEWEST_SAMPLE = 100
"""Smallest number of rows of the holdout or anchor, and of each known generator, for a calibration."""
MOST_ROWS = 20_000
"""Largest number of uncertain rows that are scored; of more rows, a sample is drawn."""


@dataclass(frozen=True, kw_only=True)
class SyntheticShare:
    """The share of rows that can be told to be synthetic, with its 95 % interval.

    Attributes:
        share: of all rows. Without an estimate, the share that is certain.
        lower, upper: the interval. Without an estimate, an uncertain row counts as real in ``lower`` and as synthetic
            in ``upper``; so it does in ``upper`` where no row is told, and where a generator is merged.
        auc: area under the ROC curve of real rows against the generator that is told least well, of those not merged;
            None without a classifier.
        decided: whether the share is reliable.
        reason: why it is reliable, or why not.
        certain: number of certainly synthetic rows: ``declared``, ``equal``, ``near copy``.
        rows: all rows.
        rows_estimated: rows that are not certain.
        generators: known generator → its estimated share of all rows, without the certain rows.
        merged: known generator that is hardly told from real rows, and counts as real → its AUC.
        posteriors: of the rows that were scored or are certain: ``content`` and the columns of
            :data:`~.files.POSTERIOR`; None without a reliable estimate.
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
    merged: dict[str, float] = field(default_factory=dict)
    posteriors: pl.DataFrame | None = field(default=None, compare=False, repr=False)

    def to_json(self) -> dict[str, Any]:
        """Convert to values that JSON can hold, without those of single rows."""
        values = asdict(replace(self, posteriors=None))
        del values["posteriors"]
        return values


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
    certain: CertainRows | None = None,
) -> SyntheticShare:
    """Count the certainly synthetic rows of a target, and estimate the share of the others.

    Args:
        target: canonical rows. In a column ``origin`` only the value ``synthetic`` is trusted.
        schema: the columns of a row.
        anchor: canonical real rows, distributed as the target's real rows.
        known: generator → canonical rows that it made.
        seed: of the rows drawn and of the resamples. The order of rows does not matter.
        holdout: canonical real rows that no generator was fitted to; the anchor if None. Rows that a generator was
            fitted to are more like its output than other real rows, so with the anchor the share is slightly too low.
        known_hashes: content hashes of further known synthetic rows.
        known_rows: known synthetic rows to search for near copies; all pairs are compared.
        certain: what :func:`.copies.find_certain` found in the target, if it was asked already.

    Raises:
        BadInput: a frame lacks a column, or a column has another type.
    """
    frames = {"target": target, "anchor": anchor, "holdout": holdout, "known_rows": known_rows}
    for name, frame in (frames | {f"generator '{name}'": rows for name, rows in known.items()}).items():
        if frame is not None:
            _check(frame, schema, name)
    fresh = anchor if holdout is None else holdout
    hashes = content_hashes(target, schema)
    real = Rows.sort(fresh, content_hashes(fresh, schema), schema)
    made = {name: Rows.sort(rows, content_hashes(rows, schema), schema) for name, rows in known.items()}
    more = pl.Series("content", [], dtype=pl.String) if known_hashes is None else known_hashes
    synthetic = pl.concat([more, *(rows.contents for rows in made.values())]).unique()

    if certain is None:
        certain = find_copies(target, hashes, schema, real=real, synthetic=synthetic, records=known_rows, seed=seed)
    unsure = certain.why.is_null()
    rest = Rows.sort(target.filter(unsure), hashes.filter(unsure), schema)

    whose = "anchor" if holdout is None else "holdout"
    lacking = _lacking(rest, {whose: real} | made)
    if schema.text is not None and holdout is not None:
        made = with_edited(made, schema, seed=seed)
    samples = [] if lacking else draw_calibration(real, made, synthetic, seed=seed)
    lacking = lacking or _lacking(rest, dict(zip([whose, *made], samples, strict=True)))
    if lacking:
        found = _undecided(certain, rest, lacking)
        none = np.zeros((0, len(POSTERIOR)))
        return replace(found, posteriors=_posteriors(hashes, rest.contents, none if found.decided else None))
    drawn = rest.draw(MOST_ROWS, seed=derive_seed("target", seed))
    most = MOST_SAMPLE - samples[0].frame.height
    of_style, of_classifier = divide_anchor(anchor, schema) if holdout is not None else (None, anchor)
    more_real = None if holdout is None else _draw_more_real(of_classifier, most, schema, seed=seed)
    unscored = [] if more_real is None else [more_real]
    numbers = as_numbers([drawn.frame, *(rows.frame for rows in samples), *unscored], schema, real=of_style)
    estimate = estimate_mixture(
        numbers[0],
        numbers[1 : len(samples) + 1],
        [rows.folds for rows in samples],
        list(made),
        more_real=None if more_real is None else numbers[-1],
        seed=derive_seed("estimate", seed),
    )
    posteriors = _posteriors(hashes.filter(~unsure), drawn.contents, estimate.posteriors)
    return replace(_combine(certain, rest, estimate, list(made)), posteriors=posteriors)


def _posteriors(sure: pl.Series, scored: pl.Series, found: np.ndarray | None) -> pl.DataFrame | None:
    """Put together the posteriors of certain and of scored rows, by content hash."""
    if found is None:
        return None
    certainly = np.ones((len(sure), len(POSTERIOR)))
    return posterior_frame(pl.concat([sure, scored]), np.concatenate([certainly, found]))


def _combine(certain: CertainRows, rest: Rows, found: Estimate, names: list[str]) -> SyntheticShare:
    """Combine the certain rows with the estimate for the others."""
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
        generators={
            name: part * float(share)
            for name, share in zip(names, found.shares, strict=True)
            if name not in found.merged
        },
        merged=found.merged,
    )


def _undecided(certain: CertainRows, rest: Rows, reason: str) -> SyntheticShare:
    """Return a share without an estimate; it is decided only if every row is certain."""
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


def _by_chance(certain: CertainRows) -> str:
    if not certain.by_chance:
        return ""
    return (
        f"; {certain.by_chance:,} of the rows equal known synthetic rows and are not counted as copies, because real "
        "rows equal them too"
    )


def _lacking(rest: Rows, samples: Mapping[str, Rows]) -> str:
    """Explain what an estimate lacks, and the remedy; empty where it lacks nothing."""
    if not rest.frame.height:
        return "no row is uncertain"
    if rest.frame.height < FEWEST_ROWS:
        return f"{rest.frame.height} rows are uncertain, and an estimate needs {FEWEST_ROWS}; estimate batches together"
    if len(samples) < 2:
        return (
            f"there are no known synthetic rows to compare with; provide at least {FEWEST_SAMPLE} rows of each "
            "generator that may have been used"
        )
    for name, rows in samples.items():
        if rows.frame.height < FEWEST_SAMPLE:
            return (
                f"'{name}' has {rows.frame.height} rows to compare with, not counting known copies, and an estimate "
                f"needs {FEWEST_SAMPLE}; provide more"
            )
    return ""


def with_edited(made: Mapping[str, Rows], schema: Schema, *, seed: int) -> dict[str, Rows]:
    """Add to each generator's texts the same ones, lightly edited, as those of another."""
    assert schema.text is not None
    found = dict(made)
    for name, rows in made.items():
        drawn = rows.draw(MOST_SAMPLE // len(made), seed=derive_seed("texts to edit", name, seed)).frame
        edited = drawn.with_columns(edit_texts(drawn[schema.text.name], seed=derive_seed("edits", name, seed)))
        found[EDITED.format(name)] = Rows.sort(edited, content_hashes(edited, schema), schema)
    return found


def divide_anchor(anchor: pl.DataFrame, schema: Schema) -> tuple[pl.DataFrame | None, pl.DataFrame]:
    """Divide an anchor of texts into rows for a model of style, and rows for the classifiers; no table is divided."""
    if schema.modality != "text":
        return None, anchor
    ordered = Rows.sort(anchor, content_hashes(anchor, schema), schema).frame
    return ordered.gather_every(2), ordered.gather_every(2, 1)


def _draw_more_real(anchor: pl.DataFrame, most: int, schema: Schema, *, seed: int) -> pl.DataFrame:
    """Draw rows of the anchor to fit the classifiers to, where the holdout has few."""
    return Rows.sort(anchor, content_hashes(anchor, schema), schema).draw(most, seed=derive_seed("anchor", seed)).frame


def _check(frame: pl.DataFrame, schema: Schema, name: str) -> None:
    """Refuse a frame that is not canonical."""
    for column, dtype in schema.polars.items():
        if column not in frame.columns:
            raise BadInput(f"{name}: column '{column}' is missing; pass rows with all columns of the schema")
        if frame.schema[column] != dtype:
            raise BadInput(
                f"{name}: column '{column}' is {frame.schema[column]}, and the schema requires {dtype}; cast it, or "
                "read the rows by the schema"
            )
