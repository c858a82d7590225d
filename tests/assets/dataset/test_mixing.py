"""The mixing policies, as manifests: exact counts, no holdout, nothing reused that must be fresh."""

import io

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outcross.assets.dataset.manifest import first_manifest, next_manifest, resolve, summarise
from outcross.assets.dataset.real_rows import RealRows
from outcross.assets.study.dealing import Dealing
from outcross.assets.study.policies import (
    Accumulate,
    Augment,
    Fixed,
    Fresh,
    Part,
    Repeat,
    Replace,
    Resample,
    Subsample,
    Weighted,
)
from outcross.assets.study.policies.contract import Labels, Policy, apportion

shares = st.floats(0, 1, allow_nan=False).map(lambda share: round(share, 4))
policies = st.one_of(
    st.just(Replace(policy="replace")),
    st.just(Accumulate(policy="accumulate")),
    st.just(Subsample(policy="subsample")),
    shares.map(lambda share: Fixed(policy="fixed", share=share)),
    shares.map(lambda share: Fresh(policy="fresh", share=share)),
    st.floats(0, 5).map(lambda ratio: Augment(policy="augment", ratio=round(ratio, 3))),
    st.floats(0, 3).map(lambda ratio: Repeat(policy="repeat", ratio=round(ratio, 3))),
    st.floats(0.01, 1).map(lambda fraction: Part(policy="part", fraction=round(fraction, 3))),
    st.builds(
        lambda weight, ratio, real: Weighted(policy="weighted", weight=weight, ratio=ratio, real=real),
        st.floats(0.01, 0.99),
        st.sampled_from([0.5, 1.0, 3.0]),
        st.sampled_from(["fixed", "fresh"]),
    ),
)


def manifest_of(policy: Policy, *, rows: int, generation: int, anchor_rows: int, seed: int = 1, replicates: int = 2):
    real = real_rows_of(rows=rows, anchor_rows=anchor_rows, seed=seed, replicates=replicates)
    return next_manifest(policy, real, generation=generation)


def real_rows_of(
    *, rows: int, anchor_rows: int, seed: int = 1, replicates: int = 2, dealing: Dealing = "shared"
) -> RealRows:
    return RealRows(
        study="s",
        seed=seed,
        lineage="arm",
        replicates=range(replicates),
        all_replicates=replicates,
        rows=rows,
        anchor_rows=anchor_rows,
        dealing=dealing,
    )


def rows_of(manifest: pl.DataFrame) -> pl.DataFrame:
    return manifest.with_columns(row=pl.int_ranges("start", "stop")).explode("row").drop("start", "stop")


def enough_for(policy: Policy, rows: int, generation: int) -> int:
    return rows + policy.fresh_rows(rows) * generation


@settings(max_examples=60)
@given(policies, st.integers(2, 60), st.integers(1, 5))
def test_counts_and_shares_are_exact_to_one_row(policy: Policy, rows: int, generation: int) -> None:
    made = manifest_of(policy, rows=rows, generation=generation, anchor_rows=enough_for(policy, rows, generation))
    for line in summarise(made).iter_rows(named=True):
        assert line["rows"] == policy.dataset_rows(rows, generation)
        if not policy.draws_at_random:
            assert abs(line["synthetic"] - policy.share(generation) * line["rows"]) <= 0.5 + 1e-6


@settings(max_examples=60)
@given(policies, st.integers(2, 30), st.integers(1, 4), st.integers(1, 5))
def test_replicates_with_real_rows_of_their_own_never_meet(
    policy: Policy, rows: int, generation: int, replicates: int
) -> None:
    anchor_rows = replicates * enough_for(policy, rows, generation) + 1
    real = real_rows_of(rows=rows, anchor_rows=anchor_rows, replicates=replicates, dealing="own")
    first, later = first_manifest(real), next_manifest(policy, real, generation=generation)
    used = pl.concat([rows_of(each).filter(pl.col("origin") == "real") for each in (first, later)])
    owners = used.group_by("row").agg(pl.col("replicate").n_unique())
    assert owners["replicate"].max() == 1
    assert rows_of(first).height == rows * replicates
    assert summarise(later)["rows"].to_list() == [policy.dataset_rows(rows, generation)] * replicates


def test_a_replicate_has_the_same_dataset_whoever_is_beside_it() -> None:
    for policy in (Subsample(policy="subsample"), Fresh(policy="fresh", share=0.3)):
        many, alone = (
            manifest_of(policy, rows=20, generation=2, anchor_rows=70, replicates=replicates) for replicates in (4, 1)
        )
        assert many.filter(pl.col("replicate") == 0).equals(alone)


@settings(max_examples=60)
@given(
    policies.filter(lambda policy: not isinstance(policy, Repeat)),
    st.integers(2, 60),
    st.integers(1, 5),
    st.integers(0, 9),
)
def test_the_same_seed_gives_the_same_manifest_and_no_row_comes_twice(
    policy: Policy, rows: int, generation: int, seed: int
) -> None:
    anchor_rows = enough_for(policy, rows, generation)
    once, again = (
        manifest_of(policy, rows=rows, generation=generation, anchor_rows=anchor_rows, seed=seed) for _ in range(2)
    )
    assert once.equals(again)
    listed = rows_of(once).select("replicate", "origin", "generation", "row")
    assert listed.n_unique() == listed.height
    assert listed.filter(pl.col("origin") == "real")["row"].is_between(0, anchor_rows - 1).all()


@settings(max_examples=30)
@given(shares, st.integers(2, 40), st.integers(2, 6))
def test_fresh_never_reuses_a_real_row(share: float, rows: int, generations: int) -> None:
    policy = Fresh(policy="fresh", share=share)
    anchor_rows = enough_for(policy, rows, generations)
    first = first_manifest(real_rows_of(rows=rows, anchor_rows=anchor_rows, replicates=1))
    later = [
        manifest_of(policy, rows=rows, generation=g, anchor_rows=anchor_rows, replicates=1)
        for g in range(1, generations + 1)
    ]
    real = pl.concat([rows_of(each).filter(pl.col("origin") == "real").select("row") for each in [first, *later]])
    assert real["row"].n_unique() == real.height


def test_fresh_refuses_to_reuse_when_the_anchor_runs_out() -> None:
    with pytest.raises(ValueError, match="are asked of each replicate, which has 20"):
        manifest_of(Fresh(policy="fresh", share=0.5), rows=10, generation=3, anchor_rows=20)


def test_fixed_keeps_the_same_real_rows_in_every_generation() -> None:
    policy = Fixed(policy="fixed", share=0.4)
    real = [
        rows_of(manifest_of(policy, rows=50, generation=g, anchor_rows=80)).filter(pl.col("origin") == "real")
        for g in (1, 2, 5)
    ]
    assert real[0].equals(real[1])
    assert real[0].equals(real[2])


def test_a_subsample_has_in_expectation_the_synthetic_share_of_the_pool() -> None:
    assert [Subsample(policy="subsample").share(generation) for generation in (0, 1, 3)] == [0, 0.5, 0.75]


def test_subsample_is_uniform_over_the_pool() -> None:
    rows, generation, draws = 20, 3, 600
    counts = np.zeros((generation + 1, rows))
    made = manifest_of(
        Subsample(policy="subsample"), rows=rows, generation=generation, anchor_rows=rows, replicates=draws
    )
    listed = rows_of(made)
    np.add.at(counts, (listed["generation"].fill_null(-1).to_numpy() + 1, listed["row"].to_numpy()), 1)
    expected = draws / (generation + 1)
    # Drawing without replacement shrinks each cell's variance by 1 − n/N, which is what makes this statistic χ².
    cells = counts.size
    statistic = ((counts - expected) ** 2 / (expected * (1 - 1 / (generation + 1)))).sum()
    assert abs(statistic - (cells - 1)) < 4 * np.sqrt(2 * (cells - 1))


def test_weighted_gives_each_side_its_weight() -> None:
    listed = rows_of(manifest_of(Weighted(policy="weighted", weight=0.618), rows=30, generation=2, anchor_rows=30))
    weights = listed.group_by("origin").agg(pl.col("weight").sum()).sort("origin")["weight"].to_numpy()
    assert weights / weights.sum() == pytest.approx([0.618, 0.382])
    assert listed["weight"].mean() == pytest.approx(1)


def test_manifests_of_accumulate_cost_the_same_few_bytes_whatever_the_rows() -> None:
    def size(rows: int, generation: int) -> int:
        buffer = io.BytesIO()
        manifest_of(Accumulate(policy="accumulate"), rows=rows, generation=generation, anchor_rows=rows).write_parquet(
            buffer
        )
        return len(buffer.getvalue())

    assert size(100_000, 9) - size(10, 9) < 200
    assert size(1_000, 20) - size(1_000, 10) <= 2 * (size(1_000, 10) - size(1_000, 5)) + 500


def test_resolving_fetches_the_named_rows_and_refuses_a_part_that_lacks_them() -> None:
    anchor = pl.DataFrame({"row": range(6), "row_id": [f"a{i}" for i in range(6)], "x": [float(i) for i in range(6)]})
    part = pl.DataFrame(
        {
            "replicate": pl.Series([0] * 6 + [1] * 6, dtype=pl.Int32),
            "row": [*range(6), *range(6)],
            "row_id": [f"g0.r{r}.{i}" for r in (0, 1) for i in range(6)],
            "depth": 1,
            "x": [10.0 * (r + 1) + i for r in (0, 1) for i in range(6)],
        }
    )
    made = manifest_of(Fixed(policy="fixed", share=0.5), rows=6, generation=1, anchor_rows=6)
    rows = resolve(made, anchor=anchor, synthetic=lambda g, lineage: part)
    assert rows.columns == ["replicate", "weight", "origin", "row_id", "x"]
    second = rows.filter((pl.col("replicate") == 1) & (pl.col("origin") == "synthetic"))
    assert second["x"].to_list() == [20.0, 21.0, 22.0]
    with pytest.raises(LookupError, match="the part has"):
        resolve(made, anchor=anchor, synthetic=lambda g, lineage: part.filter(pl.col("row") > 0))


@pytest.mark.parametrize(
    ("share", "expected"), [(0.9, (140, 1260)), (0.5, (700, 700)), (1 / 3, (933, 467)), (0, (1400, 0))]
)
def test_rows_are_apportioned_by_largest_remainder(share: float, expected: tuple[int, int]) -> None:
    assert apportion(1400, share) == expected


def test_fixed_one_and_augment_zero_are_known_for_what_they_are() -> None:
    assert Fixed(policy="fixed", share=1).canonical() == Replace(policy="replace")
    assert Fresh(policy="fresh", share=1).canonical() == Replace(policy="replace")
    assert Fresh(policy="fresh", share=0.5).canonical() == Fresh(policy="fresh", share=0.5)
    assert Augment(policy="augment", ratio=0).canonical() == Fixed(policy="fixed", share=0)


@pytest.mark.parametrize(("ratio", "synthesised", "of_the_dataset"), [(0.5, 10, 5), (1, 10, 10), (3, 30, 30)])
def test_augment_synthesises_what_its_dataset_takes_and_at_least_what_an_evaluation_reads(
    ratio: float, synthesised: int, of_the_dataset: int
) -> None:
    policy = Augment(policy="augment", ratio=ratio)
    assert policy.synthetic_rows(10) == synthesised
    assert policy.dataset_rows(10, 1) == 10 + of_the_dataset


def test_a_tie_goes_to_the_real_rows() -> None:
    assert apportion(5, 0.5) == (3, 2)


def test_repeated_rows_are_each_there_as_often_as_they_fit_and_the_first_once_more() -> None:
    rows = rows_of(manifest_of(Repeat(policy="repeat", ratio=1.5), rows=4, generation=1, anchor_rows=10, replicates=1))
    assert rows["origin"].unique().to_list() == ["real"]
    counted = rows["row"].value_counts()["count"].sort().to_list()
    assert counted == [2, 2, 3, 3]


def test_real_rows_are_resampled_to_the_labels_of_the_mix() -> None:
    policy = Resample(policy="resample", ratio=0.5, made=0.5)
    real = real_rows_of(rows=8, anchor_rows=8, replicates=2, dealing="shared")
    at = [real.look_up("base", np.full(8, index), np.arange(8)) for index in range(2)]
    of_row = np.array([0, 0, 0, 0, 0, 0, 1, 1])
    labels = [
        Labels(real=of_row[rows], synthetic=np.array(made))
        for rows, made in zip(at, ([1] * 4, [1, 1, 3, 3]), strict=True)
    ]
    once, again = (next_manifest(policy, real, generation=1, labels=labels) for _ in range(2))
    assert once.equals(again)
    found = rows_of(once)
    assert found["origin"].unique().to_list() == ["real"]
    rare = found.with_columns(rare=pl.col("row") >= 6).group_by("replicate").agg(pl.col("rare").sum(), pl.len())
    # Of 12 rows of the mix, 2 + 4 are rare. In the other replicate 2 of its 12 have a label that no real row has, and
    # of the other 10 rows 4 are rare.
    assert rare.sort("replicate").rows() == [(0, 6, 12), (1, 5, 12)]
    counts = found.filter(pl.col("replicate") == 0, pl.col("row") < 6)["row"].value_counts()["count"]
    assert counts.to_list() == [1] * 6, "no row comes twice before each came once"
    with pytest.raises(ValueError, match="there are none"):
        next_manifest(policy, real, generation=1)


def test_a_smaller_part_of_the_real_rows_lies_within_a_larger_one() -> None:
    def used(fraction: float) -> set[int]:
        policy = Part(policy="part", fraction=fraction)
        return set(rows_of(manifest_of(policy, rows=8, generation=1, anchor_rows=20, replicates=1))["row"])

    assert len(used(0.25)) == 2 and used(0.25) < used(0.5) < used(1.0) and len(used(1.0)) == 8
    assert len(used(0.001)) == 1
