"""Rows that equal another row but for noise are found, clean rows are not, and the guard abstains with a reason."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from outcross.assets.corpus.intake.near_copies import find_near_copies
from outcross.assets.corpus.ledger.ledger import read_version
from outcross.assets.corpus.open_corpus import OpenCorpus
from outcross.assets.corpus.trim.trim import apply, plan
from outcross.assets.instruments.nearness import GRIDS, Grid, Nearness, find_near_pairs
from outcross.resources.schema import Column, Role, Schema
from outcross.resources.sources import College
from outcross.resources.sources.files import Files
from outcross.resources.store import Store
from tests.assets.corpus.opened_once import open_once
from tests.assets.corpus.test_ingest import AT, ROWS, corpus_settings, quarantined, take
from tests.shared_data import shared_data

NUMBERS = Schema(
    (
        Column(name="x", role=Role.NUMERIC),
        Column(name="y", role=Role.NUMERIC, nullable=True),
        Column(name="n", role=Role.NUMERIC, integer=True),
        Column(name="c", role=Role.CATEGORICAL),
    )
)


def numbers(rows: int, seed: int) -> pl.DataFrame:
    random = np.random.default_rng(seed)
    frame = pl.DataFrame(
        {
            "x": random.normal(0, 1, rows),
            "y": random.lognormal(0, 1, rows),
            "n": random.integers(0, 5, rows),
            "c": random.choice(["a", "b"], rows),
        }
    )
    return frame.with_columns(pl.when(pl.int_range(pl.len()) % 10 > 0).then("y").alias("y"))


def noisy(rows: pl.DataFrame, size: float = 1e-4, seed: int = 1) -> pl.DataFrame:
    """Copy rows, and add noise to each number that is not an integer."""
    random = np.random.default_rng(seed)
    moved = [
        (pl.col(name) + pl.Series(random.uniform(-size, size, rows.height))).alias(name)
        for name, dtype in rows.schema.items()
        if dtype == pl.Float64
    ]
    return rows.with_columns(moved)


@pytest.fixture
def people(tmp_path: Path) -> OpenCorpus:
    return open_once(corpus_settings(tmp_path), Store(tmp_path / "data"), by="test", at=AT)


def count_reasons(people: OpenCorpus, batch: str) -> dict[str, int]:
    """Count the reasons against rows, without their distances."""
    held = pl.read_parquet(people.files.location(f"batches/{batch}") + "/quarantined-*.parquet")
    reasons = held["reasons"].explode().str.split(":").list.head(2).list.join(":")
    return dict(reasons.value_counts().iter_rows())


def test_synthetic_rows_that_are_the_anchors_with_noise_are_quarantined(people: OpenCorpus, tmp_path: Path) -> None:
    copies = noisy(people.rows.sample(60, seed=1).select(ROWS.columns))
    new = ROWS[4_000:4_150].unique(maintain_order=True)
    found = take(
        people,
        tmp_path / "made.parquet",
        pl.concat([new.cast(dict(copies.schema)), copies]),  # type: ignore[arg-type]
        origin="synthetic",
        generator="copula",
    )
    assert (found.status, found.rows_admitted, found.rows_quarantined) == ("partly admitted", new.height, 60)
    assert count_reasons(people, found.batch) == {
        "near_duplicates: the row is declared synthetic and is nearly a row of the anchor": 60
    }
    found_near = [each for each in read_version(people.files).guards if each.guard == "near_duplicates"]
    result, held = sorted(found_near, key=lambda each: each.metric)
    assert (held.metric, held.value) == ("rows_held", 60)
    assert result.value == pytest.approx(60 / found.rows_in)
    assert result.passed and not result.why


def test_rows_are_compared_with_those_before_them_and_with_earlier_batches(people: OpenCorpus, tmp_path: Path) -> None:
    real = ROWS[4_000:4_400].unique(maintain_order=True).cast(dict(people.schema.polars))  # type: ignore[arg-type]
    made = ROWS[4_400:4_500].unique(maintain_order=True).cast(dict(people.schema.polars))  # type: ignore[arg-type]
    first = take(people, tmp_path / "1.parquet", pl.concat([real, noisy(real[:20])]))
    assert count_reasons(people, first.batch) == {"near_duplicates: the row is nearly an earlier row of the batch": 20}
    assert set(quarantined(people, first)["position"]) == set(range(real.height, real.height + 20))
    take(people, tmp_path / "2.parquet", made, origin="synthetic", generator="copula")
    fresh = ROWS[4_500:4_600].unique(maintain_order=True).cast(dict(people.schema.polars))  # type: ignore[arg-type]
    third = take(people, tmp_path / "3.parquet", pl.concat([fresh, noisy(real[100:130]), noisy(made[:10])]))
    assert count_reasons(people, third.batch) == {
        "near_duplicates: the row is nearly another row of the corpus": 30,
        "near_duplicates: the row is nearly a synthetic row of the corpus": 10,
    }
    assert third.rows_admitted == fresh.height

    trimmed = plan(people, share=0.015)
    apply(people, trimmed, reason="too much", by="test", at=AT)
    left_out = noisy(made[trimmed.chosen["position"].sort()[:20]])
    fourth = take(people, tmp_path / "4.parquet", left_out, origin="synthetic", generator="copula")
    assert (0 < trimmed.chosen.height < made.height) and fourth.rows_admitted == 20, "rows left out can be replaced"


def test_rows_that_are_the_holdouts_with_noise_are_quarantined(people: OpenCorpus, tmp_path: Path) -> None:
    copies = noisy(people.holdout.sample(30, seed=1).select(ROWS.columns))
    fresh = ROWS[4_000:4_150].unique(maintain_order=True).cast(dict(people.schema.polars))  # type: ignore[arg-type]
    found = take(people, tmp_path / "near.parquet", pl.concat([copies[:2], fresh, copies[2:]]))
    assert found.rows_admitted == fresh.height
    reason = "near_duplicates: the row is nearly a row of the holdout, which no dataset may contain"
    assert count_reasons(people, found.batch) == {reason: 30}


def test_clean_rows_of_a_survey_are_not_near_copies(people: OpenCorpus, tmp_path: Path) -> None:
    new = ROWS[4_000:].unique(maintain_order=True)
    found = take(people, tmp_path / "new.parquet", new)
    assert found.status in ("admitted", "partly admitted")
    assert not any(name.startswith("near") for name in count_reasons(people, found.batch))


def test_in_a_census_few_clean_rows_are_near_another_and_copies_are_found(tmp_path: Path) -> None:
    data = Files(path=str(shared_data("adult.parquet")), columns={"income": "label", "sex": "group"}).load()
    rows = data.rows.unique(maintain_order=True).sample(fraction=1, shuffle=True, seed=1)
    known, new = rows[:20_000], rows[20_000:30_000]
    nearness = Nearness.fit(known, rows[30_000:34_000], data.schema, seed=1)
    tolerance = nearness.tolerance(known.height)
    assert tolerance is not None
    copies = known[:500].with_columns(pl.col("fnlwgt") + 1)
    assert len(near_some(known, new, nearness.grid(tolerance))) <= 0.002 * new.height
    assert len(near_some(known, copies, nearness.grid(tolerance))) >= 480


def near_some(known: pl.DataFrame, new: pl.DataFrame, grid: Grid) -> set[int]:
    """Find the positions of the new rows that are near a known row."""
    both = pl.concat([known, new])
    values = grid.numbers(both)
    return {
        int(place) - known.height
        for keys in grid.keys(both, values)
        for one, other, _ in find_near_pairs(keys, values, grid.tolerance)
        for place in np.maximum(one, other)[(np.minimum(one, other) < known.height)]
        if place >= known.height
    }


def test_near_pairs_are_those_of_an_exhaustive_comparison() -> None:
    rows = pl.concat([numbers(400, 1), noisy(numbers(400, 1), 0.01)])
    grid = Grid(NUMBERS, (4.0, 6.0, 4.0), 3e-3)
    values = grid.numbers(rows)
    found = {
        (int(min(pair)), int(max(pair)))
        for keys in grid.keys(rows, values)
        for one, other, _ in find_near_pairs(keys, values, grid.tolerance)
        for pair in zip(one, other, strict=True)
    }
    equal = rows.with_columns(pl.col("y").is_null().alias("missing")).select("n", "c", "missing").rows()
    apart = np.abs(values[:, None] - values).max(axis=2)
    every = {
        (one, other)
        for one, other in np.argwhere((apart > 0) & (apart <= grid.tolerance)).tolist()
        if one < other and equal[one] == equal[other]
    }
    assert len(every) > 200
    assert found <= every
    assert len(found) >= 0.97 * len(every)


def test_the_tolerance_falls_as_rows_grow() -> None:
    nearness = Nearness.fit(numbers(4_000, 1), numbers(1_000, 2), NUMBERS, seed=3)
    found = [nearness.tolerance(rows) for rows in (10, 100, 1_000, 10_000, 10**12)]
    assert found[-1] is None
    known = [each for each in found if each is not None]
    assert known == sorted(known, reverse=True) and len(set(known)) > 1


def test_equal_rows_are_not_near_copies() -> None:
    rows = pl.concat([numbers(200, 1)] * 3)
    grid = Grid(NUMBERS, (4.0, 6.0, 4.0), 1e-3)
    values = grid.numbers(rows)
    assert len(grid.keys(rows, values)) == GRIDS
    assert not [
        pair for keys in grid.keys(rows, values) for pair in find_near_pairs(keys, values, 1e-3) if len(pair[0])
    ]


@pytest.mark.parametrize("whole", [True, False])
def test_the_guard_abstains_with_a_reason_where_rows_are_close_together(tmp_path: Path, whole: bool) -> None:
    random = np.random.default_rng(1)
    values = random.integers(0, 8, (3_000, 2)) if whole else random.random((3_000, 1))
    rows = pl.DataFrame({f"v{place}": values[:, place] for place in range(values.shape[1])})
    rows.with_columns(c=pl.lit("a")).write_parquet(tmp_path / "few.parquet")
    source = {"kind": "files", "path": str(tmp_path / "few.parquet")}
    few = open_once(corpus_settings(tmp_path, anchor=source), Store(tmp_path / "data"), by="test", at=AT)
    batch = few.rows.head(500).with_columns(position=pl.int_range(pl.len(), dtype=pl.Int64))
    batch.write_parquet(tmp_path / "batch.parquet")
    found = find_near_copies(tmp_path / "batch.parquet", 500, few, read_version(few.files), folder=tmp_path)
    assert found.rows.is_empty()
    assert len(found.abstained) == 3, "the batch, the anchor, the holdout"
    assert found.abstained[1].startswith("rows are not compared with a row of the anchor: with ")


def test_a_large_batch_is_compared_in_pieces_with_the_same_result(people: OpenCorpus, tmp_path: Path) -> None:
    new = College().load().rows[:3_000].cast(dict(people.schema.polars))  # type: ignore[arg-type]
    batch = pl.concat([new, noisy(new[:200])]).with_columns(
        pl.int_range(pl.len()).alias("position"), origin=pl.lit("real")
    )
    batch.write_parquet(tmp_path / "batch.parquet")
    last = read_version(people.files)
    path = tmp_path / "batch.parquet"
    whole = find_near_copies(path, batch.height, people, last, folder=tmp_path)
    pieces = find_near_copies(path, batch.height, people, last, folder=tmp_path, rows_at_a_time=100)
    assert whole.rows.height > 180
    assert pieces.rows.equals(whole.rows)
