"""A small simulated year: what it is made of, what it finds, and what its page says."""

from functools import cache

import numpy as np
import polars as pl
import pytest

from outcross.jobs.year.events import EVENTS, rare_rows_dropped, rows_mixed_in, wrong_labels
from outcross.jobs.year.page import find_misses, write_page
from outcross.jobs.year.simulation import CLEAN, Delays, Quiet, Simulated, simulate_year
from outcross.jobs.year.whole import Found, Whole
from outcross.jobs.year.years import SEASONS, START, WEEKS, Table, Year, draw_year, load_table
from outcross.resources.errors import BadInput

NOISE = "label noise, 10 %"


@cache
def small() -> tuple[Table, Year]:
    table = load_table(None)
    return table, draw_year(table, 3)


@pytest.fixture(autouse=True)
def without_adult(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OUTCROSS_TEST_DATA", raising=False)


def test_batches_are_drawn_without_replacement_and_from_no_row_of_the_anchor() -> None:
    table, year = small()
    batches = year.batches()
    assert [each.height for each in batches] == year.sizes.tolist() and len(batches) == WEEKS
    assert year.anchor.height + year.holdout.height + year.others.height == table.rows.height
    numbered = Year(table, 3, year.anchor, year.holdout, year.others.with_row_index("n"), year.sizes).batches()
    assert pl.concat(numbered)["n"].is_unique().all()


def test_a_season_makes_its_rows_commoner_when_it_says() -> None:
    table, year = small()
    weights = {week: SEASONS["high numbers ±15 %"](year.others, week, table=table) for week in (0, 13, 39)}
    assert (
        weights[0].max() == 1 and weights[13].max() == pytest.approx(1.15) and weights[39].min() == pytest.approx(0.85)
    )
    of_groups = next(iter(SEASONS.values()))
    assert [round(float(of_groups(year.others, week, table=table).max()), 2) for week in (8, 9, 18, 19)] == [
        1,
        1.06,
        1.2,
        1,
    ]


def test_events_change_what_they_say() -> None:
    table, year = small()
    random, batch = np.random.default_rng(0), year.others[:2_000]
    labels = wrong_labels(0.1)(batch, table, batch, random)["bachelor"] != batch["bachelor"]
    assert labels.mean() == pytest.approx(0.1, abs=0.03)
    kept = rare_rows_dropped(1.0)(batch, table, batch, random)
    assert 0 < kept.height < batch.height and rare_rows_dropped(1.0)(kept, table, batch, random).equals(kept)
    marked = batch.with_columns(made=False)
    mixed = rows_mixed_in(0.1)(marked, table, batch.with_columns(made=True), random)
    assert mixed["made"].sum() == 200 and mixed.height == batch.height


def test_a_small_year_finds_label_noise_and_nothing_before_it() -> None:
    table, _ = small()
    year = simulate_year(table, 3, before=False, weeks=START + 1, events=(NOISE,))
    assert year.quiet[CLEAN].alarms == {} and year.quiet[CLEAN].held is None
    found = year.events[NOISE]
    assert found.after is not None and "accumulated_labels" in found.after_by and found.before is None


def test_the_page_has_a_line_an_event_and_what_is_missed_is_named() -> None:
    table, _ = small()
    late = Delays(3, "drift", 9, {"accumulated_labels": ""})
    quiet = {CLEAN: Quiet(1, {"accumulated_drift": 4})}
    years = [Simulated(seed, True, quiet, dict.fromkeys(EVENTS, late)) for seed in range(3)]
    whole = Whole(52, 1_000, 5, (), (30_000, 29_000), {"5 % rows of a known copula": Found(1, ("share",), ())})
    page = write_page(table, years, whole)
    assert f"| {NOISE} | 3 of 3 | 3 of 3 | 9 (9) | labels 3 | 100% within 4 |" in page
    assert "5 of 1,000 rows of 52 batches in quarantine (0.50%)" in page
    assert find_misses(years, whole) == [
        f"{NOISE}: found within 4 batches in 0% of the years",
        "30 % of the rare rows dropped: found within 6 batches in 0% of the years",
        "clean: 3 of 3 years have an alarm",
        "5 of 1,000 clean rows are in quarantine",
    ]


def test_a_table_that_is_not_there_is_named(tmp_path) -> None:
    with pytest.raises(BadInput, match="no such file; name the table Adult"):
        load_table(tmp_path / "adult.parquet")
