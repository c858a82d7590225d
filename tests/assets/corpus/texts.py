"""Made-up texts: rows of a few sentences, which differ, and a corpus of them that opens fast."""

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from outcross.assets.corpus.corpus import Corpus
from outcross.assets.corpus.intake.ingest import ingest
from outcross.assets.corpus.intake.outcome import Outcome, Request
from outcross.assets.corpus.open_corpus import OpenCorpus, open_corpus
from outcross.resources.store import Store

AT = "2026-03-01T12:00:00+00:00"
CLAIMS: dict[str, Any] = {"origin": "real", "licence": "CC0-1.0", "consent": "terms"}
_ONE = ["ba", "do", "fe", "gi", "ho", "ku", "la", "mi", "ne", "po", "ra", "su", "ta", "vo", "we", "zi"]
_TWO = ["ban", "der", "fil", "gon", "hus", "kam", "lor", "mit", "nes", "pul", "rak", "sen", "tor", "vim", "wes", "zal"]
_NOUNS = [one + two for one in _ONE for two in _TWO[:12]]
_VERBS = [one + two for one in _ONE[:10] for two in ("ted", "ses", "ned")]
_ADJECTIVES = [two + one for one in _ONE[:8] for two in _TWO[:6]]


def texts(rows: int, seed: int) -> list[str]:
    """Draw rows of three to five sentences; some words are far commoner than others."""
    random = np.random.default_rng(seed)

    def one_of(words: list[str]) -> str:
        return words[int(len(words) * random.random() ** 2)]

    def sentence() -> str:
        subject, place = f"the {one_of(_ADJECTIVES)} {one_of(_NOUNS)}", one_of(["near", "under", "with", "of"])
        return f"{subject.capitalize()} {one_of(_VERBS)} the {one_of(_NOUNS)} {place} the {one_of(_NOUNS)} ."

    return [" ".join(sentence() for _ in range(random.integers(3, 6))) for _ in range(rows)]


def settings(folder: Path, **changes: Any) -> Corpus:
    """The settings of a corpus of 1,200 texts, a fifth of them in the holdout."""
    pl.DataFrame({"text": texts(1_200, 0)}).write_parquet(folder / "anchor.parquet")
    source = {"kind": "files", "path": str(folder / "anchor.parquet"), "columns": {"text": "text"}}
    return Corpus.model_validate(
        {"corpus": "texts", "anchor": source, "licence": "CC0-1.0", "bound": {"share": 1.0}} | changes
    )


def open_texts(folder: Path, **changes: Any) -> OpenCorpus:
    """Open the corpus; its store is ``data`` in the folder."""
    return open_corpus(settings(folder, **changes), Store(folder / "data"), by="test", at=AT)


def take(corpus: OpenCorpus, folder: Path, rows: list[str] | pl.DataFrame, **claims: Any) -> Outcome:
    """Write texts, or rows that have some, to a file, and ingest it."""
    path = folder / "batch.parquet"
    frame = rows if isinstance(rows, pl.DataFrame) else pl.DataFrame({"text": rows}, schema={"text": pl.String})
    frame.write_parquet(path)
    return ingest(corpus, path, Request(claims=CLAIMS | claims, by="test", at=AT))


def reword(text: str, seed: int) -> str:
    """Replace one word of a text by a word of another."""
    words = text.split(" ")
    random = np.random.default_rng([seed, len(text)])
    words[int(random.integers(len(words)))] = _NOUNS[int(random.integers(len(_NOUNS)))]
    return " ".join(words)
