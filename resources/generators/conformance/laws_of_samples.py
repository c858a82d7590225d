"""Laws of samples and exhibits."""

import numpy as np
import polars as pl

from outcross.resources.generators.conformance.agreement import distance
from outcross.resources.generators.conformance.law import Laws, join_values, require
from outcross.resources.generators.conformance.trial import FIRST, SECOND, Trial
from outcross.resources.schema import Column, Role, Schema

LAWS = Laws()
STANDARD_ERRORS = 5.5
"""Largest difference between the two halves of a sample, in standard errors."""
MAX_DISTANCE_RATIO = 0.9
"""Largest ratio of the distance of two exhibits under the same seeds to that under other seeds."""


@LAWS.law()
def samples_are_canonical(trial: Trial) -> None:
    """Samples have the requested number of rows per replicate, in the columns and types of the schema."""
    _require_canonical(trial.sample, trial.data.schema, rows=trial.rows, what="samples")
    one = trial.model.sample(rows=1, seeds=trial.seeds("sample"))
    _require_canonical(one, trial.data.schema, rows=1, what="samples")


@LAWS.law()
def samples_hold_allowed_values(trial: Trial) -> None:
    """Samples have nulls only where the schema allows them, finite numbers, and grey values up to the highest."""
    for column in trial.data.schema.columns:
        values = trial.sample[column.name]
        require(
            column.nullable or not values.null_count(),
            f"column '{column.name}' has nulls, which the schema does not allow",
        )
        if column.role is Role.NUMERIC:
            finite = values.drop_nulls().cast(pl.Float64).is_finite().all()
            require(finite, f"column '{column.name}' has NaN or infinite values")
        if column.role is Role.IMAGE:
            highest = int(np.max(values.drop_nulls().to_numpy(), initial=0))
            require(
                highest <= (column.levels or 0),
                f"'{column.name}' has grey value {highest}, above the schema's highest, {column.levels}",
            )


@LAWS.law()
def seed_decides_the_sample(trial: Trial) -> None:
    """The same seeds draw the same rows, whatever was drawn before; other seeds draw other rows."""
    other = trial.draw(trial.model, "another sample")
    require(
        trial.draw(trial.model).equals(trial.sample), "the same seeds drew different rows; keep no state between draws"
    )
    require(not other.equals(trial.sample), "other seeds drew the same rows; draw from the seeds")


@LAWS.law()
def samples_have_no_order(trial: Trial) -> None:
    """The first and the last rows of a sample have the same distribution."""
    half = trial.rows // 2
    for number in (FIRST, SECOND):
        drawn = trial.sample.filter(replicate=number)
        for column in trial.data.schema.columns:
            for values in _statistics(drawn[column.name], column):
                error = values.std() * np.sqrt(2 / half)
                apart = abs(values[:half].mean() - values[-half:].mean())
                require(
                    apart <= STANDARD_ERRORS * error,
                    f"the first half of replicate {number} differs from the second in column '{column.name}' by "
                    f"{apart / (error or 1):.1f} standard errors; shuffle the rows",
                )


@LAWS.law()
def exhibits_are_canonical(trial: Trial) -> None:
    """Exhibits have the requested number of rows, in the schema's columns and types, the same under the same seeds."""
    shown = trial.exhibit(trial.model)
    _require_canonical(shown, trial.data.schema, rows=trial.rows, what="exhibits")
    require(
        trial.exhibit(trial.model).equals(shown), "the same seeds gave different exhibits; keep no state between draws"
    )


@LAWS.law(lambda generator: generator.repeats_draws)
def exhibits_repeat_their_draws(trial: Trial) -> None:
    """Models of different fits exhibit the same latents at the same positions, so that positions are comparable."""
    shown, other = trial.exhibit(trial.model), trial.reseeded_model
    near = distance(shown, trial.exhibit(other), trial.data.schema)
    far = distance(shown, trial.exhibit(other, "another exhibit"), trial.data.schema)
    require(
        near < MAX_DISTANCE_RATIO * far,
        f"exhibits of two fits are {near:.3g} apart under the same seeds and {far:.3g} under others; train longer, or "
        "set 'repeats_draws = False'",
    )


def _require_canonical(drawn: pl.DataFrame, schema: Schema, *, rows: int, what: str) -> None:
    expected = {"replicate": pl.Int32(), **schema.polars}
    require(
        list(drawn.schema.items()) == list(expected.items()),
        f"{what} have columns {dict(drawn.schema)}; they must have {expected}",
    )
    numbers = drawn["replicate"].to_list()
    require(
        numbers == [FIRST] * rows + [SECOND] * rows,
        f"{what} must be {rows} rows of replicate {FIRST}, then {rows} of {SECOND}; they are {drawn.height} rows of "
        f"{join_values(dict.fromkeys(numbers))}",
    )


def _statistics(values: pl.Series, column: Column) -> list[np.ndarray]:
    """Statistics of each row for the comparison of halves: rank, length, mean grey value, or indicators of levels."""
    match column.role:
        case Role.NUMERIC:
            return [values.rank().fill_null(0).to_numpy(), values.is_null().to_numpy().astype(np.float64)]
        case Role.TEXT:
            return [values.str.len_chars().rank().to_numpy()]
        case Role.IMAGE:
            return [values.drop_nulls().to_numpy().astype(np.float64).mean(axis=1)]
        case _:
            return [values.eq_missing(pl.Series([level])).to_numpy().astype(np.float64) for level in values.unique()]
