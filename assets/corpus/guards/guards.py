"""The guards of an intake: what each watches, its bounds and why those, and what to do when it stops a batch.

A corpus changes a guard in its file, see :mod:`outcross.assets.corpus.guards.bounds`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

Mode = Literal["enforce", "observe"]


class Level(StrEnum):
    """Whether a guard sends single rows to quarantine, or holds the batch."""

    ROW = "row"
    BATCH = "batch"


@dataclass(frozen=True, kw_only=True)
class Guard:
    """One guard.

    Attributes:
        name: by which a corpus changes it.
        level: what it stops.
        metrics: that it watches, all of one unit.
        unit: of its bounds.
        lower: bound; None where that side is open.
        upper: bound.
        reason: why these bounds.
        remedy: what to do when it stops something.
        mode: ``enforce`` blocks, ``observe`` warns.
    """

    name: str
    level: Level
    metrics: tuple[str, ...] = ()
    unit: str = ""
    lower: float | None = None
    upper: float | None = None
    reason: str
    remedy: str
    mode: Mode = "enforce"


def _guards() -> Iterable[Guard]:
    row, batch = Level.ROW, Level.BATCH
    yield Guard(
        name="schema",
        level=row,
        reason="a value that cannot be read as its column's type is no value",
        remedy="mend the rows at their source and send them again",
    )
    yield Guard(
        name="range",
        level=row,
        reason="a number far outside what the anchor has is more often a unit or a sentinel than a person",
        remedy="check the column's unit and its code for missing values",
    )
    yield Guard(
        name="holdout_overlap",
        level=row,
        reason="a row that is in the holdout would be tested on what it was trained on",
        remedy="leave the rows out; they are held back for evaluation",
    )
    yield Guard(
        name="duplicates",
        level=row,
        reason="the same row twice weighs twice, and memorises more (Lee et al. 2022, arXiv 2107.06499)",
        remedy="leave the repeated rows out, or release them where repeats are real",
    )
    yield Guard(
        name="near_duplicates",
        level=row,
        reason="a row that differs from another in next to nothing is a copy with noise",
        remedy="leave the rows out, or release them where neighbours are real",
    )
    yield Guard(
        name="rows",
        level=batch,
        metrics=("rows",),
        unit="rows",
        lower=1,
        reason="a batch without rows is a failed export more often than a quiet day",
        remedy="check the export, and send the file again",
    )
    yield Guard(
        name="provenance",
        level=batch,
        metrics=("complete_share",),
        unit="share of rows",
        lower=1.0,
        reason="what nobody can tell from real data has to be said: of each row its origin, and what generated it",
        remedy="add a sidecar with origin and generator, or name --origin when ingesting",
    )
    yield Guard(
        name="licence",
        level=batch,
        metrics=("licensed_share",),
        unit="share of rows",
        lower=1.0,
        reason="one row without an allowed licence taints what is trained on it",
        remedy="clear the licence with the batch's source, or allow it in the corpus's file",
    )
    yield Guard(
        name="consent",
        level=batch,
        metrics=("consenting_share",),
        unit="share of rows",
        lower=1.0,
        reason="rows about people need consent, or the terms of their source; synthetic rows have none to give",
        remedy="state consent or terms in the sidecar",
    )
    yield Guard(
        name="depth",
        level=batch,
        metrics=("depth",),
        unit="models",
        upper=1,
        reason="degradation adds up over generations (Shumailov et al. 2024, Nature 631:755): rows of a model that was "
        "trained on generated rows are for a person to admit",
        remedy="leave the deeper rows out, or raise the bound to what a study has shown to be safe",
    )
    yield Guard(
        name="drift",
        level=batch,
        metrics=("two_sample_auc",),
        unit="area under the ROC curve",
        upper=0.6,
        reason="clean batches lie between .47 and .53; where a classifier is right in three pairs of five, the rows "
        "come from elsewhere (Lopez-Paz & Oquab 2017, arXiv 1610.06545)",
        remedy="find what changed at the source, or declare rows that are synthetic; where the world changed, renew "
        "the anchor",
    )
    yield Guard(
        name="synthetic_drift",
        level=batch,
        metrics=("two_sample_auc",),
        unit="area under the ROC curve",
        upper=0.98,
        reason="generated rows can be told from real ones, a copula's of a census in .95 of the pairs; where that is "
        "always so, the generator is broken",
        remedy="compare the generator's settings and its training rows with those of an earlier batch",
    )
    yield Guard(
        name="column_drift",
        level=batch,
        metrics=("kolmogorov_smirnov", "total_variation"),
        unit="largest difference of a probability",
        upper=0.1,
        reason="a tenth of the rows would have to change to bring the column back; half a standard deviation moves a "
        "bell curve by .2",
        remedy="check the column's unit, coding and source",
    )
    yield Guard(
        name="correlation",
        level=batch,
        metrics=("rank_correlation_gap",),
        unit="difference of a correlation",
        upper=0.15,
        reason="columns that were shuffled, or generated one by one, each look right and no longer hang together",
        remedy="check whether a column was joined to the wrong rows",
    )
    yield Guard(
        name="tails",
        level=batch,
        metrics=("tail_mass",),
        unit="share beyond the anchor's 1 % and 99 % ÷ the anchor's",
        lower=0.5,
        upper=2.0,
        reason="tails vanish first (Shumailov et al. 2024), and a unit that changed fills them",
        remedy="look at the rows beyond the edge, or at what cut them off",
    )
    yield Guard(
        name="rare_mass",
        level=batch,
        metrics=("rare_mass",),
        unit="rare levels a row ÷ the anchor's",
        lower=0.5,
        upper=2.0,
        reason="levels under 5 % are the first that a generator loses; twice as many are a coding that changed",
        remedy="compare the levels' shares with the anchor's",
    )
    yield Guard(
        name="rare_survival",
        level=batch,
        metrics=("rare_survival",),
        unit="rare levels that occur ÷ those to be expected among so many rows",
        lower=0.8,
        reason="one in five rare levels is gone",
        remedy="add real rows of the levels that are missing",
    )
    yield Guard(
        name="new_levels",
        level=batch,
        metrics=("new_level_share",),
        unit="share of rows",
        upper=0.01,
        reason="one row in a hundred with a level nobody has seen is a new spelling, or a new source",
        remedy="map the levels to those of the anchor, or renew the anchor",
    )
    yield Guard(
        name="nulls",
        level=batch,
        metrics=("null_share_change",),
        unit="difference of a share",
        lower=-0.05,
        upper=0.05,
        reason="one value in twenty went missing, or was filled in",
        remedy="check the export of the column",
    )
    yield Guard(
        name="repeats",
        level=batch,
        metrics=("distinct_share",),
        unit="different rows ÷ those to be expected among so many rows",
        lower=0.9,
        reason="one row in ten is a repeat that the anchor would not have",
        remedy="leave the repeated rows out; look for an export that ran twice",
    )
    yield Guard(
        name="entropy",
        level=batch,
        metrics=("entropy_ratio",),
        unit="entropy of the columns ÷ the anchor's",
        lower=0.9,
        upper=1.1,
        reason="a tenth of the variety is gone, or was made up",
        remedy="look at which column_drift is largest",
    )
    yield Guard(
        name="representation",
        level=batch,
        metrics=("share_ratio",),
        unit="share of a protected group or joint cell ÷ the anchor's",
        lower=0.8,
        upper=1.25,
        reason="four fifths, the rule of thumb of United States employment law (29 CFR 1607.4 D), and its inverse",
        remedy="add rows of the group, or find out what filtered them",
    )
    yield Guard(
        name="label_balance",
        level=batch,
        metrics=("label_share_change",),
        unit="difference of a share",
        lower=-0.1,
        upper=0.1,
        reason="a tenth of the rows changed sides",
        remedy="check how the batch was drawn and labelled",
    )
    yield Guard(
        name="label_rates",
        level=batch,
        metrics=("label_share_change",),
        unit="difference of a share",
        lower=-0.1,
        upper=0.1,
        reason="the label means something else for one group than it does in the anchor",
        remedy="check who labelled the group's rows, and by what rule",
    )
    yield Guard(
        name="copies",
        level=batch,
        metrics=("copied_share",),
        unit="share of the synthetic rows",
        upper=0.01,
        reason="a generator that repeats one row in a hundred of its training data gives people away; where the anchor "
        "repeats itself, as many repeats are chance",
        remedy="regularise the generator, train it for fewer steps, or leave the copies out",
    )
    yield Guard(
        name="nearness",
        level=batch,
        metrics=("near_share",),
        unit="share of the synthetic rows",
        upper=0.1,
        reason="rows of the holdout lie so near to the anchor in one case of twenty; twice that is no accident",
        remedy="regularise the generator, train it for fewer steps, or leave the nearest rows out",
    )
    yield Guard(
        name="undeclared_share",
        level=batch,
        metrics=("undeclared_share",),
        unit="share of the rows declared real",
        upper=0.05,
        reason="the lower end of a 95 % interval: rows that are called real and are not",
        remedy="ask the source, and declare the rows synthetic or mixed",
    )
    yield Guard(
        name="synthetic_share",
        level=batch,
        metrics=("synthetic_share",),
        unit="share of the corpus after admission",
        reason="the lower limit of the study's verdict, or the bound set by hand",
        remedy="add real rows, or trim synthetic ones",
    )


GUARDS: Mapping[str, Guard] = {guard.name: guard for guard in _guards()}


def check_names(settings: Iterable[str]) -> None:
    """Raise ValueError for a guard that does not exist."""
    for name in settings:
        if name not in GUARDS:
            raise ValueError(f"'{name}' is no guard; choose from {', '.join(GUARDS)}")
