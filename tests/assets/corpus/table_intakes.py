"""Measure the false alarms of the whole intake on clean tables: batches drawn from the rows that the anchor is of.

``python -m tests.assets.corpus.table_intakes [batches]`` prints the table of docs/corpora.md. Every batch goes through
the intake, with all guards, into a copy of the same corpus. Tables whose files are not in ``OUTCROSS_TEST_DATA`` are
left out.
"""

import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl

from outcross.assets.corpus.corpus import Corpus
from outcross.assets.corpus.intake.ingest import ingest
from outcross.assets.corpus.intake.outcome import Request
from outcross.assets.corpus.ledger.ledger import read_version
from outcross.assets.corpus.open_corpus import open_corpus
from outcross.resources.compute import bounded_threads
from outcross.resources.sources.college import College
from outcross.resources.store import Store
from tests.assets.corpus.text_accuracy import FOLDER, interval

AT = "2026-01-01T12:00:00+00:00"
ANCHOR, SIZES = 3_000, (60, 200, 600)
CLAIMS = {"origin": "real", "consent": "terms", "licence": "CC0-1.0"}


def tables() -> Iterator[tuple[str, pl.DataFrame, dict[str, str]]]:
    """Yield real rows in random order, and the roles of columns."""
    yield "survey: high school students", College().load().rows, {}
    if (FOLDER / "adult.parquet").exists():
        roles = {"income": "label", "sex": "group", "race": "group"}
        yield "census: UCI Adult", pl.read_parquet(FOLDER / "adult.parquet"), roles


def take(folder: Path, settings: dict[str, Any], rows: pl.DataFrame) -> tuple[list[str], int]:
    """Ingest rows; return the guards that hold the batch, and how many rows were quarantined one by one."""
    corpus = open_corpus(Corpus.model_validate(settings), Store(folder / "data"), by="measurement", at=AT)
    path = folder / "batch.parquet"
    rows.write_parquet(path)
    found = ingest(corpus, path, Request(claims=CLAIMS, by="measurement", at=AT))
    guards = read_version(corpus.files).guards
    return sorted({each.guard for each in guards if each.blocking and not each.passed}), found.rows_quarantined


def main(batches: int) -> None:
    """Print, for each table, the clean batches that are held, and the clean rows that are quarantined one by one."""
    for name, every, roles in tables():
        rows = every.sample(fraction=1, shuffle=True, seed=1)
        with tempfile.TemporaryDirectory(prefix="outcross-") as scratch:
            folder = Path(scratch) / "corpus"
            folder.mkdir()
            rows[:ANCHOR].write_parquet(folder / "anchor.parquet")
            anchor = {"kind": "files", "path": str(folder / "anchor.parquet"), "columns": roles}
            settings = {"corpus": "table", "anchor": anchor, "bound": {"share": 1.0}}
            fresh = rows[ANCHOR:]
            take(folder, settings, fresh[: SIZES[0]])
            held, why, seen, out = 0, Counter[str](), 0, 0
            for seed in range(batches):
                copy = folder.with_name("copy")
                shutil.rmtree(copy, ignore_errors=True)
                shutil.copytree(folder, copy)
                batch = fresh[SIZES[0] :].sample(SIZES[seed % len(SIZES)], seed=seed)
                wrong, quarantined = take(copy, settings, batch)
                held += bool(wrong)
                why.update(wrong)
                seen += 0 if wrong else batch.height
                out += 0 if wrong else quarantined
            told = ", ".join(f"{guard} {count}" for guard, count in why.items()) or "–"
            print(f"| {name} | {interval(held, batches)} | {told} | {interval(out, max(seen, 1))} |", flush=True)  # noqa: T201


if __name__ == "__main__":
    with bounded_threads():
        main(int(sys.argv[1]) if len(sys.argv) > 1 else 70)
