"""What the lines of a manifest say, and what is fetched by them."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outcross.assets.dataset.manifest import MANIFEST, next_manifest, resolve, summarise
from outcross.assets.study.policies import Accumulate, Fixed, Subsample, Weighted
from tests.assets.dataset.test_mixing import manifest_of, policies, real_rows_of


def manifest(*lines: tuple[int, str, int | None, str | None, int, int, float]) -> pl.DataFrame:
    """Lines of ``replicate, origin, generation, lineage, start, stop, weight``."""
    names = ["replicate", "origin", "generation", "lineage", "start", "stop", "weight"]
    return pl.DataFrame(lines, schema={name: MANIFEST[name] for name in names}, orient="row")


def part(*sizes: int) -> pl.DataFrame:
    """Rows of replicates 0, 1, …; ``x`` is 10 × replicate + row."""
    rows = [(replicate, row) for replicate, size in enumerate(sizes) for row in range(size)]
    found = pl.DataFrame(rows, schema={"replicate": pl.Int32, "row": pl.Int64}, orient="row")
    x = 10 * pl.col("replicate") + pl.col("row")
    return found.with_columns(row_id=x.cast(pl.String), depth=pl.lit(1), x=x)


def fetched(lines: pl.DataFrame, rows: pl.DataFrame) -> list[tuple[int, float, int]]:
    found = resolve(lines, anchor=rows.head(0), synthetic=lambda generation, lineage: rows)
    return found.select("replicate", "weight", "x").rows()


@settings(max_examples=40)
@given(policies, st.integers(2, 30), st.integers(1, 4))
def test_a_run_of_consecutive_rows_is_one_line(policy: object, rows: int, generation: int) -> None:
    made = manifest_of(policy, rows=rows, generation=generation, anchor_rows=rows * (generation + 2))  # type: ignore[arg-type]
    keys = ["replicate", "origin", "generation"]
    after = made.select(*(pl.col(name).shift(-1) for name in [*keys, "start"]))
    goes_on = pl.all_horizontal(*(made[name].eq_missing(after[name]) for name in keys), made["stop"] == after["start"])
    assert not made.select(goes_on).to_series().any()


def test_two_runs_of_two_replicates_are_four_lines() -> None:
    made = next_manifest(Accumulate(policy="accumulate"), real_rows_of(rows=5, anchor_rows=5), generation=1)
    assert made.select("replicate", "origin", "start", "stop").rows() == [
        (0, "real", 0, 5),
        (0, "synthetic", 0, 5),
        (1, "real", 0, 5),
        (1, "synthetic", 0, 5),
    ]


def test_synthetic_rows_have_passed_through_one_model_more_than_their_generation_unless_said_otherwise() -> None:
    real = real_rows_of(rows=4, anchor_rows=4)
    policy = Accumulate(policy="accumulate")
    made = next_manifest(policy, real, generation=3).filter(pl.col("replicate") == 0)
    assert made.select("generation", "lineage", "depth").rows() == [
        (None, None, 0),
        (0, "shared", 1),
        (1, "arm", 2),
        (2, "arm", 3),
    ]
    said = pl.DataFrame({"generation": [0, 0, 1, 1, 2, 2], "replicate": [0, 1] * 3, "depth": [1, 1, 2, 3, 4, 5]})
    deeper = next_manifest(policy, real, generation=3, depths=said)
    assert deeper["depth"].to_list() == [0, 1, 2, 4, 0, 1, 3, 5]
    assert deeper.schema == MANIFEST


def test_a_summary_is_of_rows_and_weighs_them() -> None:
    real = real_rows_of(rows=4, anchor_rows=4, replicates=1)
    made = next_manifest(Weighted(policy="weighted", weight=0.25, ratio=2), real, generation=2)
    assert summarise(made).row(0, named=True) == {
        "replicate": 0,
        "rows": 12,
        "synthetic": 8,
        "weight_share": pytest.approx(0.75),
        "depth": 2,
        "mean_depth": pytest.approx(16 / 12),
        "share": pytest.approx(8 / 12),
    }


def test_a_part_that_is_taken_whole_needs_no_looking_up() -> None:
    lines = manifest((0, "synthetic", 0, "shared", 0, 2, 0.5), (1, "synthetic", 0, "shared", 0, 3, 0.5))
    assert fetched(lines, part(2, 3).drop("row")) == [
        (0, 0.5, 0),
        (0, 0.5, 1),
        (1, 0.5, 10),
        (1, 0.5, 11),
        (1, 0.5, 12),
    ]


@pytest.mark.parametrize(
    ("lines", "sizes", "expected"),
    [
        ([(0, 0, 1, 1.0), (1, 0, 3, 1.0)], (2, 3), [(0, 1.0, 0), (1, 1.0, 10), (1, 1.0, 11), (1, 1.0, 12)]),
        ([(0, 0, 2, 0.5), (1, 0, 1, 2.0)], (2, 1), [(0, 0.5, 0), (0, 0.5, 1), (1, 2.0, 10)]),
        ([(0, 1, 2, 1.0), (0, 0, 1, 1.0)], (2,), [(0, 1.0, 1), (0, 1.0, 0)]),
        ([(0, 1, 3, 1.0), (1, 0, 2, 1.0)], (3, 2), [(0, 1.0, 1), (0, 1.0, 2), (1, 1.0, 10), (1, 1.0, 11)]),
        ([(1, 0, 2, 1.0)], (2, 2), [(1, 1.0, 10), (1, 1.0, 11)]),
        ([(0, 0, 1, 1.0), (1, 2, 4, 1.0)], (1, 4), [(0, 1.0, 0), (1, 1.0, 12), (1, 1.0, 13)]),
    ],
    ids=["fewer rows", "two weights", "two runs", "a later start", "one of two replicates", "as many rows, others"],
)
def test_a_part_that_is_taken_in_part_gives_the_named_rows_with_their_weights(
    lines: list[tuple[int, int, int, float]], sizes: tuple[int, ...], expected: list[tuple[int, float, int]]
) -> None:
    named = [(replicate, "synthetic", 0, "shared", start, stop, weight) for replicate, start, stop, weight in lines]
    assert fetched(manifest(*named), part(*sizes)) == expected


def test_replicates_whose_sizes_are_exchanged_are_refused_although_the_sum_is_right() -> None:
    lines = manifest((0, "synthetic", 4, "arm", 0, 3, 1.0), (1, "synthetic", 4, "arm", 0, 2, 1.0))
    with pytest.raises(
        LookupError, match="names 5 rows of synthetic generation 4, lineage arm; the part has 4 of them"
    ):
        fetched(lines, part(2, 3))


def test_real_rows_are_fetched_by_their_number_for_every_replicate() -> None:
    anchor = pl.DataFrame({"row": range(4), "row_id": list("abcd"), "x": range(4)})
    lines = manifest((0, "real", None, None, 1, 3, 1.0), (1, "real", None, None, 3, 4, 1.0))
    found = resolve(lines, anchor=anchor, synthetic=lambda generation, lineage: anchor)
    assert found.rows() == [(0, 1.0, "real", "b", 1), (0, 1.0, "real", "c", 2), (1, 1.0, "real", "d", 3)]


def test_rows_are_in_the_order_of_the_replicates_then_of_the_parts_then_of_their_numbers() -> None:
    size = 700
    names = [(origin, generation) for origin, generation in (("real", None), ("synthetic", 1), ("synthetic", 0))]
    lines = manifest(
        *(
            (replicate, origin, generation, None if generation is None else "arm", 0, size, 1.0)
            for replicate in range(2)
            for origin, generation in names
        )
    )
    anchor = pl.DataFrame({"row": range(size), "row_id": [f"a.{row}" for row in range(size)]})

    def synthetic(generation: int, lineage: str) -> pl.DataFrame:
        label = f"{lineage}{generation}."
        return part(size, size).select("replicate", "row", row_id=label + pl.col("row").cast(pl.String))

    found = resolve(lines, anchor=anchor, synthetic=synthetic)
    expected = [f"{name}.{row}" for name in ("a", "arm1", "arm0") for row in range(size)]
    assert found["row_id"].to_list() == expected * 2
    assert found["replicate"].to_list() == [0] * 3 * size + [1] * 3 * size


def test_the_whole_anchor_is_one_array_for_all_replicates() -> None:
    rows = real_rows_of(rows=7, anchor_rows=7, replicates=3).take("base", np.arange(7))
    assert rows.tolist() == [list(range(7))] * 3
    assert np.shares_memory(rows[0], rows[2])


def test_replicates_that_share_less_than_the_anchor_or_share_nothing_draw_their_own() -> None:
    some = real_rows_of(rows=7, anchor_rows=20).take("base", np.arange(7))
    own = real_rows_of(rows=7, anchor_rows=14, dealing="own").take("base", np.arange(7))
    alone = real_rows_of(rows=7, anchor_rows=7, replicates=1, dealing="own").take("base", np.arange(7))
    assert some[0].tolist() != some[1].tolist()
    assert sorted([*own[0], *own[1]]) == list(range(14))
    assert alone.tolist() == [list(range(7))]


def test_the_lines_of_a_replicate_are_in_the_order_of_parts_and_rows_however_many_they_are() -> None:
    made = manifest_of(Subsample(policy="subsample"), rows=3_000, generation=2, anchor_rows=3_000)
    assert made.height > 2_000
    parts = made.with_columns(pl.col("generation").fill_null(-1)).select("replicate", "generation", "start", "stop")
    order = sorted(set(parts["generation"]), key=lambda part: "base" if part < 0 else str(part))
    lines = [(replicate, order.index(part), start) for replicate, part, start, _ in parts.rows()]
    assert lines == sorted(lines)
    assert parts["replicate"].to_list() == sorted(parts["replicate"])


@pytest.mark.parametrize(("share", "origins"), [(0.0, ["real"]), (0.5, ["real", "synthetic"]), (1.0, ["synthetic"])])
def test_a_part_of_which_nothing_is_taken_has_no_line(share: float, origins: list[str]) -> None:
    made = manifest_of(Fixed(policy="fixed", share=share), rows=6, generation=1, anchor_rows=6)
    assert made["origin"].unique().sort().to_list() == origins
    assert (made["stop"] > made["start"]).all() and made["replicate"].unique().to_list() == [0, 1]
