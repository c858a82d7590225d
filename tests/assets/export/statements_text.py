"""Statements of three small corpora as golden files: all real, mixed, and with undeclared rows.

Renew them with ``python -W ignore -m tests.assets.export.statements_text`` (``make snapshot``). Digests are replaced by
the number of the version that they are of.
"""

import tempfile
from pathlib import Path

import polars as pl

from outcross.assets.corpus.corpus import Corpus
from outcross.assets.corpus.intake.ingest import ingest
from outcross.assets.corpus.intake.outcome import Request
from outcross.assets.corpus.ledger.ledger import numbers, version_path
from outcross.assets.corpus.open_corpus import OpenCorpus, open_corpus
from outcross.assets.export import FORMATS
from outcross.assets.export.batches import describe_corpus
from outcross.resources.store import Address, Store

AT = "2026-03-01T12:00:00+00:00"
HERE = Path(__file__).parent / "statements"
REAL = {"origin": "real", "licence": "CC0-1.0", "consent": "survey", "collected_at": "2026-02-01"}
MADE = {"origin": "synthetic", "generator": "copula|*", "generator_version": "3", "parent": "mixed", "licence": "MIT"}
CORPORA: dict[str, tuple[dict[str, object], ...]] = {
    "real": (REAL,),
    "mixed": (REAL, MADE),
    "undeclared": (REAL, {"origin": "unknown"}),
}
"""Corpus → what is claimed of each of its batches."""


def build(name: str, folder: Path) -> OpenCorpus:
    """Build a corpus of numbers without a random draw, so that its bytes are the same everywhere."""
    settings = {
        "corpus": name,
        "description": "numbers, to show a statement" if name == "mixed" else "",
        "anchor": {"kind": "population", "rows": 200, "of": {"family": "gaussian", "dimensions": 2}},
        "bound": {"study": "census"} if name == "mixed" else {"share": 0.9},
        "mode": "observe",
        "licence": "CC0-1.0",
    }
    store = Store(folder / "data")
    verdict = {"ladder": ["augmentation"], "endpoint": ["loss"], "lower_95": [0.9], "decided": [True]}
    store.write(Address(study="census", thing="verdict"), pl.DataFrame(verdict), provenance={})
    corpus = open_corpus(Corpus.model_validate(settings), store, by="team:data", at=AT)
    rows = corpus.rows.select(corpus.schema.names)
    for place, claims in enumerate(CORPORA[name]):
        path = folder / f"batch-{place}.parquet"
        moved = pl.col(pl.Float64) * (1 + (place + 1) / 64)
        rows[place * 30 : place * 30 + 30].with_columns(moved).write_parquet(path)
        done = ingest(corpus, path, Request(claims=dict(claims), by="team:data", at=AT))
        assert done.rows_admitted == 30, done
    return corpus


def write(corpus: OpenCorpus, form: str) -> str:
    """Write the statement of the last version, with digests replaced."""
    text = FORMATS[form].write(describe_corpus(corpus, with_statement=True))
    for number in numbers(corpus.files):
        digest = corpus.files.digest(version_path(number))
        for shown in (digest, digest[:12]):
            text = text.replace(shown, f"<sha256 of version {number}>")
    return text


def golden() -> dict[str, str]:
    """Return the name of each golden file and its text."""
    found = {}
    for name in CORPORA:
        with tempfile.TemporaryDirectory() as folder:
            corpus = build(name, Path(folder))
            found[f"{name}.md"], found[f"{name}.json"] = (
                write(corpus, each) for each in ("statement", "statement-json")
            )
    return found


if __name__ == "__main__":
    HERE.mkdir(exist_ok=True)
    for file, text in golden().items():
        (HERE / file).write_text(text, encoding="utf-8")
