"""A pool that cannot serve a study is refused before anything runs, with the number and the remedy."""

from pathlib import Path
from typing import Any

import polars as pl
import pytest

from outcross.assets.anchor.make import read_study_rows
from outcross.assets.pool.read import PoolRows, describe_pool, read_pool
from outcross.assets.study.study import Study
from outcross.resources.errors import BadInput

REAL = pl.DataFrame({"x": [each + 0.25 for each in range(60)], "kind": ["a", "b"] * 30})
MADE = REAL.with_columns(pl.col("x") + 0.5)
FIXED = {"ladders": {"sub": {"policy": "fixed", "shares": [0.1, 1]}}}
AUGMENT = {"ladders": {"sub": {"policy": "augment", "ratios": [1, 4], "unequal_budget": "rows are added"}}}


Read = tuple[Study, PoolRows, int]
"""A study, its pool, and the rows of its anchor."""


def read(
    folder: Path, made: pl.DataFrame, *, tests: dict[str, str] | None = None, **changes: Any
) -> tuple[Study, PoolRows, int]:
    """Read a study's rows and its pool, as a command does before it runs."""
    REAL.write_csv(folder / "real.csv")
    made.write_csv(folder / "made.csv")
    generator = {"kind": "pool", "path": "made.csv"} | changes.pop("generator", {})
    settings = {
        "study": "bought",
        "source": {"kind": "files", "path": "real.csv"},
        "generator": generator,
        "tests": tests or {},
        "rows": 30,
        "generations": 2,
        "replicates": 2,
        "metrics": ["variance_ratio"],
        "endpoints": {"variance_ratio": {"tolerance": 0.5}},
        **FIXED,
        **changes,
    }
    study = Study.model_validate(settings, context={"base": folder})
    found = read_study_rows(study)
    pool = read_pool(study, found.data.schema, found.parts, found.tests)
    assert pool is not None
    return study, pool, found.parts.anchor.height


@pytest.mark.parametrize(
    ("made", "changes", "words"),
    [
        (MADE[:29], {}, "arm 'replace' takes 30 rows of the pool a generation, and the pool has 29; add 1 rows"),
        (
            MADE[:29],
            {},
            "or the largest share (the largest share of ladder 'sub' that it allows is 0.983)",
        ),
        (
            MADE[:40],
            {"generations": 3},
            "takes 30 rows of the pool a generation, 60 over 2 rounds of mixing, and",
        ),
        (MADE[:40], {"generations": 3}, "the pool has 40; add 20 rows to the pool, or lower 'generations', 'rows' or"),
        (MADE, AUGMENT, "takes 120 rows of the pool a generation, and the pool has 60; add 60 rows"),
        (MADE, AUGMENT, "(the largest ratio of ladder 'sub' that it allows is 2.016)"),
        (pl.concat([MADE[:29], REAL[:3]]), {}, "the pool has 29 that may be drawn (3 were left out)"),
        (REAL, {}, "none of its 60 rows may be drawn: "),
        (REAL, {}, "set 'generator.leave_out_anchor: false' if rows of the anchor may be drawn"),
        (
            pl.concat([MADE, MADE[:2]]),
            {},
            "2 rows equal an earlier row, row 61 the first of them, and no two",
        ),
        (MADE[:0], {}, "rows"),
        (MADE.drop("kind"), {}, "lacks the column 'kind'"),
        (MADE.with_columns(x=pl.lit(None)), {}, "column 'x': row 1 has no value, and the anchor's always has one"),
    ],
)
def test_a_pool_is_refused_with_the_number_and_the_remedy(
    tmp_path: Path, made: pl.DataFrame, changes: dict[str, Any], words: str
) -> None:
    with pytest.raises(BadInput) as refused:
        read(tmp_path, made, **changes)
    assert words in str(refused.value)


@pytest.mark.parametrize(("rows", "said"), [(30, True), (59, True), (60, False)])
def test_it_is_said_whether_the_last_generation_repeats_rows(tmp_path: Path, rows: int, said: bool) -> None:
    study, pool, anchor = read(tmp_path, MADE[:rows])
    lines = describe_pool(study, pool, anchor_rows=anchor)
    assert lines[:2] == [
        f"Pool: {rows} of {rows} rows may be drawn. Left out: 0 that equal a row of the holdout, 0 that equal a row of "
        "the anchor.",
        "Pool: each replicate draws 30 rows a generation, none of them twice before the last one, whose rows are "
        "measured and not mixed.",
    ]
    assert any("begins the order again" in line for line in lines) is said


def test_what_a_pool_cannot_measure_is_said(tmp_path: Path) -> None:
    study, pool, anchor = read(tmp_path, MADE, metrics=["loss", "scaling", "variance_ratio"])
    assert describe_pool(study, pool, anchor_rows=anchor)[-1] == (
        "Pool: it has no likelihood, so loss and scaling cannot be measured."
    )


def test_rows_of_the_anchor_may_be_kept_and_those_of_the_holdout_never(tmp_path: Path) -> None:
    _, pool, anchor = read(tmp_path, pl.concat([MADE, REAL]), generator={"leave_out_anchor": False})
    assert (pool.rows.height, pool.of_anchor, pool.of_holdout) == (60 + anchor, 0, 60 - anchor)


def test_equal_rows_are_kept_and_counted_where_that_is_asked_for(tmp_path: Path) -> None:
    _, pool, _ = read(tmp_path, pl.concat([MADE, MADE[:2]]), generator={"repeats": "keep"})
    assert (pool.rows.height, pool.repeats) == (62, 2)
    assert "Pool: 2 rows equal an earlier row of the pool, and are kept." in pool.tell()


@pytest.mark.parametrize(
    ("test", "words"),
    [
        (
            REAL,
            "rows of the anchor equal or nearly equal rows of the named test sets 'bench'; take the",
        ),
        (MADE[:1], "has 1 row, and metrics need at least 2; add rows"),
        (MADE.drop("x"), "test set 'bench': source 'bench.csv' lacks the column 'x'"),
    ],
)
def test_a_test_set_that_cannot_be_used_is_refused(tmp_path: Path, test: pl.DataFrame, words: str) -> None:
    test.write_csv(tmp_path / "bench.csv")
    with pytest.raises(BadInput) as refused:
        read(tmp_path, MADE, tests={"bench": "bench.csv"})
    assert words in str(refused.value)
