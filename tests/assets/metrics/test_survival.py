import numpy as np
import polars as pl
import pytest

from outcross.assets.instruments.embedding import Embedding
from outcross.assets.instruments.probe import build_probe
from outcross.assets.instruments.rare import find_rare
from outcross.assets.metrics.class_survival import measure as measure_classes
from outcross.assets.metrics.contract import Against, Comparison
from outcross.assets.metrics.rare_survival import measure as measure_rare
from outcross.resources.schema import Column, Role, Schema
from tests.assets.evaluation.data import probe, split, values

SCHEMA = Schema((Column(name="colour", role=Role.CATEGORICAL), Column(name="kind", role=Role.GROUP)))


def rows(colour: list[str], kind: list[str]) -> pl.DataFrame:
    return pl.DataFrame({"colour": colour, "kind": kind}, schema=SCHEMA.polars)


def rare_survival(anchor: pl.DataFrame, synthetic: pl.DataFrame, reference: pl.DataFrame | None = None) -> float:
    probe = build_probe(anchor, anchor, SCHEMA, seed=1)
    against: Against = "holdout" if reference is None else "previous"
    other = anchor if reference is None else reference
    compared = Comparison(synthetic=synthetic, reference=other, schema=SCHEMA, probe=probe, seed=1, against=against)
    return measure_rare(compared)[0].value


def test_class_survival_is_the_share_of_the_classes_still_generated() -> None:
    anchor, _, _ = split("digits")
    assert values("digits", anchor)["class_survival"] == 1.0
    assert values("digits", anchor.filter(pl.col("label") < "3"))["class_survival"] == pytest.approx(0.3)


def test_a_class_the_anchor_never_had_does_not_count() -> None:
    anchor, _, _ = split("digits")
    other = anchor.with_columns(label=pl.when(pl.col("label") == "0").then(pl.lit("x")).otherwise("label"))
    assert values("digits", other)["class_survival"] == pytest.approx(0.9)


def test_rare_survival_counts_levels_below_five_per_cent_only() -> None:
    anchor = rows(["red"] * 94 + ["blue"] * 4 + ["green"] * 2, ["b"] * 5 + ["a"] * 95)
    assert rare_survival(anchor, anchor) == 1.0
    assert rare_survival(anchor, anchor.filter(pl.col("colour") != "green")) == 0.5
    assert rare_survival(anchor, anchor.filter(pl.col("kind") != "b")) == 1.0


def test_without_rare_levels_the_least_frequent_of_each_column_are_used() -> None:
    anchor = rows(["red"] * 6 + ["blue"] * 4, ["a", "b"] * 4 + ["a", "a"])
    assert rare_survival(anchor, anchor.filter(pl.col("kind") == "a")) == 0.5


def test_against_the_previous_generation_only_the_categories_that_it_still_had_count() -> None:
    anchor = rows(["red"] * 94 + ["blue"] * 4 + ["green"] * 2, ["b"] * 5 + ["a"] * 95)
    previous = anchor.filter(pl.col("colour") != "green")
    assert rare_survival(anchor, previous, previous) == 1.0
    assert rare_survival(anchor, anchor.filter(pl.col("colour") == "red"), previous) == 0.0
    assert np.isnan(rare_survival(anchor, anchor, anchor.filter(pl.col("colour") == "red")))


def test_classes_that_the_previous_generation_had_lost_do_not_count() -> None:
    anchor, _, schema = split("digits")
    previous = anchor.filter(pl.col("label") < "4")

    def survival(synthetic: pl.DataFrame) -> float:
        compared = Comparison(
            synthetic=synthetic, reference=previous, schema=schema, probe=probe("digits"), seed=1, against="previous"
        )
        return measure_classes(compared)[0].value

    assert survival(previous) == survival(anchor) == 1.0
    assert survival(previous.filter(pl.col("label") != "0")) == 0.75


def test_a_table_without_rare_levels_has_two_tails_per_numeric_column() -> None:
    anchor, _, schema = split("breast_cancer")
    rare = find_rare(anchor, schema, Embedding.fit(anchor, schema))
    assert set(rare.tails) == {column.name for column in schema.numeric}
    assert values("breast_cancer", anchor)["rare_survival"] == 1.0


@pytest.mark.parametrize("kind", ["digits", "breast_cancer"])
def test_identical_rows_have_no_tails(kind: str) -> None:
    anchor, _, _ = split(kind)
    assert values(kind, anchor)["rare_survival"] == 1.0
    assert values(kind, pl.concat([anchor[:1]] * 50))["rare_survival"] < 0.2
