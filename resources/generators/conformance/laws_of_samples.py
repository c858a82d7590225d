"""What holds of the rows that models draw, and of those that they exhibit."""

import numpy as np
import polars as pl

from outcross.resources.generators.conformance.agreement import distance
from outcross.resources.generators.conformance.law import Laws, listed, require
from outcross.resources.generators.conformance.trial import FIRST, SECOND, Trial
from outcross.resources.schema import Column, Role, Schema

LAWS = Laws()
STANDARD_ERRORS = 5.5
"""By how many the two halves of a sample may differ."""
REPEATED = 0.9
"""Exhibits under the same seeds are nearer than this share of the distance under others."""


@LAWS.law()
def samples_are_canonical(trial: Trial) -> None:
    """Samples are as many rows as asked for, by replicate, in the columns and types of the schema."""
    _require_canonical(trial.sample, trial.data.schema, rows=trial.rows, what="samples")
    one = trial.model.sample(rows=1, seeds=trial.seeds("sample"))
    _require_canonical(one, trial.data.schema, rows=1, what="samples")


@LAWS.law()
def samples_hold_allowed_values(trial: Trial) -> None:
    """Samples hold nulls only where the schema allows them, finite numbers, and grey values up to the highest."""
    for column in trial.data.schema.columns:
        values = trial.sample[column.name]
        require(column.nullable or not values.null_count(), f"column '{column.name}' has nulls, the schema has none")
        if column.role is Role.NUMERIC:
            finite = values.drop_nulls().cast(pl.Float64).is_finite().all()
            require(finite, f"column '{column.name}' has NaN or infinite values")
        if column.role is Role.IMAGE:
            highest = int(np.max(values.drop_nulls().to_numpy(), initial=0))
            require(highest <= (column.levels or 0), f"'{column.name}' has a grey value {highest} of {column.levels}")


@LAWS.law()
def seed_decides_the_sample(trial: Trial) -> None:
    """The same seeds draw the same rows, whatever was drawn before, and other seeds draw others."""
    other = trial.draw(trial.model, "another sample")
    require(trial.draw(trial.model).equals(trial.sample), "the same seeds drew other rows; keep no state between draws")
    require(not other.equals(trial.sample), "other seeds drew the same rows; draw from the seeds")


@LAWS.law()
def samples_have_no_order(trial: Trial) -> None:
    """The first rows of a sample are distributed as the last ones are."""
    half = trial.rows // 2
    for number in (FIRST, SECOND):
        drawn = trial.sample.filter(replicate=number)
        for column in trial.data.schema.columns:
            for values in _readings(drawn[column.name], column):
                error = values.std() * np.sqrt(2 / half)
                apart = abs(values[:half].mean() - values[-half:].mean())
                require(
                    apart <= STANDARD_ERRORS * error,
                    f"the first half of replicate {number} differs from the last in column '{column.name}' by "
                    f"{apart / (error or 1):.1f} standard errors; shuffle the rows",
                )


@LAWS.law()
def exhibits_are_canonical(trial: Trial) -> None:
    """Exhibits are as many rows as asked for, in the columns and types of the schema, the same under the same seeds."""
    shown = trial.exhibit(trial.model)
    _require_canonical(shown, trial.data.schema, rows=trial.rows, what="exhibits")
    require(trial.exhibit(trial.model).equals(shown), "the same seeds gave other exhibits")


@LAWS.law(lambda generator: generator.repeats_draws)
def exhibits_repeat_their_draws(trial: Trial) -> None:
    """Models of different fits exhibit the same draws in the same places, so that a place can be followed."""
    shown, other = trial.exhibit(trial.model), trial.under_other_seeds
    near = distance(shown, trial.exhibit(other), trial.data.schema)
    far = distance(shown, trial.exhibit(other, "another exhibit"), trial.data.schema)
    require(
        near < REPEATED * far,
        f"exhibits of two fits are {near:.3g} apart under the same seeds and {far:.3g} under others; train longer, or "
        "state 'repeats_draws = False'",
    )


def _require_canonical(drawn: pl.DataFrame, schema: Schema, *, rows: int, what: str) -> None:
    expected = {"replicate": pl.Int32(), **schema.polars}
    require(
        list(drawn.schema.items()) == list(expected.items()),
        f"{what} have columns {dict(drawn.schema)}, and should have {expected}",
    )
    numbers = drawn["replicate"].to_list()
    require(
        numbers == [FIRST] * rows + [SECOND] * rows,
        f"{what} should be {rows} rows of replicate {FIRST}, then as many of {SECOND}; they are {drawn.height} rows of "
        f"{listed(dict.fromkeys(numbers))}",
    )


def _readings(values: pl.Series, column: Column) -> list[np.ndarray]:
    """Numbers of each row by which halves are compared: ranks, lengths, greys, or whether it has a level."""
    match column.role:
        case Role.NUMERIC:
            return [values.rank().fill_null(0).to_numpy(), values.is_null().to_numpy().astype(np.float64)]
        case Role.TEXT:
            return [values.str.len_chars().rank().to_numpy()]
        case Role.IMAGE:
            return [values.drop_nulls().to_numpy().astype(np.float64).mean(axis=1)]
        case _:
            return [values.eq_missing(pl.Series([level])).to_numpy().astype(np.float64) for level in values.unique()]
