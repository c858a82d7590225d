"""The verdicts of a study as its store keeps them, those of earlier versions included."""

from enum import StrEnum

import polars as pl

from outcross.assets.artefacts import VERDICT, Artefacts
from outcross.resources.store import Address, Store


class Outcome(StrEnum):
    """What a verdict found."""

    LIMIT = "limit"
    SAFE_THROUGHOUT = "safe at every share tried"
    NONE_SAFE = "no share tried is safe"
    NOT_DECIDED = "not decided"


VERDICTS: dict[str, pl.DataType | type[pl.DataType]] = {
    "ladder": pl.String,
    "endpoint": pl.String,
    "primary": pl.Boolean,
    "definition": pl.String,
    "tolerance": pl.Float64,
    "tolerance_of": pl.String,
    "tolerated_runs": pl.Float64,
    "outcome": pl.String,
    "safe_share": pl.Float64,
    "lower_95": pl.Float64,
    "upper_95": pl.Float64,
    "decided": pl.Boolean,
    "replicates": pl.Int32,
    "generations": pl.Int32,
    "added_shares": pl.List(pl.Float64),
    "reason": pl.String,
    "replicates_needed": pl.Int32,
    "unseen": pl.Float64,
    "drift": pl.Float64,
    "helps": pl.Boolean,
    "best_share": pl.Float64,
    "gain": pl.Float64,
    "gain_lower_95": pl.Float64,
    "gain_over": pl.String,
    "worth": pl.Float64,
    "worth_interval": pl.List(pl.Float64),
    "forecast_share": pl.Float64,
    "forecast_generations": pl.Int32,
    "forecast": pl.Float64,
    "forecast_lower": pl.Float64,
    "forecast_upper": pl.Float64,
    "rows": pl.Int64,
    "rows_change": pl.Float64,
    "rows_change_lower": pl.Float64,
    "rows_change_upper": pl.Float64,
    "limit_if_5": pl.Float64,
    "limit_if_10": pl.Float64,
    "limit_if_20": pl.Float64,
    "younger_share": pl.Float64,
    "younger_lower": pl.Float64,
    "younger_upper": pl.Float64,
    "younger_rows": pl.Int64,
    "sentence": pl.String,
    "details": pl.List(pl.String),
    "reference": pl.String,
}
"""Column → type: a line per ladder, endpoint and reference; without ``benefit``, ``helps`` to ``worth_interval`` are
null."""
_EARLIER = {
    "primary": pl.lit(True),
    "tolerance_of": pl.lit("relative"),
    "reference": pl.lit("holdout"),
    "details": pl.lit(pl.Series([[]], dtype=pl.List(pl.String))).first(),
    "outcome": pl.when("decided").then(pl.lit(str(Outcome.LIMIT))).otherwise(pl.lit(str(Outcome.NOT_DECIDED))),
}
"""What a column says that versions before 0.2 did not have; the others are null."""


def load_verdicts(artefacts: Artefacts) -> pl.DataFrame:
    """Return the verdicts of a study with every column of ``VERDICTS``; raises as :meth:`Artefacts.load` does."""
    return _complete(artefacts.load(artefacts.address(VERDICT)))


def read_verdicts(store: Store, study: str) -> pl.DataFrame:
    """Return the verdicts of a study under whatever settings they were reached.

    Raises:
        MissingArtefact: the study has none.
    """
    return _complete(store.read(Address(study=study, thing=VERDICT)))


def _complete(found: pl.DataFrame) -> pl.DataFrame:
    return found.select(
        (pl.col(name) if name in found.columns else _EARLIER.get(name, pl.lit(None))).cast(dtype).alias(name)
        for name, dtype in VERDICTS.items()
    )
