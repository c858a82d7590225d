"""Draw documents from an n-gram model of Python's help texts, and plant near-copies of some of them."""

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from outcross.jobs.bench.ours.cohorts import one_replicate
from outcross.jobs.bench.task import Clock, Job, run
from outcross.resources.generators.ngram.settings import NGram
from outcross.resources.seeds import derive_seed, generator
from outcross.resources.sources.python_docs import PythonDocs
from outcross.resources.tokens import detokenize, tokenize

COPIED = 0.1
"""Share of the documents that are near-copies of others: one token or two adjacent tokens differ."""
SHINGLE, THRESHOLD = 5, 0.8


def work(job: Job, clock: Clock) -> dict[str, Any]:
    """Write the documents in random order, and the positions of all planted pairs above the threshold."""
    folder, rows = Path(job["to"]), job["rows"]
    with clock():
        random = generator(derive_seed("bench", "documents"))
        data = PythonDocs().load()
        model = NGram(kind="ngram").fit(one_replicate(data.rows, data.schema, seed=1))
        copied = round(COPIED * rows)
        drawn = model.sample(rows=rows - copied, seeds={0: 2})["text"].to_list()
        originals = random.choice(len(drawn), copied, replace=False)
        words = sorted({token for text in data.rows["text"] for token in tokenize(text)})
        texts = drawn + [_edit(drawn[place], words, random) for place in originals]
        place = random.permutation(rows)
        near = [_similarity(texts[x], texts[len(drawn) + n]) >= THRESHOLD for n, x in enumerate(originals)]
        planted = np.stack([place[originals], place[len(drawn) :]], axis=1)[near]
        ordered = pl.DataFrame({"text": texts})[np.argsort(place)]
        ordered.write_parquet(folder / "documents.parquet")
        np.save(folder / "planted.npy", planted)
    return {"documents": str(folder / "documents.parquet"), "planted": str(folder / "planted.npy")}


def _edit(text: str, words: list[str], random: np.random.Generator) -> str:
    tokens = tokenize(text)
    changed = int(random.integers(1, 3))
    start = int(random.integers(max(len(tokens) - changed, 0) + 1))
    tokens[start : start + changed] = [words[each] for each in random.integers(len(words), size=changed)]
    return detokenize(tokens)


def _similarity(x: str, y: str) -> float:
    """Return the Jaccard similarity of the two sets of shingles."""
    of_x, of_y = (_shingles(tokenize(text)) for text in (x, y))
    return len(of_x & of_y) / max(len(of_x | of_y), 1)


def _shingles(tokens: list[str]) -> set[tuple[str, ...]]:
    return {tuple(tokens[start : start + SHINGLE]) for start in range(len(tokens) - SHINGLE + 1)}


if __name__ == "__main__":
    run(work)
