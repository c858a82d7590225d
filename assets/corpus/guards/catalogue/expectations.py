"""The guard of a team's own expectations."""

from outcross.assets.corpus.guards.guard import Guard, Level

EXPECTATIONS = (
    Guard(
        name="expectations",
        level=Level.BATCH,
        metrics=("failed",),
        unit="share of unexpected values",
        reason="the suite of Great Expectations that the corpus file names; each expectation has its own tolerance",
        remedy="correct the rows at the source, or the expectation in the suite",
    ),
)
