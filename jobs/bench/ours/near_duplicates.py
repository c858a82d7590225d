"""Find near-duplicates among documents by MinHash and LSH."""

from typing import Any

import numpy as np
import polars as pl

from outcross.assets.instruments.documents import Documents
from outcross.assets.instruments.near_pairs import DuplicateRows
from outcross.assets.instruments.words import Words
from outcross.jobs.bench.task import Clock, Job, run
from outcross.resources.tokens import tokenize


def work(job: Job, clock: Clock) -> dict[str, Any]:
    """Find near-duplicate pairs, and return the share of the planted pairs among them."""
    texts, planted = pl.read_parquet(job["documents"])["text"], np.load(job["planted"])
    tokenize("")  # builds its table of letters, once per process: a cost like that of an import
    with clock("tokens"):
        words = Words.read(texts)
    with clock("pairs"):
        alike = DuplicateRows.find(Documents.of(words))
    one, other = np.sort(alike.distinct[planted], axis=1).T
    width = int(alike.distinct.max()) + 1
    found = (one == other) | np.isin(one * width + other, alike.near @ [width, 1])
    return {"recall": float(found.mean()), "planted": len(planted), "pairs": len(alike.near)}


if __name__ == "__main__":
    run(work)
