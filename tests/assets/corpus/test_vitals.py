"""Readings of a batch, compared with naive computations, where each must change and where it must not."""

from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from outcross.assets.corpus.guards.counting import code_frame, count
from outcross.assets.corpus.guards.fitting import fit_profile
from outcross.assets.corpus.guards.measures.contract import Reading
from outcross.assets.corpus.guards.scan import hash_rows, scan
from outcross.assets.corpus.guards.vitals import measure_batch
from outcross.resources.errors import BadInput
from outcross.resources.schema import Column, Role, Schema
from tests.assets.corpus.batches import TABLE, measure, parquet, profile_and_anchor, table, value, with_provenance


def test_a_streaming_pass_gives_the_counts_of_rows_in_memory() -> None:
    profile, _ = profile_and_anchor()
    rows = table(3_000, 11)
    whole = count(code_frame(rows, profile.scales), profile.scales)
    scanned = scan([parquet(with_provenance(rows))], profile.scales, seed=0, rows_at_a_time=700)
    assert scanned.counts.to_json() == whole.to_json()


def test_results_do_not_depend_on_chunks_or_threads() -> None:
    profile, anchor = profile_and_anchor()
    batch = pl.concat([with_provenance(table(9_000, 11)), with_provenance(table(3_000, 12), "synthetic")]).sample(
        fraction=1.0, shuffle=True, seed=1
    )
    expected = measure(batch, profile, anchor)
    cut = [parquet(batch[start:stop]) for start, stop in ((0, 1), (1, 1), (1, 7_000), (7_000, 12_000))]
    assert measure_batch(cut, profile, anchor, threads=2) == expected
    hashes = hash_rows(anchor, profile.scales)
    one, other = (
        scan([parquet(batch)], profile.scales, seed=0, anchor_hashes=hashes, rows_at_a_time=rows, threads=threads)
        for rows, threads in ((10**6, 1), (333, 3))
    )
    assert one.counts.to_json() == other.counts.to_json()
    assert one.distinct.count == other.distinct.count
    assert one.others.equals(other.others)
    assert one.declared_synthetic.equals(other.declared_synthetic)


def test_readings_equal_naive_computations() -> None:
    from scipy.stats import ks_2samp

    profile, anchor = profile_and_anchor()
    rows = table(1_500, 21).with_columns(pl.col("x") + 0.4, pl.col("c").fill_null("new"))
    found = measure(with_provenance(rows), profile, anchor)
    for name in ("x", "n"):
        exact = ks_2samp(rows[name].drop_nulls(), anchor[name].drop_nulls()).statistic
        assert value(found, "kolmogorov_smirnov", name) == pytest.approx(exact, abs=0.01)
    for name in ("c", "sex", "race", "y"):
        p, q = (dict(each[name].drop_nulls().value_counts(normalize=True).iter_rows()) for each in (rows, anchor))
        apart = sum(abs(p.get(level, 0) - q.get(level, 0)) for level in {*p, *q}) / 2
        assert value(found, "total_variation", name) == pytest.approx(apart)
    nulls = anchor["c"].null_count() / anchor.height
    assert value(found, "null_share_change", "c") == pytest.approx(-nulls)
    assert value(found, "new_level_share", "c") == pytest.approx((rows["c"] == "new").mean())
    low, high = (anchor["x"].quantile(q, "linear") for q in (0.01, 0.99))
    for group, beyond in (("x above", pl.col("x") > high), ("x below", pl.col("x") < low)):
        now, before = (each.drop_nulls("x").select(beyond.mean()).item() for each in (rows, anchor))
        assert value(found, "tail_mass", group) == pytest.approx(now / before)
    now, before = (each["c"].is_in(["w", "z", "new"]).sum() / each.height for each in (rows, anchor))
    assert value(found, "rare_mass") == pytest.approx(now / before)
    both = (pl.col("sex") == "f") & (pl.col("race") == "b")
    now, before = (each.select(both.mean()).item() for each in (rows, anchor))
    assert value(found, "share_ratio", "sex=f and race=b") == pytest.approx(now / before)
    now, before = (
        each.filter(pl.col("sex") == "f").select((pl.col("y") == "no").mean()).item() for each in (rows, anchor)
    )
    assert value(found, "label_share_change", "sex=f: y=no") == pytest.approx(now - before)
    now, before = ((each["y"] == "no").mean() for each in (rows, anchor))
    assert value(found, "label_share_change", "y=no") == pytest.approx(now - before)


Change = Callable[[pl.DataFrame], pl.DataFrame]
NEARLY = 1e-9

MOVES: dict[tuple[str, str], tuple[Change, Change]] = {
    # metric, group: a change that must move it, and one that must not
    ("kolmogorov_smirnov", "x"): (
        lambda rows: rows.with_columns(pl.col("x") * 1.5),
        lambda rows: rows.with_columns(pl.col("n") * 2),
    ),
    ("kolmogorov_smirnov", "n"): (
        lambda rows: rows.with_columns(pl.col("n") + pl.when(pl.col("n") == 0).then(-1).otherwise(0)),
        lambda rows: rows.with_columns(y=pl.lit("no")),
    ),
    ("total_variation", "c"): (
        lambda rows: rows.with_columns(pl.col("c").replace("u", "v")),
        lambda rows: rows.with_columns(pl.col("c").shuffle(1)),
    ),
    ("null_share_change", "x"): (
        lambda rows: rows.with_columns(pl.when(pl.col("sex") == "m").then("x").alias("x")),
        lambda rows: rows.with_columns(pl.col("x") + 1),
    ),
    ("tail_mass", "x above"): (
        lambda rows: rows.with_columns(pl.col("x").clip(upper_bound=12.0)),
        lambda rows: rows.with_columns(pl.when(pl.col("x") > 9).then("x").otherwise(9.0).alias("x")).with_columns(
            pl.when(pl.Series(rows["x"].is_null())).then(None).otherwise("x").alias("x")
        ),
    ),
    ("tail_mass", ""): (
        lambda rows: rows.with_columns(pl.col("x").clip(8, 12)),
        lambda rows: rows.with_columns(pl.col("x").shuffle(1)),
    ),
    ("rare_mass", ""): (
        lambda rows: rows.with_columns(pl.col("c").replace("w", "u")),
        lambda rows: rows.with_columns(pl.col("c").replace("u", "v")),
    ),
    ("rare_survival", ""): (
        lambda rows: rows.with_columns(pl.col("c").replace("w", "u")),
        lambda rows: rows.with_columns(pl.col("c").replace("u", "v")),
    ),
    ("new_level_share", "c"): (
        lambda rows: rows.with_columns(pl.col("c").replace("w", "W")),
        lambda rows: rows.with_columns(pl.col("c").replace("w", "u")),
    ),
    ("distinct_share", ""): (
        lambda rows: pl.concat([rows[:-100], rows[:100]]),
        lambda rows: rows[::-1],
    ),
    ("entropy_ratio", ""): (
        lambda rows: rows.with_columns(race=pl.lit("a")),
        lambda rows: rows.with_columns(pl.all().shuffle(2)),
    ),
    ("share_ratio", "race=c"): (
        lambda rows: rows.filter(pl.col("race") != "c"),
        lambda rows: rows.with_columns(pl.col("sex").shuffle(3)),
    ),
    ("share_ratio", "sex=f and race=c"): (
        lambda rows: rows.filter((pl.col("race") != "c") | (pl.col("sex") != "f")),
        lambda rows: rows.with_columns(pl.col("x") * 2),
    ),
    ("label_share_change", "y=no"): (
        lambda rows: rows.with_columns(pl.col("y").replace({"no": "yes", "yes": "no"})),
        lambda rows: rows.with_columns(pl.col("y").shuffle(1)),
    ),
    ("label_share_change", "sex=f: y=no"): (
        lambda rows: rows.with_columns(pl.when(pl.col("sex") == "f").then(pl.lit("yes")).otherwise("y").alias("y")),
        lambda rows: rows.with_columns(pl.when(pl.col("sex") == "m").then(pl.lit("yes")).otherwise("y").alias("y")),
    ),
    ("two_sample_auc", ""): (
        lambda rows: rows.with_columns(pl.col("x") + 3),
        lambda rows: rows,
    ),
    ("rank_correlation_gap", ""): (
        lambda rows: rows.with_columns(pl.col("x").shuffle(5)),
        lambda rows: rows.with_columns(pl.col("c").shuffle(5)),
    ),
}


@pytest.mark.parametrize(("metric", "group"), MOVES)
def test_each_reading_changes_when_it_must_and_only_then(metric: str, group: str) -> None:
    profile, anchor = profile_and_anchor()
    rows = table(2_000, 31)
    moving, leaving = MOVES[metric, group]
    before = value(_without_interval(measure(with_provenance(rows), profile, anchor)), metric, group)
    left = value(_without_interval(measure(with_provenance(leaving(rows)), profile, anchor)), metric, group)
    moved = value(_without_interval(measure(with_provenance(moving(rows)), profile, anchor)), metric, group)
    assert left == pytest.approx(before, abs=NEARLY)
    assert abs(moved - before) > 0.01


def _without_interval(found: list[Reading]) -> list[Reading]:
    return [each for each in found if each.guard != "drift_interval"]


def test_the_range_of_a_tail_is_a_ratio_to_the_anchors_share_as_its_value_is() -> None:
    profile, anchor = profile_and_anchor()
    found = measure(with_provenance(table(5_000, 31)), profile, anchor)
    tails = [each for each in found if each.metric == "tail_mass" and each.group]
    assert len(tails) == 3
    for each in tails:
        assert each.low is not None and each.high is not None
        assert 0.1 < each.low < each.value < each.high < 4


def test_stated_provenance_is_counted() -> None:
    profile, anchor = profile_and_anchor()
    rows = table(100, 5)
    parts = [
        with_provenance(rows[:40]),
        with_provenance(rows[40:60], "synthetic", depth=3),
        with_provenance(rows[60:70], "mixed", generator=" "),
        with_provenance(rows[70:80], "unknown", licence="secret"),
        with_provenance(rows[80:90], "made up", consent=None),
        with_provenance(rows[90:], None, licence=None, depth=None),
    ]
    batch = pl.concat(parts)
    found = measure(batch, profile, anchor, licences=["CC-BY-4.0", "CC0"])
    shares = {origin: value(found, "origin_share", origin) for origin in ("real", "synthetic", "mixed", "unknown")}
    assert shares == {"real": 0.4, "synthetic": 0.2, "mixed": 0.1, "unknown": 0.3}
    assert value(found, "complete_share") == pytest.approx(0.6)
    assert value(found, "licensed_share") == pytest.approx(0.8)
    assert value(measure(batch, profile, anchor), "licensed_share") == pytest.approx(0.9)
    assert value(found, "consenting_share") == pytest.approx(70 / 80)
    assert value(found, "depth") == 3


def test_a_batch_without_provenance_counts_as_unknown() -> None:
    found = measure(table(50, 1), *profile_and_anchor())
    assert value(found, "origin_share", "unknown") == 1
    assert [value(found, each) for each in ("complete_share", "licensed_share", "consenting_share", "depth")] == [0] * 4


def test_copies_of_the_anchor_count_only_among_synthetic_rows() -> None:
    profile, anchor = profile_and_anchor()
    copies, own = anchor[:30], table(100, 6).drop_nulls()[:70]
    found = measure(
        pl.concat([with_provenance(copies, "synthetic"), with_provenance(own, "synthetic")]), profile, anchor
    )
    assert value(found, "copied_share") == pytest.approx(0.3)
    mixed_batch = pl.concat([with_provenance(copies), with_provenance(own, "synthetic")])
    assert value(measure(mixed_batch, profile, anchor), "copied_share") == 0
    assert not [
        each for each in measure(with_provenance(copies), profile, anchor) if each.guard in {"copies", "nearness"}
    ]


def test_near_copies_have_a_small_distance_and_fresh_rows_that_of_the_holdout() -> None:
    profile, anchor = profile_and_anchor()
    jittered = anchor[:500].with_columns(pl.col("x") * 1.00001)
    fresh = table(500, 77)
    assert value(measure(with_provenance(jittered, "synthetic"), profile, anchor), "near_share") > 0.9
    assert value(measure(with_provenance(jittered, "synthetic"), profile, anchor), "copied_share") < 0.1, (
        "but no copies"
    )
    assert value(measure(with_provenance(fresh, "synthetic"), profile, anchor), "near_share") < 0.1


def test_declared_synthetic_rows_have_a_two_sample_test_of_their_own() -> None:
    profile, anchor = profile_and_anchor()
    batch = pl.concat(
        [with_provenance(table(500, 8)), with_provenance(table(500, 9).with_columns(pl.col("x") + 9), "synthetic")]
    )
    areas = {each.guard: each.value for each in measure(batch, profile, anchor) if each.metric == "two_sample_auc"}
    assert areas["drift"] < 0.6
    assert areas["synthetic_drift"] > 0.9


def test_an_empty_batch_has_only_the_reading_of_its_rows() -> None:
    profile, anchor = profile_and_anchor()
    assert measure(with_provenance(table(0, 0)), profile, anchor) == [Reading("rows", "rows", "", 0)]
    assert measure_batch([], profile, anchor) == [Reading("rows", "rows", "", 0)]


@pytest.mark.parametrize("rows", [1, 2, 19, 21])
@pytest.mark.parametrize("origin", ["real", "synthetic"])
def test_a_few_rows_give_finite_readings(rows: int, origin: str) -> None:
    found = measure(with_provenance(table(rows, 3), origin), *profile_and_anchor())
    assert all(np.isfinite(each.value) for each in found)
    assert all(low is None or np.isfinite(low) for each in found for low in (each.low, each.high))


def test_columns_of_only_nulls_have_a_null_share_and_no_drift() -> None:
    profile, anchor = profile_and_anchor()
    rows = table(60, 3).with_columns(pl.lit(None, dtype=dtype).alias(name) for name, dtype in TABLE.polars.items())
    found = measure(with_provenance(rows), profile, anchor)
    assert not [each for each in found if each.metric in {"kolmogorov_smirnov", "total_variation"}]
    assert value(found, "null_share_change", "sex") == 1
    assert all(np.isfinite(each.value) for each in found)


def test_nan_counts_as_missing_and_infinity_as_a_value() -> None:
    profile, anchor = profile_and_anchor()
    rows = table(100, 3).with_columns(x=pl.Series([float("nan"), float("inf"), float("-inf"), None] * 25))
    found = measure(with_provenance(rows), profile, anchor)
    assert value(found, "null_share_change", "x") == pytest.approx(0.5 - anchor["x"].null_count() / anchor.height)
    assert value(found, "kolmogorov_smirnov", "x") == pytest.approx(0.5, abs=1e-3)


HOSTILE = ['"; DROP TABLE rows; --', "<script>alert(1)</script>", "a.b", "a", "né 名 \u202e", "len", "x y'z\"", "*"]


def test_hostile_names_of_columns_and_levels_are_ordinary_names() -> None:
    roles = [
        Role.NUMERIC,
        Role.CATEGORICAL,
        Role.NUMERIC,
        Role.NUMERIC,
        Role.GROUP,
        Role.GROUP,
        Role.LABEL,
        Role.NUMERIC,
    ]
    schema = Schema(tuple(Column(name=name, role=role) for name, role in zip(HOSTILE, roles, strict=True)))
    random = np.random.default_rng(0)

    def rows(size: int) -> pl.DataFrame:
        return pl.DataFrame(
            {
                column.name: random.normal(size=size)
                if column.role is Role.NUMERIC
                else random.choice(["=cmd|' /C calc'!A0", "</td>", "null", ""], size)
                for column in schema.columns
            },
            schema=schema.polars,
        )

    anchor = rows(600)
    profile = fit_profile(anchor, rows(200), schema, seed=0)
    found = measure(with_provenance(rows(300)), profile, anchor)
    groups = {each.group for each in found if each.metric in {"kolmogorov_smirnov", "total_variation"}}
    assert groups == set(HOSTILE)
    assert value(found, "new_level_share", HOSTILE[1]) == 0
    moved = measure(with_provenance(rows(300).with_columns(pl.col("a.b") + 5)), profile, anchor)
    assert value(moved, "kolmogorov_smirnov", "a.b") > 0.9
    assert value(moved, "kolmogorov_smirnov", "a") < 0.2


def test_new_levels_take_no_memory_of_their_own() -> None:
    profile, anchor = profile_and_anchor()
    rows = table(5_000, 3).with_columns(c=pl.Series([f"level {number}" for number in range(5_000)]))
    scanned = scan([parquet(with_provenance(rows))], profile.scales, seed=0)
    assert [len(each) for each in scanned.counts.levels] == [len(each) for each in profile.counts.levels]
    assert value(measure(with_provenance(rows), profile, anchor), "new_level_share", "c") == 1


def test_images_and_texts_have_only_counts_of_different_rows_and_nulls() -> None:
    schema = Schema(
        (
            Column(name="image", role=Role.IMAGE, shape=(2, 2), levels=16),
            Column(name="text", role=Role.TEXT, nullable=True),
        )
    )
    random = np.random.default_rng(0)
    rows = pl.DataFrame(
        {"image": random.integers(0, 17, (50, 4)), "text": [f"text {place}" for place in range(49)] + [None]},
        schema=schema.polars,
    )
    profile = fit_profile(rows, rows, schema, seed=0)
    found = measure(with_provenance(pl.concat([rows[:20], rows[:20]])), profile, rows)
    assert value(found, "distinct_share") == pytest.approx(0.5)
    assert value(found, "null_share_change", "text") == pytest.approx(-0.02)
    assert not [each for each in found if each.guard in {"drift", "column_drift", "tails"}]


def test_a_file_that_lacks_a_column_or_is_not_parquet_is_refused(tmp_path: Path) -> None:
    profile, anchor = profile_and_anchor()
    with pytest.raises(BadInput, match="column 'n' is missing"):
        measure(with_provenance(table(5, 1)).drop("n"), profile, anchor)
    broken = tmp_path / "broken.parquet"
    broken.write_bytes(b"PAR1 nothing of the kind PAR1")
    for file in (broken, tmp_path / "nowhere.parquet", BytesIO(b"")):
        with pytest.raises(BadInput, match="cannot be read as Parquet"):
            measure_batch([file], profile, anchor)


def test_a_file_that_is_damaged_or_of_other_types_is_refused() -> None:
    profile, anchor = profile_and_anchor()
    rows = with_provenance(table(2_000, 1))
    for name, other in (("x", pl.String), ("n", pl.Float64)):
        with pytest.raises(BadInput, match=f"column '{name}' has the type"):
            measure(rows.with_columns(pl.col(name).cast(other)), profile, anchor)
    whole = parquet(rows).getvalue()
    damaged = whole[:200] + bytes(len(whole) // 2) + whole[200 + len(whole) // 2 :]
    with pytest.raises(BadInput, match="cannot be read as Parquet"):
        measure_batch([BytesIO(damaged)], profile, anchor)


@pytest.mark.parametrize("names", [["x", "n"], ["c", "sex"]], ids=["numbers", "categories"])
def test_drift_is_measured_of_numbers_alone_and_of_categories_alone(names: list[str]) -> None:
    schema = Schema(tuple(column for column in TABLE.columns if column.name in names))
    anchor, holdout, batch = (table(rows, seed)[names] for rows, seed in ((200, 1), (60, 2), (60, 3)))
    found = measure(with_provenance(batch), fit_profile(anchor, holdout, schema, seed=3), anchor)
    assert 0.3 < value(found, "two_sample_auc") < 0.7
