"""Find near-duplicates among documents with datasketch's MinHash and LSH."""

from typing import Any

import numpy as np
from datasketch import MinHash, MinHashLSH

from outcross.jobs.bench.peers.pandas_tables import read
from outcross.jobs.bench.task import Clock, Job, run

PERMUTATIONS = 128
"""Number of hashes in a signature: datasketch's default."""


def work(job: Job, clock: Clock) -> dict[str, Any]:
    """Find the near-duplicates of each document, and return the share of the planted pairs among them."""
    texts, planted = read(job["documents"])["text"].tolist(), np.load(job["planted"])
    with clock("signatures"):
        signatures = list(MinHash.generator(map(_shingles(job["shingle"]), texts), num_perm=PERMUTATIONS))
    with clock("pairs"):
        index = MinHashLSH(threshold=job["threshold"], num_perm=PERMUTATIONS)
        for place, signature in enumerate(signatures):
            index.insert(place, signature)
        found = [index.query(signature) for signature in signatures]
    hits = [other in found[one] for one, other in planted.tolist()]
    pairs = (sum(map(len, found)) - len(found)) // 2
    return {"recall": float(np.mean(hits)), "planted": len(planted), "pairs": pairs}


def _shingles(tokens: int) -> Any:
    """Return a function that splits a text at single spaces into its shingles of n tokens."""

    def of(text: str) -> list[bytes]:
        words = text.split(" ")
        return [" ".join(words[start : start + tokens]).encode() for start in range(len(words) - tokens + 1)]

    return of


if __name__ == "__main__":
    run(work)
