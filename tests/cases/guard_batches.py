"""Batches for a corpus of colleges: each is stopped by exactly one guard, where only this guard is enforced."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from tests.assets.corpus.batches import with_provenance
from tests.assets.corpus.test_guards import FAULTS, FEMALE, NUMBERS, SHIFTED, generated

STATED = ("origin", "generator", "licence", "consent", "depth")
"""Columns of the provenance of a batch's rows."""
Rows = pl.DataFrame
Claims = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Stopped:
    """A batch that a guard stops.

    Attributes:
        guard: the one that stops it, or some of its rows.
        make: makes it from fresh rows, rows of the anchor and rows of the holdout, with the provenance of its rows.
        rows: number of fresh rows.
        whole: whether all of its rows are held.
        is_releasable: whether a person may release the rows; others never enter a corpus.
        also: guards that stop its rows one by one.
        after: makes a batch that is admitted before it.
        withdrawn: whether that batch is withdrawn again.
        settings: further keys of the corpus file, as the batch comes.
        files: JSON files in the folder of the corpus file and the batch.
    """

    guard: str
    make: Callable[[Rows, Rows, Rows], Rows]
    rows: int = 200
    whole: bool = True
    is_releasable: bool = True
    also: tuple[str, ...] = ()
    after: Callable[[Rows, Rows], Rows] | None = None
    withdrawn: bool = False
    settings: Mapping[str, Any] = field(default_factory=dict)
    files: Mapping[str, Any] = field(default_factory=dict)


def claims_of(batch: Rows) -> Claims:
    """Return the provenance that all rows of a batch have."""
    stated: dict[str, Any] = {"origin": "real", "licence": "CC-BY-4.0"}
    if batch.height:
        stated = batch.select(STATED).row(0, named=True)
    return {name: value for name, value in stated.items() if value not in {None, ""}}


def _held(fault: str) -> Stopped:
    guard, rows, make = FAULTS[fault]
    return Stopped(guard=guard, make=lambda fresh, anchor, _: make(fresh, anchor), rows=rows)


def _stating(origin: str, **claims: str | int) -> Callable[[Rows, Rows, Rows], Rows]:
    return lambda fresh, *_: with_provenance(fresh, origin, **claims)


def _changed(*columns: pl.Expr) -> Callable[[Rows, Rows, Rows], Rows]:
    return lambda fresh, *_: with_provenance(fresh.with_columns(*columns))


SUITE = {
    "name": "agreed",
    "expectations": [
        {"type": "expect_column_values_to_be_in_set", "kwargs": {"column": "bachelor", "value_set": ["yes", "no"]}}
    ],
}
"""A suite of Great Expectations that the corpus file names."""


def _second(guard: str, *changes: pl.Expr, only: pl.Expr | None = None, rows: int = 1_000) -> Stopped:
    """The second of two batches: the first is of clean rows, and guards that accumulate start with two."""
    return Stopped(
        guard=guard,
        rows=rows,
        make=lambda fresh, *_: with_provenance(
            fresh[200:].filter(pl.lit(True) if only is None else only).with_columns(*changes)
        ),
        after=lambda fresh, _: with_provenance(fresh[:200]),
    )


OTHER_LABEL = pl.col("bachelor").replace({"yes": "no", "no": "yes"})
NOT_RARE = pl.all_horizontal(
    *(pl.col(name).is_between(pl.col(name).quantile(0.03), pl.col(name).quantile(0.97)) for name in NUMBERS),
    *(pl.len().over(name) > 0.06 * pl.len() for name in ("city", "race", "region")),
)
FIRST = pl.int_range(pl.len()) < 3


def _three_made(fresh: Rows, *_: Rows) -> Rows:
    """Of rows declared real, the first three are declared synthetic in columns of their own."""
    stated = {"origin": ("synthetic", "real"), "generator": ("gan", None), "depth": (1, 0)}
    columns = [
        pl.when(FIRST).then(pl.lit(made)).otherwise(pl.lit(otherwise)).alias(f"provenance_{name}")
        for name, (made, otherwise) in stated.items()
    ]
    return with_provenance(fresh.with_columns(columns))


_PERSON = {
    "rank": 48, "experience": 144, "junior": 0.0, "university": 0.0, "city": "elsewhere", "region": "south",
    "sex": "male", "race": "other", "bachelor": "no",
}  # fmt: skip
BENCHMARK = [_PERSON | {"log_wage": 2.0 + place / 7, "test_score": 0.5 + place / 7} for place in range(3)]
"""Rows of a protected set; no row of the source has their wage and score."""
CASES: dict[str, Stopped] = {
    **{fault: _held(fault) for fault in FAULTS if fault != "no rows"},
    "rows none of which fits": Stopped(
        guard="rows", make=_changed(pl.lit("many").alias("experience")), also=("schema",), is_releasable=False
    ),
    "declared rows past the bound": Stopped(guard="synthetic_share", make=_stating("synthetic")),
    "rows of mixed origin past the bound": Stopped(guard="synthetic_share", make=_stating("mixed")),
    "rows of unknown origin past the bound": Stopped(guard="synthetic_share", make=_stating("unknown")),
    **{
        name: Stopped(
            guard=guard,
            make=lambda fresh, anchor, _: generated(fresh[:100], anchor).reverse(),
            after=lambda fresh, anchor: generated(fresh[:100], anchor, "synthetic"),
        )
        for name, guard in (
            ("known synthetic rows that are declared real", "undeclared_share"),
            ("known synthetic rows that take the estimate past the bound", "estimated_share"),
        )
    },
    "rows that fail an expectation of the team": Stopped(
        guard="expectations", make=_changed(pl.lit("maybe").alias("bachelor"))
    ),
    "a column drifts, of two batches": _second("accumulated_drift", SHIFTED),
    "a group is missing, of two batches": _second("accumulated_groups", only=~FEMALE),
    "every third label is wrong, of two batches": _second(
        "accumulated_labels",
        pl.when(pl.int_range(pl.len()) % 3 == 0).then(OTHER_LABEL).otherwise("bachelor").alias("bachelor"),
    ),
    "rare rows are missing, of two batches": _second("accumulated_tails", only=NOT_RARE, rows=3_000),
    **{
        name: Stopped(
            guard=guard,
            make=lambda fresh, *_: with_provenance(fresh[200:].with_columns(pl.col("log_wage") + 1)),
            rows=400,
            after=lambda fresh, _: with_provenance(fresh[:200].with_columns(pl.col("log_wage") + 1), "synthetic"),
        )
        for name, guard in (
            ("rows of a known generator that keep coming", "accumulated_share"),
            ("rows of a known generator of late past the bound", "recent_share"),
        )
    },
    "misfits": Stopped(
        guard="schema",
        make=_changed(
            pl.when(FIRST).then(pl.lit("many")).otherwise(pl.col("experience").cast(pl.String)).alias("experience")
        ),
        whole=False,
        is_releasable=False,
    ),
    "another unit": Stopped(
        guard="range",
        make=_changed(pl.when(FIRST).then(pl.col("log_wage") * 1_000).otherwise("log_wage").alias("log_wage")),
        whole=False,
    ),
    "rows of the holdout": Stopped(
        guard="holdout_overlap",
        make=lambda fresh, _, holdout: with_provenance(pl.concat([fresh, holdout[:3]])),
        whole=False,
        is_releasable=False,
    ),
    "rows that were withdrawn": Stopped(
        guard="withdrawn",
        make=lambda fresh, *_: with_provenance(fresh[100:].vstack(fresh[:3])),
        after=lambda fresh, _: with_provenance(fresh[:100]),
        withdrawn=True,
        whole=False,
        is_releasable=False,
    ),
    "repeats": Stopped(
        guard="duplicates", make=lambda fresh, *_: with_provenance(pl.concat([fresh, fresh[:3]])), whole=False
    ),
    "near copies": Stopped(
        guard="near_duplicates",
        make=lambda fresh, *_: with_provenance(
            pl.concat([fresh, fresh[:3].with_columns(pl.col("log_wage") + 1e-6, pl.col("test_score") + 1e-6)])
        ),
        whole=False,
    ),
    "rows of a protected set": Stopped(
        guard="protected",
        make=lambda fresh, *_: with_provenance(
            pl.concat([pl.DataFrame(BENCHMARK).select(fresh.columns).cast(dict(fresh.schema)), fresh])  # type: ignore[arg-type]
        ),
        whole=False,
        is_releasable=False,
        settings={"protected": {"benchmark": "benchmark.json"}},
        files={"benchmark.json": BENCHMARK},
    ),
    "rows of a generator that is not allowed": Stopped(
        guard="generators", make=_three_made, whole=False, settings={"generators": {"allow": ["copula", "gan@2"]}}
    ),
    "rows of a generator that is denied": Stopped(
        guard="denied_generators",
        make=_three_made,
        whole=False,
        is_releasable=False,
        settings={"generators": {"deny": ["g?n"]}},
    ),
    "rows declared synthetic of a dataset that is marked as real": Stopped(
        guard="marks",
        make=_three_made,
        whole=False,
        files={"batch.parquet.croissant.json": {"rai:hasSyntheticData": False}},
    ),
    "a depth that contradicts the origin": Stopped(
        guard="provenance", make=_stating("real", depth=2), is_releasable=False
    ),
}
"""What is wrong with a batch → the guard that stops it, and how to make it. A file without rows is refused instead."""
