"""Small changes accumulate over batches: they are found, dated and told, and hold nothing unless a corpus says so."""

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import polars as pl
import pytest

from outcross.assets.corpus.accumulated import accumulate as accumulating
from outcross.assets.corpus.accumulated.cusum import highest_sums, rare_steps
from outcross.assets.corpus.accumulated.kinds import Kinds
from outcross.assets.corpus.accumulated.limits import DRIFT, FALSE_YEARS, GROUPS, LABELS, TAILS, YEAR, simulate_limits
from outcross.assets.corpus.accumulated.rarity import Rarity
from outcross.assets.corpus.accumulated.reference import Reference, Tally
from outcross.assets.corpus.accumulated.state import Arrived, cap_sums, guard_of, move_on, name_sum, read_tallies
from outcross.assets.corpus.accumulated.told import tell_sum, tell_window
from outcross.assets.corpus.accumulated.window import BATCHES, deviations
from outcross.assets.corpus.guards.fitting import fit_profile
from outcross.assets.corpus.guards.measures.contract import Reading
from outcross.assets.corpus.intake.outcome import Outcome
from outcross.assets.corpus.ledger.evidence import BatchSums, Evidence, Since
from outcross.assets.corpus.ledger.ledger import read_version
from outcross.assets.corpus.ledger.version import Version
from outcross.assets.corpus.open_corpus import OpenCorpus
from outcross.resources.schema import Column, Role, Schema
from outcross.resources.store import Store
from outcross.resources.warehouse import query
from tests.assets.corpus.batches import college, table
from tests.assets.corpus.opened_once import open_once
from tests.assets.corpus.test_ingest import AT, ROWS, corpus_settings, take

SEASON = 0.2, 0.25
OTHER = pl.col("bachelor").replace({"yes": "no", "no": "yes"})
WRONG = pl.when(pl.int_range(pl.len()) % 8 == 0).then(OTHER).otherwise("bachelor").alias("bachelor")
"""An eighth of the labels, which no guard of a single batch of 250 rows sees."""


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory) -> tuple[OpenCorpus, list[Outcome]]:
    """A corpus that took a clean batch, a declared synthetic one, and two with wrong labels."""
    folder = tmp_path_factory.mktemp("people")
    people = open_once(corpus_settings(folder, bound={"share": 0.5}), Store(folder / "data"), by="test", at=AT)
    new = ROWS[4_000:6_000].unique(maintain_order=True)
    taken = [
        take(people, folder / "clean.parquet", new[:250]),
        take(people, folder / "made.parquet", new[250:300].with_columns(OTHER), origin="synthetic", generator="gan"),
        take(people, folder / "wrong.parquet", new[300:700].with_columns(WRONG)),
        take(people, folder / "more.parquet", new[700:1_100].with_columns(WRONG)),
    ]
    return people, taken


def test_wrong_labels_warn_with_the_column_the_batch_and_the_remedy_and_hold_nothing(
    people: tuple[OpenCorpus, list[Outcome]],
) -> None:
    corpus, taken = people
    assert [each.status for each in taken] == ["admitted"] * 4
    assert taken[0].warnings == taken[1].warnings == taken[3].reasons == taken[3].observed == ()
    (warning,) = (each for each in taken[3].warnings if each.startswith("accumulated_labels: "))
    assert "contradicts 'bachelor'" in warning and f"since batch {taken[2].batch} of 2026-01-01 (version 4)" in warning
    assert warning.endswith("raise 'upper'")
    select = "select version from guard_results where guard = 'accumulated_labels' and not passed and not blocking"
    assert 5 in query(corpus.store, select)["version"].to_list()


def test_a_change_is_told_of_the_batches_in_which_it_shows_most() -> None:
    kinds = Kinds("room", ("small",), np.array([500]), 1_000, is_group=False)
    counts = [np.array(each) for each in ([50, 100], [90, 100], [190, 200])]
    window = [
        BatchSums(version=at, batch=f"b{at}", at=f"2026-03-0{at}T12:00:00+00:00", rows=int(own[1]), counts="")
        for at, own in enumerate(counts, start=2)
    ]
    told = tell_window(Reading(GROUPS, "evidence", "", 9.0, high=4.0), (kinds, 0), counts, window, SEASON)
    assert told.what == "93.33% of the 300 rows of the last 2 batches are 'small', and 50.00% of the anchor's"
    assert (told.since.batch, told.since.version) == ("b3", 3)


@pytest.mark.parametrize(("rises", "since", "of"), [(None, 4, 300), (3, 3, 500), (2, 2, 600), (1, 1, 600)])
def test_missing_rare_rows_are_told_of_the_batches_over_which_the_sum_has_risen(
    rises: int | None, since: int, of: int
) -> None:
    """Without a sum that rises they are those of the last batch; one that began before the window is of all of it."""
    window = tuple(
        BatchSums(version=at, batch=f"b{at}", at=f"2026-03-0{at}T12:00:00+00:00", rows=rows, counts="")
        for at, rows in ((2, 100), (3, 200), (4, 300))
    )
    name = name_sum(0.01)
    began = () if rises is None else (Since(guard=name, version=rises, batch=f"b{rises}", at=AT),)
    none = np.zeros(0)
    told = tell_sum(
        Reading(TAILS, "evidence", "", 9.0, high=4.0),
        name,
        Evidence(counted="", window=window, sums={}, rising=began),
        [Tally(each.rows, none, none, np.array([each.rows // 100])) for each in window],
        Reference(1_000, None, None, Rarity(1_000, (0.01,), (20,), None), None),  # type: ignore[arg-type]
    )
    assert (told.since.version, told.since.batch, told.since.guard) == (since, f"b{since}", TAILS)
    assert told.what == (
        f"1.0% of the last {of} rows have a level or tail that at most 1% of the anchor's rows have, and 2.0% of the "
        "anchor's"
    )


def test_rows_declared_synthetic_and_a_first_batch_are_no_evidence(people: tuple[OpenCorpus, list[Outcome]]) -> None:
    corpus, _ = people
    clean, made = (read_version(corpus.files, number) for number in (2, 3))
    assert clean.accumulated == made.accumulated and clean.accumulated is not None
    assert not [each for each in (*clean.guards, *made.guards) if each.guard in {DRIFT, GROUPS, LABELS, TAILS}]


def test_evidence_is_read_back_and_versions_without_it_are_read(people: tuple[OpenCorpus, list[Outcome]]) -> None:
    last = read_version(people[0].files)
    assert last.accumulated is not None and [each.version for each in last.accumulated.window] == [2, 4, 5]
    assert Version.decode(last.encode()) == last
    without = {name: value for name, value in last.to_json().items() if name != "accumulated"}
    assert Version.from_json(without) == replace(last, accumulated=None)


def test_a_raised_bound_accepts_a_change(tmp_path: Path) -> None:
    changed = corpus_settings(tmp_path, guards={LABELS: {"upper": 1_000}})  # past any multiple of the limit
    people = open_once(changed, Store(tmp_path / "data"), by="test", at=AT)
    new = ROWS[4_000:6_000].unique(maintain_order=True)
    take(people, tmp_path / "one.parquet", new[:600].with_columns(WRONG))
    assert not take(people, tmp_path / "two.parquet", new[600:1_200].with_columns(WRONG)).warnings
    evidence = read_version(people.files).accumulated
    assert evidence is not None and evidence.sums[LABELS] > 20, "what is accepted is not forgotten"


def reference() -> tuple[Reference, pl.DataFrame]:
    profile, anchor, fresh = college()
    return Reference.fit(profile, anchor, fresh[-200:], seed=0), fresh


def test_evidence_does_not_grow_with_the_number_of_batches() -> None:
    fitted, fresh = reference()
    evidence: Evidence | None = None
    for number in range(3 * BATCHES):
        tally = fitted.tally(fresh[number * 50 : number * 50 + 50])
        evidence = move_on(evidence, Arrived(number + 2, f"b{number}", AT, tally), fitted)
    assert evidence is not None and [each.version for each in evidence.window] == list(range(18, 26))
    assert (read_tallies(evidence.window, fitted)[-1].kinds == tally.kinds).all()
    other = replace(evidence, counted="something else")
    assert len(move_on(other, Arrived(99, "b", AT, tally), fitted).window) == 1
    capped = cap_sums(replace(evidence, sums={LABELS: 1e6}), {LABELS: 5.0})
    assert capped.sums == {LABELS: 10.0} and guard_of("accumulated_tails 0.02") == TAILS


def test_errors_of_the_label_model_are_those_of_new_rows() -> None:
    fitted, fresh = reference()
    model = fitted.labels
    assert model is not None
    counts = fitted.tally(fresh[:2_500]).labels.reshape(2, -1)
    errors = counts[1].sum() / counts[0].sum()
    assert errors == pytest.approx(model.share, abs=3 * np.sqrt(model.share / 2_500))
    expected = (counts[0] * model.errors / model.rows).sum()
    assert counts[1].sum() == pytest.approx(expected, abs=4 * np.sqrt(expected))


@pytest.mark.parametrize(("change", "seen"), [(1.0, False), (1.09, False), (0.91, False), (1.6, True), (0.5, True)])
@pytest.mark.parametrize("share", [0.02, 0.3, 0.9])
def test_a_season_is_no_deviation_and_a_change_is(change: float, seen: bool, share: float) -> None:
    rare = min(share, 1 - share)
    now = rare * change if share < 0.5 else 1 - rare * change
    kinds = Kinds("x", ("x=a",), np.array([round(share * 20_000)]), 20_000, False)
    found = deviations(np.array([round(now * 20_000), 20_000]), kinds)[0]
    assert (found > 5) == seen and (seen or found == 0)


def test_a_kind_that_the_anchor_lacks_is_seen_in_a_few_rows() -> None:
    kinds = Kinds("x", ("x below 0",), np.array([0]), 6_000, False)
    rows = np.array([[0, 2_000], [1, 2_000], [12, 2_000]])
    none, one, many = deviations(rows, kinds)[:, 0]
    assert none < 1 and one < 3 and many > 5


def test_limits_are_the_same_for_the_same_seed_and_hardly_grow_with_columns() -> None:
    columns = tuple(Column(name=f"c{place}", role=Role.CATEGORICAL) for place in range(24))
    random = np.random.default_rng(0)
    rows = pl.DataFrame({each.name: random.choice(["a", "b", "c"], 2_000, p=[0.6, 0.3, 0.1]) for each in columns})
    found = {}
    for many in (2, 24):
        schema = Schema(columns[:many])
        profile = fit_profile(rows[schema.names], rows[:200][schema.names], schema, seed=0)
        fitted = Reference.fit(profile, rows, rows[:200], seed=0)
        found[many] = simulate_limits(fitted, 128, season=SEASON, seed=0)
        assert found[many] == simulate_limits(fitted, 128, season=SEASON, seed=0)
        assert simulate_limits(fitted, 128, season=SEASON, seed=1) != found[many]
    assert 3 < found[2][DRIFT] < found[24][DRIFT] < found[2][DRIFT] + 2


def test_a_table_without_label_or_groups_has_the_guards_that_are_left() -> None:
    schema = Schema((Column(name="x", role=Role.NUMERIC, nullable=True),))
    rows = table(2_000, 1)
    profile = fit_profile(rows[["x"]], rows[:200][["x"]], schema, seed=0)
    assert set(simulate_limits(Reference.fit(profile, rows, rows[:200], seed=0), 64, season=SEASON, seed=0)) == {
        DRIFT,
        TAILS,
    }


def test_a_level_of_a_row_more_than_rare_ones_have_is_rare_nowhere() -> None:
    schema = Schema((Column(name="c", role=Role.CATEGORICAL),))
    rows = pl.DataFrame({"c": ["a"] * 959 + ["edge"] * 21 + ["rare"] * 20})
    held = pl.DataFrame({"c": ["a"] * 190 + ["edge"] * 5 + ["rare"] * 5})
    rarity = Reference.fit(fit_profile(rows, held, schema, seed=0), rows, held, seed=0).rarity
    assert rarity is not None and rarity.shares[0] == 0.02
    assert (rarity.rows, rarity.rare[0]) == (1_200, 25)


def test_clean_years_pass_the_limit_of_rare_rows_as_rarely_as_is_stated() -> None:
    rare, rows, share = 1_600, 250, 0.2
    fitted = replace(reference()[0], labels=None, rarity=Rarity(8_000, (0.02,), (rare,), college()[0]))
    limit = simulate_limits(fitted, rows, season=SEASON, seed=0)[TAILS]
    random = np.random.default_rng(1)
    known = random.binomial(8_000, share, 1_000)  # each year has another anchor of the same population
    batches = random.binomial(rows, share, (1_000, YEAR))
    steps = [
        rare_steps(np.full(YEAR, rows), each[:, None], (8_000, np.array([n])))
        for n, each in zip(known, batches, strict=True)
    ]
    false = (highest_sums(np.stack(steps)[..., 0]) > limit).mean()
    assert FALSE_YEARS[TAILS] / 5 < false < FALSE_YEARS[TAILS] * 1.5


@pytest.mark.parametrize(("numeric", "discrete", "counted"), [(1, 0, True), (0, 1, True), (0, 0, False)])
def test_a_corpus_of_numbers_or_of_levels_alone_accumulates_too(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, numeric: int, discrete: int, counted: bool
) -> None:
    drawn = list[int]()
    monkeypatch.setattr(accumulating, "_draw", lambda rows, names: drawn.append(1) or pl.DataFrame())
    pl.DataFrame({"origin": ["real"]}).write_parquet(tmp_path / "batch.parquet")
    schema = SimpleNamespace(numeric=[0] * numeric, discrete=[0] * discrete, names=["x"])
    corpus: Any = SimpleNamespace(schema=schema)
    last: Any = SimpleNamespace(accumulated=None)
    accumulating.accumulate(corpus, tmp_path / "batch.parquet", last, batch_id="b", at=AT)
    assert bool(drawn) == counted
