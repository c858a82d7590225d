"""The guards of single rows, and of a batch without any."""

from outcross.assets.corpus.guards.guard import Guard, Level

ROWS = (
    Guard(
        name="schema",
        level=Level.ROW,
        reason="a value that cannot be read as its column's type is lost",
        remedy="fix the rows at their source and send them again",
    ),
    Guard(
        name="range",
        level=Level.ROW,
        reason="a number far outside the anchor's range is usually a wrong unit or a sentinel value",
        remedy="check the column's unit and its code for missing values",
    ),
    Guard(
        name="holdout_overlap",
        level=Level.ROW,
        reason="a model trained on a row of the holdout would be tested on its own training data",
        remedy="leave the rows out; the holdout is reserved for evaluation",
    ),
    Guard(
        name="withdrawn",
        level=Level.ROW,
        reason="rows that were withdrawn from a corpus must not come back under another name",
        remedy="leave the rows out; 'outcross corpus' names the withdrawal and its reason",
    ),
    Guard(
        name="protected",
        level=Level.ROW,
        reason="a model trained on a row of a test set would later be tested on its own training data",
        remedy="leave the rows out; 'protected' in the corpus file names the set",
    ),
    Guard(
        name="duplicates",
        level=Level.ROW,
        reason="a repeated row has double weight and is memorised more easily (Lee et al. 2022, arXiv 2107.06499)",
        remedy="leave the repeated rows out, or release them where repeats are real",
    ),
    Guard(
        name="near_duplicates",
        level=Level.ROW,
        reason="a row that differs from another row by a tiny amount is probably a copy with noise",
        remedy="leave the rows out, or release them where rows this similar are real",
    ),
    Guard(
        name="rows",
        level=Level.BATCH,
        metrics=("rows",),
        unit="rows",
        lower=1,
        reason="a batch without rows is usually a failed export",
        remedy="check the export, and send the file again",
    ),
)
