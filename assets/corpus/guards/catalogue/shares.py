"""The guards of how much is synthetic: of the rows that are declared real, and of the corpus."""

from outcross.assets.corpus.guards.guard import Guard, Level

SHARES = (
    Guard(
        name="undeclared_share",
        level=Level.BATCH,
        metrics=("undeclared_share",),
        unit="share of the rows declared real",
        upper=0.05,
        reason="the lower limit of the 95 % interval: the share of rows declared real that can be told to be synthetic",
        remedy="ask the source, and declare the rows synthetic or mixed",
    ),
    Guard(
        name="synthetic_share",
        level=Level.BATCH,
        metrics=("synthetic_share",),
        unit="share of the corpus after admission",
        reason="the lower limit of the study's verdict, or the bound set by hand",
        remedy="add real rows, or trim synthetic ones",
    ),
    Guard(
        name="estimated_share",
        level=Level.BATCH,
        metrics=("lower_limit", "estimate"),
        unit="share of the corpus after admission",
        reason="the bound of synthetic_share, for rows that are synthetic whatever they declare; the lower limit of "
        "the 95 % interval is held to it, and the estimate itself only warns",
        remedy="ask the sources of the last batches, declare their rows, and add rows that are known to be real",
    ),
    Guard(
        name="accumulated_share",
        level=Level.BATCH,
        metrics=("rise",),
        unit="log-likelihood ratio of a share of 5 % to none, added up over batches",
        upper=7,
        reason="a year of 52 clean batches passes it with a probability of at most 5 %",
        remedy="ask the sources of the batches since then, and declare their rows synthetic or mixed",
    ),
    Guard(
        name="recent_share",
        level=Level.BATCH,
        metrics=("recent_share",),
        unit="share of the rows declared real in the last 8 batches",
        reason="the bound of synthetic_share, for what comes now; the lower limit with 99.9 % confidence is held to it",
        remedy="ask the sources of the last batches, and declare their rows synthetic or mixed",
    ),
)
