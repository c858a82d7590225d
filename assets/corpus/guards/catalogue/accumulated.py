"""The guards that accumulate over batches. They warn: the batch that takes a sum past its limit is not the culprit."""

from collections.abc import Mapping

from outcross.assets.corpus.guards.guard import Guard, Level

DEVIATION, LIKELIHOOD = "deviation", "log_likelihood_ratio"
"""Metrics of windows and of sums."""
_BUDGET = (
    "the limit is simulated on the anchor: in 3 % of simulated clean years of 52 batches, any of these limits is passed"
)
_DEVIATIONS = "standard errors beyond a season, of the last 8 batches"
_NATS = "nats, a cumulative sum"
_SEE = "look at the batches since then, and ask their source"

_GUARDS = (
    Guard(
        name="accumulated_drift",
        level=Level.BATCH,
        metrics=(DEVIATION,),
        unit=_DEVIATIONS,
        upper=0.0,
        reason=f"a level, a range of numbers, or numbers that the anchor lacks, became commoner or rarer by more than "
        f"the tenth that a season may; {_BUDGET}",
        remedy=f"{_SEE} what changed in the column; if the change is right, raise 'upper'",
        mode="observe",
    ),
    Guard(
        name="accumulated_groups",
        level=Level.BATCH,
        metrics=(DEVIATION,),
        unit=_DEVIATIONS,
        upper=0.0,
        reason=f"the share of a protected group left the bounds of representation; {_BUDGET}",
        remedy=f"{_SEE} what filtered the group, or add rows of it; if the change is right, raise 'upper'",
        mode="observe",
    ),
    Guard(
        name="accumulated_labels",
        level=Level.BATCH,
        metrics=(LIKELIHOOD,),
        unit=_NATS,
        upper=0.0,
        reason=f"labels contradict a model of the anchor more often than the anchor's own do, at equal certainty "
        f"(CUSUM, Page 1954, tuned to 5 % wrong labels); {_BUDGET}",
        remedy=f"{_SEE} who labelled them, and by which rule; if the rule changed rightly, raise 'upper'",
        mode="observe",
    ),
    Guard(
        name="accumulated_tails",
        level=Level.BATCH,
        metrics=(LIKELIHOOD,),
        unit=_NATS,
        upper=0.0,
        reason=f"rows with a rare level or in a tail are going missing (CUSUM, Page 1954, tuned to a fifth of them); "
        f"{_BUDGET}",
        remedy=f"{_SEE} what filters rare rows, and add those that are missing; if the change is right, raise 'upper'",
        mode="observe",
    ),
)
ACCUMULATED: Mapping[str, Guard] = {guard.name: guard for guard in _GUARDS}
