"""What holds of the losses that models give held-out rows, and of those that their fit ended with."""

import numpy as np
import polars as pl

from outcross.resources.generators.conformance.law import Laws, require
from outcross.resources.generators.conformance.trial import FIRST, SECOND, Trial

LAWS = Laws()
HALF = 0.5
"""A difference between two rows is found again up to this share of it."""
COLUMNS = {"replicate": pl.Int32(), "nats": pl.Float64(), "units": pl.Int64()}


@LAWS.law(lambda generator: not generator.scores_rows)
def no_loss_without_likelihood(trial: Trial) -> None:
    """A generator that states no likelihood gives None as the loss of rows."""
    require(trial.losses(trial.model) is None, "it gives losses; state 'scores_rows = True', or return None")


@LAWS.law(lambda generator: generator.scores_rows)
def losses_are_one_a_row(trial: Trial) -> None:
    """A loss is one line for each replicate and row, in nats, with units of 1, or of tokens where the data is text."""
    losses = _losses(trial)
    columns = dict(losses.schema)
    require(list(columns.items()) == list(COLUMNS.items()), f"losses have columns {columns}, and should have {COLUMNS}")
    rows = trial.holdout.height
    require(
        losses["replicate"].to_list() == [FIRST] * rows + [SECOND] * rows,
        f"{rows} rows and 2 replicates should give {rows} lines of replicate {FIRST}, then as many of {SECOND}",
    )
    nats = losses["nats"]
    wrong = nats.null_count() or nats.is_nan().any() or (nats == -np.inf).any()
    require(not wrong, "'nats' holds nulls, NaN or −∞; a row that is impossible scores +∞")
    units = losses["units"].to_numpy().reshape(2, rows)
    require((units[0] == units[1]).all(), "'units' of a row differ between replicates")
    if trial.data.schema.text is None:
        require((units == 1).all(), "'units' is not 1, and the data is no text")
    else:
        require((units > 0).all(), "'units' holds 0 for rows that have words")


@LAWS.law(lambda generator: generator.scores_rows)
def losses_repeat_under_their_seeds(trial: Trial) -> None:
    """The same seeds give the same losses."""
    require(_losses(trial).equals(_losses(trial)), "two losses of the same rows differ; draw from the seeds alone")


@LAWS.law(lambda generator: generator.scores_rows)
def losses_follow_the_order_of_rows(trial: Trial) -> None:
    """Losses stand in the order of the rows.

    Two rows, repeated so that an estimate's noise averages out, are scored alone, one before the other and after it.
    """
    losses = _losses(trial).filter(replicate=FIRST)["nats"].to_numpy()
    finite = np.where(np.isfinite(losses))[0]
    if not len(finite):
        return  # all held-out rows are impossible: there is no order to tell
    count = trial.holdout.height // 2
    least, most = (
        pl.concat([trial.holdout[int(finite[place])]] * count)
        for place in (losses[finite].argmin(), losses[finite].argmax())
    )
    alone = _mean(trial, most) - _mean(trial, least)
    ends = [_ends(trial, pl.concat(rows)) for rows in ([most, least], [least, most])]
    together = (ends[0] - ends[1]) / 2
    require(
        abs(together - alone) <= HALF * abs(alone) + 1e-9,
        f"two rows differ by {alone:.3g} nats alone, and by {together:.3g} where one stands before the other",
    )


@LAWS.law()
def fit_loss_is_that_of_training_rows(trial: Trial) -> None:
    """A model's ``fit_loss`` is the mean loss of its training rows, one a replicate, in the units of the loss."""
    fit_loss = trial.model.fit_loss
    require(
        len(fit_loss) == len(trial.members), f"'fit_loss' is {fit_loss}, and there are {len(trial.members)} replicates"
    )
    if not trial.generator.scores_rows:
        require(np.isnan(fit_loss).all(), f"'fit_loss' is {fit_loss} without a likelihood; give NaN")
        return
    for place, (number, rows) in enumerate(trial.members.items()):
        own = _losses(trial, rows).filter(replicate=number)
        nats, units = own["nats"].to_numpy(), float(own["units"].sum())
        mean, spread = float(nats.sum()) / units, float(nats.std()) * rows.height / units
        require(
            abs(fit_loss[place] - mean) <= spread + 1e-6 * (1 + abs(mean)),
            f"'fit_loss' of replicate {number} is {fit_loss[place]:.4g}, its rows have {mean:.4g} ± {spread:.2g}",
        )


def _mean(trial: Trial, rows: pl.DataFrame) -> float:
    """Mean loss of rows under the first replicate."""
    return float(_losses(trial, rows).filter(replicate=FIRST)["nats"].to_numpy().mean())


def _ends(trial: Trial, rows: pl.DataFrame) -> float:
    """By how much the first half of rows costs more than the last."""
    nats = _losses(trial, rows).filter(replicate=FIRST)["nats"].to_numpy()
    return float(nats[: len(nats) // 2].mean() - nats[len(nats) // 2 :].mean())


def _losses(trial: Trial, rows: pl.DataFrame | None = None) -> pl.DataFrame:
    losses = trial.losses(trial.model, rows)
    require(losses is not None, "it gives no losses; state 'scores_rows = False', or return them")
    assert losses is not None
    return losses
