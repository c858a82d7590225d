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
)
