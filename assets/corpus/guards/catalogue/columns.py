"""The guards of distributions: of columns, of their relations, and of what is rare in them."""

from outcross.assets.corpus.guards.guard import ACCEPT_LEVEL, RENEW, Guard, Level

COLUMNS = (
    Guard(
        name="drift",
        level=Level.BATCH,
        metrics=("two_sample_auc",),
        unit="area under the ROC curve",
        upper=0.6,
        reason="the C2ST's AUC is between 0.47 and 0.53 for clean batches; where the classifier ranks three pairs of "
        "five correctly, the rows come from another source (Lopez-Paz & Oquab 2017, arXiv 1610.06545)",
        remedy="find what changed at the source, or declare synthetic rows; if the population changed, renew the "
        f"anchor: {RENEW}",
    ),
    Guard(
        name="synthetic_drift",
        level=Level.BATCH,
        metrics=("two_sample_auc",),
        unit="area under the ROC curve",
        upper=0.98,
        reason="a classifier separates generated rows from real rows (AUC 0.95 for a copula of a census); where it "
        "separates them perfectly, the generator is broken",
        remedy="compare the generator's settings and its training rows with those of an earlier batch",
    ),
    Guard(
        name="column_drift",
        level=Level.BATCH,
        metrics=("kolmogorov_smirnov", "total_variation"),
        unit="largest difference of a probability",
        upper=0.1,
        reason="a tenth of the rows would have to change to restore the column; a shift of half a standard deviation "
        "moves a normal distribution by 0.2",
        remedy="check the column's unit, coding and source",
    ),
    Guard(
        name="correlation",
        level=Level.BATCH,
        metrics=("rank_correlation_gap",),
        unit="difference of a correlation",
        upper=0.15,
        reason="columns that were shuffled, or generated one by one, keep their distributions and lose their "
        "correlations",
        remedy="check whether a column was joined to the wrong rows",
    ),
    Guard(
        name="tails",
        level=Level.BATCH,
        metrics=("tail_mass",),
        unit="share beyond the anchor's 1 % and 99 % ÷ the anchor's",
        lower=0.5,
        upper=2.0,
        reason="tails vanish first (Shumailov et al. 2024), and a change of unit fills them",
        remedy="examine the rows beyond the edge, or find what removed them",
    ),
    Guard(
        name="rare_mass",
        level=Level.BATCH,
        metrics=("rare_mass",),
        unit="rare levels per row ÷ the anchor's",
        lower=0.5,
        upper=2.0,
        reason="a generator loses levels under 5 % first; twice as many are a sign of a changed coding",
        remedy="compare the levels' shares with the anchor's",
    ),
    Guard(
        name="rare_survival",
        level=Level.BATCH,
        metrics=("rare_survival",),
        unit="rare levels that occur ÷ those expected in a batch of this size",
        lower=0.8,
        reason="one in five rare levels is gone",
        remedy="add real rows of the levels that are missing",
    ),
    Guard(
        name="new_levels",
        level=Level.BATCH,
        metrics=("new_level_share",),
        unit="share of rows",
        upper=0.01,
        reason="a new level in one row of a hundred is usually a new spelling or a new source",
        remedy=f"map the levels to those of the anchor, or accept them for good: {ACCEPT_LEVEL}",
    ),
    Guard(
        name="nulls",
        level=Level.BATCH,
        metrics=("null_share_change",),
        unit="difference of a share",
        lower=-0.05,
        upper=0.05,
        reason="one value in twenty has gone missing, or was filled in",
        remedy="check the export of the column",
    ),
    Guard(
        name="repeats",
        level=Level.BATCH,
        metrics=("distinct_share",),
        unit="different rows ÷ those expected in a batch of this size",
        lower=0.9,
        reason="one row in ten repeats another, beyond the anchor's rate of repeats",
        remedy="leave the repeated rows out, and check whether an export ran twice",
    ),
    Guard(
        name="entropy",
        level=Level.BATCH,
        metrics=("entropy_ratio",),
        unit="entropy of the columns ÷ the anchor's",
        lower=0.9,
        upper=1.1,
        reason="a tenth of the columns' entropy was lost or added",
        remedy="find the column with the largest column_drift",
    ),
)
