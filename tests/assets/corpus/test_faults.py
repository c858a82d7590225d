"""Whatever happens during an ingest, no row is lost, and none is there twice."""

import os
import random
import time
from collections import Counter
from pathlib import Path

import polars as pl

from outcross.assets.corpus.ledger.ledger import numbers, read_version
from outcross.assets.corpus.open_corpus import OpenCorpus, open_corpus
from outcross.resources.store import Store
from tests.assets.corpus.ingest_process import AT, start_ingests
from tests.assets.corpus.test_ingest import ROWS, corpus_settings

ROWS_A_FILE = 20
KILLS = 50 if os.environ.get("OUTCROSS_FAULTS") == "all" else 8
"""`make faults` sets the variable to run all kills, which takes minutes."""


def count_intakes(corpus: OpenCorpus) -> Counter[str]:
    """Count the versions that ingested each batch, and check the sums of every version."""
    found: Counter[str] = Counter()
    for number in numbers(corpus.files)[1:]:
        version = read_version(corpus.files, number)
        assert version.rows_in == version.rows_admitted + version.rows_quarantined
        assert version.rows == sum(part.rows for part in version.parts)
        assert version.batch is not None
        found[version.batch] += 1
    return found


def read_positions(corpus: OpenCorpus, batch: str) -> list[int]:
    """Read the positions of a batch's rows, admitted and quarantined, from the files."""
    versions = (read_version(corpus.files, number) for number in numbers(corpus.files))
    (intake,) = (version for version in versions if version.batch == batch)
    parts = [part for part in (*intake.parts, intake.held) if part is not None and part.batch == batch]
    rows = (pl.read_parquet(corpus.files.location(part.path), columns=["position"]) for part in parts)
    return sorted(position for each in rows for position in each["position"])


def test_an_ingest_killed_at_random_moments_loses_no_row_and_repeats_none(tmp_path: Path) -> None:
    settings = corpus_settings(tmp_path)
    fresh = ROWS[4_000:].unique(maintain_order=True)
    files = [tmp_path / f"{place}.parquet" for place in range(KILLS)]
    for place, file in enumerate(files):
        fresh[place * ROWS_A_FILE : (place + 1) * ROWS_A_FILE].write_parquet(file)
    text, root = settings.model_dump_json(), tmp_path / "data"
    corpus = open_corpus(settings, Store(root), by="test", at=AT)
    began = time.monotonic()
    first = start_ingests(text, root, files[:1])
    first.join()
    assert first.exitcode == 0
    lasts = time.monotonic() - began
    draw, in_time = random.Random(1), 1
    for file in files[1:]:
        process = start_ingests(text, root, [file])
        process.join(draw.uniform(0, lasts))
        process.kill()
        process.join()
        in_time += process.exitcode == 0
        assert set(count_intakes(corpus).values()) == {1}
    assert in_time < KILLS, "no process was killed before it finished"
    final = start_ingests(text, root, files)
    final.join()
    assert final.exitcode == 0
    batches = count_intakes(corpus)
    assert len(batches) == KILLS
    assert set(batches.values()) == {1}
    assert all(read_positions(corpus, batch) == list(range(ROWS_A_FILE)) for batch in batches)


def test_two_simultaneous_ingests_of_a_file_admit_it_once(tmp_path: Path) -> None:
    settings, root, file = corpus_settings(tmp_path), tmp_path / "data", tmp_path / "march.parquet"
    ROWS[4_000:4_400].unique(maintain_order=True).write_parquet(file)
    corpus = open_corpus(settings, Store(root), by="test", at=AT)
    both = [start_ingests(settings.model_dump_json(), root, [file]) for _ in range(2)]
    for process in both:
        process.join()
    assert [process.exitcode for process in both] == [0, 0]
    assert set(count_intakes(corpus).values()) == {1}
    assert read_version(corpus.files).number == 2
