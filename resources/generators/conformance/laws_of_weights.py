"""Laws of a generator that honours the weights of rows."""

import numpy as np

from outcross.resources.generators.conformance.agreement import MAX_DIFFERING_SHARE, largest_difference, losses_agree
from outcross.resources.generators.conformance.law import Laws, require
from outcross.resources.generators.conformance.trial import Trial

LAWS = Laws()
EVERY_THIRD = 3
"""One row in three has weight 0, so that the others have 1.5: a mean of 1."""


@LAWS.law(lambda generator: generator.honours_weights)
def rows_of_weight_0_are_absent(trial: Trial) -> None:
    """A row of weight 0 is absent: the fit is that of the other rows alone.

    The other rows then have weight 1, as a cohort's weights have mean 1; where ``counts_by_weight`` is true, they keep
    their weight, since twice the weight is twice the evidence.
    """
    generator = trial.generator
    weights, kept, own = {}, {}, {}
    for number, rows in trial.members.items():
        present = np.arange(rows.height // EVERY_THIRD * EVERY_THIRD) % EVERY_THIRD > 0
        weights[number] = np.where(present, EVERY_THIRD / (EVERY_THIRD - 1), 0.0).tolist()
        kept[number] = rows[: len(present)].filter(present)
        own[number] = [weights[number][1] if generator.counts_by_weight else 1.0] * kept[number].height
    whole = {number: rows[: len(weights[number])] for number, rows in trial.members.items()}
    weighted, alone = (
        generator.fit(trial.cohort(members, weights=each)) for members, each in ((whole, weights), (kept, own))
    )
    count = min(rows.height for rows in kept.values())
    first, second = (model.sample(rows=count, seeds=trial.seeds("sample")) for model in (weighted, alone))
    share, column = largest_difference(first, second, trial.data.schema)
    require(
        share <= MAX_DIFFERING_SHARE, f"with rows of weight 0, {share:.0%} of the samples differ in column '{column}'"
    )
    require(losses_agree(trial.losses(weighted), trial.losses(alone)), "with rows of weight 0, losses differ")


@LAWS.law(lambda generator: generator.honours_weights)
def unequal_weights_change_what_is_drawn(trial: Trial) -> None:
    """Unequal weights of rows change what a model draws."""
    weights = {}
    for number, rows in trial.members.items():
        uneven = 0.02 ** np.linspace(0, 1, rows.height)
        weights[number] = (uneven / uneven.mean()).tolist()
    drawn = trial.draw(trial.generator.fit(trial.cohort(weights=weights)))
    share, _ = largest_difference(trial.sample, drawn, trial.data.schema)
    require(share > 0, "weights from 50 to 1 gave the same samples as equal weights")
