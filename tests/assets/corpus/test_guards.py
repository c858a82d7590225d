"""The guards pass clean batches, each fault is blocked by its guard, and a corpus can change bounds."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from pydantic import ValidationError

from outcross.assets.corpus.guards import chance
from outcross.assets.corpus.guards.bounds import (
    WITHOUT_BOUNDS,
    GuardSetting,
    apply_bounds,
    blocks,
    bounds,
    explain,
    is_within_bounds,
)
from outcross.assets.corpus.guards.catalogue.accumulated import ACCUMULATED
from outcross.assets.corpus.guards.fitting import fit_profile
from outcross.assets.corpus.guards.guard import Level
from outcross.assets.corpus.guards.guards import GUARDS, PICTURE_GUARDS, TEXT_GUARDS, check_names
from outcross.assets.corpus.guards.measures.contract import Reading
from outcross.jobs.bench.ours.cohorts import one_replicate
from outcross.resources.generators.copula.settings import Copula
from outcross.resources.guard_engine import Vital, validate, vitals_frame
from outcross.resources.schema import Column, Role, Schema
from outcross.resources.sources.column_setting import ColumnSetting
from outcross.resources.sources.files import Files
from tests.assets.corpus.batches import (
    TABLE,
    college,
    failing_guards,
    measure,
    profile_and_anchor,
    table,
    vitals,
    with_provenance,
)
from tests.shared_data import shared_data

ROWS = [200, 2_000, 10_000]


def drawn(rows: pl.DataFrame, many: int, seed: int) -> pl.DataFrame:
    """Draw rows without replacement; all where there are fewer."""
    return rows[np.random.default_rng(seed).permutation(rows.height)[:many]]


@pytest.mark.parametrize("rows", ROWS)
@pytest.mark.parametrize("seed", range(4))
def test_clean_batches_pass_every_guard(rows: int, seed: int) -> None:
    profile, anchor, fresh = college(seed)
    assert failing_guards(apply_bounds(measure(with_provenance(drawn(fresh, rows, seed)), profile, anchor))) == set()
    # At the last of these sizes, the batch has more rows than the anchor.
    assert failing_guards(vitals(with_provenance(table(rows, 100 + seed)))) == set()


def test_clean_batches_of_a_census_pass_every_guard() -> None:
    roles = {"income": Role.LABEL, "sex": Role.GROUP, "race": Role.GROUP}
    columns = {name: ColumnSetting(role=role) for name, role in roles.items()}
    data = Files(path=str(shared_data("adult.parquet")), columns=columns).load()
    order = np.random.default_rng(1).permutation(data.rows.height)
    anchor, fresh = data.rows[order[::2]], data.rows[order[1::2]]
    profile = fit_profile(anchor, fresh[:2_000], data.schema, seed=1)
    for rows in ROWS:
        assert failing_guards(apply_bounds(measure(with_provenance(drawn(fresh, rows, 2)), profile, anchor))) == set()


@pytest.mark.parametrize("levels", [3, 20, 60, 1_000, 10**6])
def test_clean_batches_pass_however_many_levels_a_column_has(levels: int) -> None:
    schema = Schema((*TABLE.columns[:1], Column(name="form", role=Role.CATEGORICAL), *TABLE.columns[3:]))

    def rows(many: int, seed: int) -> pl.DataFrame:
        form = np.random.default_rng(seed).integers(0, levels, many).astype(str)
        return table(many, seed).with_columns(form=pl.Series(form))[schema.names]

    anchor = rows(4_000, 1)
    profile = fit_profile(anchor, rows(500, 2), schema, seed=0)
    for many in (100, 1_000, 9_000):
        assert failing_guards(apply_bounds(measure(with_provenance(rows(many, 3)), profile, anchor))) == set()
    assert "column_drift" in failing_guards(
        apply_bounds(measure(with_provenance(rows(1_000, 3)).with_columns(y=pl.lit("no")), profile, anchor))
    )


Fault = Callable[[pl.DataFrame, pl.DataFrame], pl.DataFrame]


def repeated(fresh: pl.DataFrame, _: pl.DataFrame) -> pl.DataFrame:
    kept = fresh[: round(0.7 * fresh.height)]
    return with_provenance(pl.concat([kept, drawn(kept, fresh.height - kept.height, 1)]))


def jittered(fresh: pl.DataFrame, anchor: pl.DataFrame) -> pl.DataFrame:
    random = np.random.default_rng(3)
    rows = drawn(anchor, fresh.height, 1)
    numeric = [name for name, dtype in rows.schema.items() if dtype.is_numeric()]
    noise = {name: pl.Series(random.normal(1, 0.01, rows.height)) for name in numeric}
    moved = [(pl.col(name) * noise[name]).round(3).cast(rows.schema[name]).alias(name) for name in numeric]
    return with_provenance(rows.with_columns(moved), "synthetic")


def copied(fresh: pl.DataFrame, anchor: pl.DataFrame) -> pl.DataFrame:
    rows = pl.concat([fresh[:-50], anchor[:50]])
    return with_provenance(rows, "synthetic")


def generated(fresh: pl.DataFrame, anchor: pl.DataFrame, origin: str = "real") -> pl.DataFrame:
    profile, *_ = college()
    model = Copula().fit(one_replicate(anchor, profile.schema, seed=1))
    return with_provenance(model.sample(rows=fresh.height, seeds={0: 2}).drop("replicate"), origin)


def flipped(fresh: pl.DataFrame, _: pl.DataFrame) -> pl.DataFrame:
    other = pl.col("bachelor").replace({"yes": "no", "no": "yes"})
    return with_provenance(
        fresh.with_columns(pl.when(pl.col("race") == "black").then(other).otherwise("bachelor").alias("bachelor"))
    )


def kept(where: pl.Expr) -> Fault:
    return lambda fresh, _: with_provenance(fresh.filter(where))


def changed(*columns: pl.Expr, origin: str = "real") -> Fault:
    return lambda fresh, _: with_provenance(fresh.with_columns(*columns), origin)


def stating(origin: str, **provenance: str | int | None) -> Fault:
    return lambda fresh, _: with_provenance(fresh, origin, **provenance)


FEMALE, BLACK = pl.col("sex") == "female", pl.col("race") == "black"
NUMBERS = ("rank", "experience", "junior", "university", "log_wage", "test_score")
SHIFTED = pl.col("test_score") + pl.col("test_score").std() / 2
CUT = [pl.col(name).clip(pl.col(name).quantile(0.05), pl.col(name).quantile(0.95)) for name in NUMBERS]
NO_WAGE = pl.when(~FEMALE).then("log_wage").alias("log_wage")
SHUFFLED = [pl.col("experience").shuffle(1), pl.col("university").shuffle(2)]
ALIKE = [pl.lit("elsewhere").alias("city"), pl.lit("south").alias("region"), pl.lit(50).alias("rank")]

FAULTS: dict[str, tuple[str, int, Fault]] = {
    # fault: the guard that must block it, the smallest number of rows, and how to make it
    "a group is missing": ("representation", 200, kept(~FEMALE)),
    "a rare group is missing": ("representation", 2_000, kept(~BLACK)),
    "a joint cell is missing": ("representation", 2_000, kept(~BLACK | ~FEMALE)),
    "a column is shifted by half a standard deviation": ("column_drift", 2_000, changed(SHIFTED)),
    "the same shift, seen by the classifier": ("drift", 2_000, changed(SHIFTED)),
    "three rows in ten are repeats": ("repeats", 200, repeated),
    "anchor rows with noise": ("nearness", 200, jittered),
    "exact copies of anchor rows": ("copies", 200, copied),
    "generated rows that are declared real": ("drift", 2_000, generated),
    "the label of one group is flipped": ("label_rates", 200, flipped),
    "the label is mostly yes": ("label_balance", 200, kept((pl.col("bachelor") == "yes") | (pl.col("rank") > 90))),
    "values went missing": ("nulls", 200, changed(NO_WAGE)),
    "levels are spelled differently": ("new_levels", 200, changed(pl.col("city").str.to_uppercase())),
    "tails are cut": ("tails", 2_000, changed(*CUT)),
    "rare levels are gone": (
        "rare_mass",
        2_000,
        kept((pl.col("race") != "hispanic") & ~pl.col("city").str.contains("suburb")),
    ),
    "no rare level survives": ("rare_survival", 2_000, changed(pl.lit("other").alias("race"), *ALIKE)),
    "columns are shuffled": ("correlation", 2_000, changed(*SHUFFLED)),
    "diversity is lost": ("entropy", 2_000, changed(*ALIKE)),
    "a broken generator": ("synthetic_drift", 2_000, changed(pl.col("log_wage") + 9, origin="synthetic")),
    "no rows": ("rows", 200, kept(pl.lit(False))),
    "deep rows": ("depth", 200, stating("synthetic", depth=2)),
    "no licence": ("licence", 200, stating("real", licence=None)),
    "no consent": ("consent", 200, stating("real", consent="")),
    "no origin": ("provenance", 200, stating("unknown")),
    "no generator": ("provenance", 200, stating("mixed", generator=None)),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault_is_blocked_by_its_guard(fault: str) -> None:
    guard, fewest, make = FAULTS[fault]
    profile, anchor, fresh = college()
    for rows in (each for each in (200, 2_000) if each >= fewest):
        assert guard in failing_guards(apply_bounds(measure(make(drawn(fresh, rows, 5), anchor), profile, anchor))), (
            rows
        )


def test_every_batch_guard_that_is_measured_here_has_a_fault() -> None:
    elsewhere = {
        "undeclared_share",
        "synthetic_share",
        "estimated_share",
        "accumulated_share",
        "recent_share",
        "expectations",
        *TEXT_GUARDS,
        *PICTURE_GUARDS,
        *ACCUMULATED,
    }
    of_batches = {guard.name for guard in GUARDS.values() if guard.level is Level.BATCH}
    assert {guard for guard, *_ in FAULTS.values()} == of_batches - elsewhere


def test_rows_of_a_copula_that_are_declared_pass() -> None:
    _, anchor, fresh = college()
    profile, *_ = college()
    for rows in (200, 2_000):
        batch = generated(drawn(fresh, rows, 5), anchor, "synthetic")
        assert failing_guards(apply_bounds(measure(batch, profile, anchor))) == set()


def test_great_expectations_fails_the_vitals_outside_their_bounds() -> None:
    found = vitals(with_provenance(table(500, 3).with_columns(pl.col("x") * 2, sex=pl.lit("m")), "unknown"))
    checked = validate(vitals_frame(found))
    assert checked["passed"].to_list() == [is_within_bounds(vital) for vital in found]
    assert not checked["passed"].all()


def test_a_corpus_changes_a_guard_by_its_name() -> None:
    settings = {"drift": GuardSetting(upper=0.7, mode="observe"), "tails": GuardSetting(lower=0.1)}
    assert bounds("drift", settings) == (None, 0.7)
    assert bounds("tails", settings) == (0.1, GUARDS["tails"].upper)
    assert bounds("nulls", settings) == (GUARDS["nulls"].lower, GUARDS["nulls"].upper)
    assert bounds("nulls", {"nulls": GuardSetting(lower=0)}) == (0, GUARDS["nulls"].upper)
    assert bounds("nulls", {"nulls": GuardSetting(upper=0)}) == (GUARDS["nulls"].lower, 0)
    assert not blocks("drift", settings)
    assert blocks("tails", settings)
    assert not any(blocks(name) for name in WITHOUT_BOUNDS)
    moved = with_provenance(table(2_000, 3).with_columns(pl.col("x") * 1.2))
    assert "column_drift" in failing_guards(vitals(moved))
    assert "column_drift" not in failing_guards(vitals(moved, column_drift=GuardSetting(upper=0.9)))


def test_a_contradictory_setting_is_refused() -> None:
    with pytest.raises(ValidationError, match="swap them"):
        GuardSetting(lower=2, upper=1)
    for wrong in ({"uper": 1}, {"mode": "ignore"}, {"upper": float("nan")}, {"upper": float("inf")}):
        with pytest.raises(ValidationError):
            GuardSetting.model_validate(wrong)
    with pytest.raises(ValueError, match=r"'drfit' is not a guard \(did you mean 'drift'\?\); choose from .*drift"):
        check_names(["drfit"])


def test_bounds_are_widened_to_the_range_of_chance_and_never_narrowed() -> None:
    wide, narrow, none = apply_bounds(
        [
            Reading("nulls", "null_share_change", "x", 0.0, -0.3, 0.4),
            Reading("nulls", "null_share_change", "x", 0.0, -0.01, 0.01),
            Reading("nulls", "null_share_change", "x", 0.0),
        ]
    )
    assert (wide.lower, wide.upper) == (-0.3, 0.4)
    assert (narrow.lower, narrow.upper) == (none.lower, none.upper) == (-0.05, 0.05)


def test_nan_is_outside_any_bounds() -> None:
    assert not is_within_bounds(Vital("drift", "two_sample_auc", "", float("nan"), upper=0.6))
    assert is_within_bounds(Vital("origins", "origin_share", "real", 0.3))


@pytest.mark.parametrize("guard", GUARDS.values(), ids=lambda guard: guard.name)
def test_every_guard_has_a_reason_and_a_remedy(guard) -> None:  # type: ignore[no-untyped-def]
    assert guard.reason
    assert guard.remedy
    assert (guard.level is Level.BATCH) == bool(guard.metrics and guard.unit)


def test_an_explanation_has_the_value_the_bound_and_the_remedy() -> None:
    text = explain(Vital("representation", "share_ratio", "sex=<b>f</b>", 0.25, 0.8, 1.25))
    assert text.startswith("share_ratio of sex=<b>f</b> is 0.25 ")
    assert "allowed is 0.8 to 1.25" in text
    assert GUARDS["representation"].remedy in text
    assert "at most 0.6" in explain(Vital("drift", "two_sample_auc", "", 0.9, upper=0.6))
    assert "at least 0.9" in explain(Vital("repeats", "distinct_share", "", 0.7, lower=0.9))


@pytest.mark.parametrize("share", [0.0005, 0.05, 0.5, 0.97])
@pytest.mark.parametrize(("anchor_rows", "rows"), [(2_000, 100), (500, 5_000)])
def test_shares_of_clean_batches_are_within_their_range(share: float, anchor_rows: int, rows: int) -> None:
    random = np.random.default_rng(0)
    hits, now = random.binomial(anchor_rows, share, 3_000), random.binomial(rows, share, 3_000) / rows
    low, high = chance.share_range(hits, anchor_rows, rows)
    assert ((now < low) | (now > high)).mean() < 0.002
    assert (low <= hits / anchor_rows).all()
    assert (high >= hits / anchor_rows).all()


def test_ranges_narrow_to_the_share_as_rows_grow() -> None:
    low, high = chance.share_range(np.array([300]), 10**6 * 3, 10**7)
    assert low[0] == pytest.approx(1e-4, rel=0.5)
    assert high[0] == pytest.approx(1e-4, rel=0.5)
    assert chance.share_range(np.array([5]), 10, 0) == (0.0, 1.0)


def test_distances_of_clean_batches_are_within_their_limits() -> None:
    random = np.random.default_rng(1)
    shares = np.array([0.6, 0.3, 0.08, 0.02])
    apart = [
        np.abs(np.subtract(*(random.multinomial(n, shares) / n for n in (100, 400)))).sum() / 2 for _ in range(2_000)
    ]
    assert max(apart) < chance.variation_limit(shares, 100, 400)
    gaps = []
    for _ in range(500):
        x, y = np.sort(random.random(100)), np.sort(random.random(400))
        points = np.concatenate([x, y])
        gaps.append(np.abs(np.searchsorted(x, points, "right") / 100 - np.searchsorted(y, points, "right") / 400).max())
    assert 0.5 * chance.kolmogorov_limit(100, 400) < max(gaps) < chance.kolmogorov_limit(100, 400)


def test_the_range_of_a_group_excludes_0_from_about_twenty_expected_rows_on() -> None:
    profile, _ = profile_and_anchor()
    rarest = profile.counts.levels[2][2]  # of race, about a tenth
    low, _ = chance.share_range(rarest, profile.rows, np.array([30, 400]))
    assert low[0] == 0
    assert low[1] > 0


def test_the_manual_lists_every_guard_with_its_bounds() -> None:
    lines = (Path(__file__).parents[3] / "docs" / "corpora.md").read_text().splitlines()
    rows = [line.split(" | ")[:4] for line in lines if line.startswith("| `") and line.count(" | ") >= 4]
    found = {name.strip("| `"): (stops, lower.strip(), upper.strip()) for name, stops, lower, upper in rows}
    ends = {
        name: ["" if end is None else f"{end:g}" for end in (guard.lower, guard.upper)]
        for name, guard in GUARDS.items()
    }
    assert {name: found[name] for name in GUARDS} == {
        name: (guard.level.value, *ends[name]) for name, guard in GUARDS.items()
    }
