"""Row ``near_duplicates``: documents that are nearly equal to others."""

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
    ours, theirs = (ran.values for ran in turns[-1])
    criteria = [
        Criterion.at_least("times faster", median_ratio(turns, over=1, under=0), FASTER),
        Criterion.at_least("recall of planted pairs, more than the peer's by", ours["recall"] - theirs["recall"], 0),
        Criterion("times less memory", "", median_ratio(turns, over=1, under=0, of=peak), None),
    ]
    sides = [
        Side.of(turns, place, name, {each: turns[-1][place].values[each] for each in VALUES})
        for place, name in enumerate(("Outcross", "datasketch"))
    ]
    notes = [
        "datasketch chooses its bands so that what it finds wrongly and what it misses weigh the same, and tells "
        "whatever agrees in a band. Outcross takes bands that miss next to nothing (20 of 5 hashes), and leaves out "
        "pairs whose true similarity is below the threshold.",
        "Both sides are given text: splitting it into tokens is a part of the work.",
    ]
    return Finding(criteria, sides, notes)


ROW = Row(
    name="near_duplicates",
    work=f"near-duplicates among {ROWS:,} documents",
    peer="datasketch `MinHashLSH`",
    about=f"{ROWS:,} documents of 64 tokens, drawn from a trigram model of Python's help texts; one in ten is another "
    f"one with a token or two in a row changed. Documents are sets of runs of {SHINGLE} tokens; near-duplicates have a "
    f"Jaccard similarity of {THRESHOLD} or more.",
    measure=measure,
    peers=True,
)
