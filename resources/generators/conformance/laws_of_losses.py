"""Laws of losses: on held-out rows, and at the end of the fit."""

import numpy as np
import polars as pl

from outcross.resources.generators.conformance.law import Laws, require
from outcross.resources.generators.conformance.trial import FIRST, SECOND, Trial

LAWS = Laws()
HALF = 0.5
"""Relative tolerance of the difference between two rows' losses."""
COLUMNS = {"replicate": pl.Int32(), "nats": pl.Float64(), "units": pl.Int64()}


@LAWS.law(lambda generator: not generator.scores_rows)
def no_loss_without_likelihood(trial: Trial) -> None:
    """A generator without a likelihood returns None as the loss."""
    require(trial.losses(trial.model) is None, "it returns losses; set 'scores_rows = True', or return None")


@LAWS.law(lambda generator: generator.scores_rows)
def losses_are_one_a_row(trial: Trial) -> None:
    """Losses have one line per replicate and row, in nats; units are 1, or the row's tokens where the data is text."""
    losses = _losses(trial)
    columns = dict(losses.schema)
    require(list(columns.items()) == list(COLUMNS.items()), f"losses have columns {columns}; they must have {COLUMNS}")
    rows = trial.holdout.height
    require(
        losses["replicate"].to_list() == [FIRST] * rows + [SECOND] * rows,
        f"{rows} rows and 2 replicates must give {rows} lines of replicate {FIRST}, then {rows} of {SECOND}",
    )
    nats = losses["nats"]
    wrong = nats.null_count() or nats.is_nan().any() or (nats == -np.inf).any()
    require(not wrong, "'nats' contains nulls, NaN or −∞; an impossible row scores +∞")
    units = losses["units"].to_numpy().reshape(2, rows)
    require((units[0] == units[1]).all(), "'units' of a row differ between replicates")
    if trial.data.schema.text is None:
        require((units == 1).all(), "'units' is not 1, but the data is not text")
    else:
        require((units > 0).all(), "'units' is 0 for rows with words")


@LAWS.law(lambda generator: generator.scores_rows)
def losses_repeat_under_their_seeds(trial: Trial) -> None:
    """The same seeds give the same losses."""
    require(
        _losses(trial).equals(_losses(trial)),
        "two losses of the same rows under the same seeds differ; draw from the seeds alone",
    )


@LAWS.law(lambda generator: generator.scores_rows)
def losses_follow_the_order_of_rows(trial: Trial) -> None:
    """Losses are in the order of the rows.

    Two rows are scored alone and in both orders, each repeated so that the noise of an estimate averages out.
    """
    losses = _losses(trial).filter(replicate=FIRST)["nats"].to_numpy()
    finite = np.where(np.isfinite(losses))[0]
    if not len(finite):
        return  # every held-out row is impossible, so their order cannot be checked
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
        f"two rows differ by {alone:.3g} nats alone, but by {together:.3g} when scored together",
    )


@LAWS.law()
def fit_loss_is_that_of_training_rows(trial: Trial) -> None:
    """A model's ``fit_loss`` is the mean loss of its training rows, one per replicate, in the units of the loss."""
    fit_loss = trial.model.fit_loss
    require(
        len(fit_loss) == len(trial.members), f"'fit_loss' is {fit_loss}, but there are {len(trial.members)} replicates"
    )
    if not trial.generator.scores_rows:
        require(np.isnan(fit_loss).all(), f"'fit_loss' is {fit_loss}, but there is no likelihood; use NaN")
        return
    for place, (number, rows) in enumerate(trial.members.items()):
        own = _losses(trial, rows).filter(replicate=number)
        nats, units = own["nats"].to_numpy(), float(own["units"].sum())
        mean, spread = float(nats.sum()) / units, float(nats.std()) * rows.height / units
        require(
            abs(fit_loss[place] - mean) <= spread + 1e-6 * (1 + abs(mean)),
            f"'fit_loss' of replicate {number} is {fit_loss[place]:.4g}, but its training rows have "
            f"{mean:.4g} ± {spread:.2g}",
        )


def _mean(trial: Trial, rows: pl.DataFrame) -> float:
    """Mean loss of rows under the first replicate."""
    return float(_losses(trial, rows).filter(replicate=FIRST)["nats"].to_numpy().mean())


def _ends(trial: Trial, rows: pl.DataFrame) -> float:
    """Mean loss of the first half of the rows minus that of the second half."""
    nats = _losses(trial, rows).filter(replicate=FIRST)["nats"].to_numpy()
    return float(nats[: len(nats) // 2].mean() - nats[len(nats) // 2 :].mean())


def _losses(trial: Trial, rows: pl.DataFrame | None = None) -> pl.DataFrame:
    losses = trial.losses(trial.model, rows)
    require(losses is not None, "it returns no losses; set 'scores_rows = False', or return them")
    assert losses is not None
    return losses
