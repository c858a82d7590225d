"""Row ``near_duplicates``: near-duplicates among documents, by MinHash and LSH."""

from outcross.jobs.bench.bench import Bench
from outcross.jobs.bench.ratios import median_ratio, peak
from outcross.jobs.bench.row import Criterion, Finding, Row, Side

FASTER = 10
ROWS, SHINGLE, THRESHOLD = 100_000, 5, 0.8
VALUES = ("recall", "planted")


def measure(bench: Bench) -> Finding:
    """Run both on the same documents."""
    job = bench.run(bench.ours("documents", "documents", rows=ROWS, to=str(bench.folder))).values
    job |= {"shingle": SHINGLE, "threshold": THRESHOLD}
    turns = bench.alternate(bench.ours("near_duplicates", **job), bench.peer("near_documents", "datasketch", **job))
    ours, theirs = (run.values for run in turns[-1])
    criteria = [
        Criterion.at_least("times faster", median_ratio(turns, over=1, under=0), FASTER),
        Criterion.at_least("recall of planted pairs minus the peer's", ours["recall"] - theirs["recall"], 0),
        Criterion("times less memory", "", median_ratio(turns, over=1, under=0, of=peak), None),
    ]
    sides = [
        Side.of(turns, place, name, {each: turns[-1][place].values[each] for each in VALUES})
        for place, name in enumerate(("Outcross", "datasketch"))
    ]
    notes = [
        "datasketch chooses its LSH bands to balance false positives and false negatives, and reports every pair that "
        "agrees in a band. Outcross uses bands that miss very few pairs (20 bands of 5 hashes), and then drops pairs "
        "whose true similarity is below the threshold.",
        "The input of both sides is text: tokenization is a part of the work.",
    ]
    return Finding(criteria, sides, notes)


ROW = Row(
    name="near_duplicates",
    work=f"near-duplicates among {ROWS:,} documents",
    peer="datasketch `MinHashLSH`",
    about=f"{ROWS:,} documents of 64 tokens, drawn from a trigram model of Python's help texts; one in ten is a copy "
    f"of another with one token or two adjacent tokens changed. Documents are compared as sets of {SHINGLE}-token "
    f"shingles; near-duplicates have a Jaccard similarity of {THRESHOLD} or more.",
    measure=measure,
    peers=True,
)
