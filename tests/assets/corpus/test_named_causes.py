"""The cause of what guards find in columns is named: the level, the swap, the unit; or that none explains it."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import polars as pl
import pytest

from outcross.assets.corpus.intake.column_causes import _new_levels
from outcross.assets.corpus.intake.named_causes import Found, name_causes
from outcross.assets.corpus.open_corpus import OpenCorpus
from outcross.resources.schema import Column, Role, Schema
from outcross.resources.store import Store
from tests.assets.corpus.opened_once import open_once
from tests.assets.corpus.test_ingest import AT, ROWS, corpus_settings, take

SCHEMA = Schema(
    (
        Column(name="age", role=Role.NUMERIC, source="Age of person"),
        Column(name="hours", role=Role.NUMERIC),
        Column(name="wage", role=Role.NUMERIC),
        Column(name="work", role=Role.CATEGORICAL),
        Column(name="sex", role=Role.GROUP),
        Column(name="race", role=Role.GROUP),
    )
)


def people(rows: int, seed: int) -> pl.DataFrame:
    random = np.random.default_rng(seed)
    return pl.DataFrame(
        {
            "age": random.integers(18, 90, rows).astype(float),
            "hours": random.normal(40, 6, rows),
            "wage": random.lognormal(3, 0.5, rows),
            "work": random.choice(["private", "state", "own"], rows, p=[0.7, 0.2, 0.1]),
            "sex": random.choice(["f", "m"], rows, p=[0.4, 0.6]),
            "race": random.choice(["a", "b", "c"], rows, p=[0.8, 0.15, 0.05]),
        }
    )


ANCHOR, NEW = people(4_000, 1), people(300, 2)


def told(found: Found, *changes: pl.Expr) -> list[tuple[str, str, str]]:
    causes = name_causes(NEW.with_columns(*changes), ANCHOR, SCHEMA, found)
    return [(each.guard, each.column, each.sentence) for each in causes]


def levels(*names: str) -> pl.DataFrame:
    return pl.DataFrame({"level": names, "rows": range(20, 20 - len(names), -1)})


HOURS = NEW["hours"][:30]
SENTINEL = pl.Series("hours", [2_400.0] * 12)
"""Of minutes it would be the middle of the anchor's hours."""


def drifted(*columns: str) -> Found:
    return Found(drifted=columns)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (pl.col("hours") * 60, "if they are divided by 60, so its unit has changed"),
        (pl.col("hours") / 1_000, "if they are multiplied by 1,000, so"),
        (pl.col("hours") * 2.2046226, "divided by 2.204623"),
        (pl.col("hours") * 1.8 + 32, "converted from °F to °C"),
        (-pl.col("hours"), "given the other sign"),
    ],
)
def test_a_change_of_unit_is_named_with_its_factor(change: pl.Expr, words: str) -> None:
    ((guard, column, sentence),) = told(drifted("hours"), change)
    assert (guard, column) == ("column_drift", "hours")
    assert words in sentence


def test_swapped_columns_are_recognised_whatever_their_kind() -> None:
    swaps = [pl.col("hours").alias("age"), pl.col("age").alias("hours")]
    ((guard, column, sentence),) = told(drifted("age", "hours"), *swaps)
    assert (guard, column) == ("column_drift", "age")
    assert sentence.startswith(
        "columns 'Age of person' and 'hours' are swapped: each has the values of the other; name"
    )
    groups = [pl.col("sex").alias("race"), pl.col("race").alias("sex")]
    ((guard, column, sentence),) = told(Found(drifted=["race"], levels={"race": levels("f", "m")}), *groups)
    assert (guard, column) == ("column_drift", "race")
    assert "'race' and 'sex' are swapped" in sentence


def test_three_columns_that_have_each_others_values_are_recognised() -> None:
    turned = [pl.col("hours").alias("age"), pl.col("wage").alias("hours"), pl.col("age").alias("wage")]
    ((_, _, sentence),) = told(drifted("age", "hours", "wage"), *turned)
    assert "'Age of person' has those of 'hours', 'hours' has those of 'wage', 'wage' has those of 'Age of" in sentence


def test_what_no_unit_and_no_swap_explains_is_not_called_a_unit() -> None:
    bimodal = pl.when(pl.int_range(pl.len()) % 2 == 0).then(pl.col("hours") + 60).otherwise(pl.col("hours") - 30)
    ((_, _, sentence),) = told(drifted("hours"), bimodal)
    assert sentence.startswith("column 'hours': no change of unit and no swap of columns explains it; ")
    assert "a generator that is not known" in sentence


def test_new_levels_are_named_with_the_number_of_others() -> None:
    ((guard, column, sentence),) = told(Found(levels={"work": levels("Gig-work", "none")}))
    assert (guard, column) == ("new_levels", "work")
    assert "the anchor has no 'Gig-work' (20 rows), 'none' (19 rows); correct" in sentence
    ((_, _, sentence),) = told(Found(levels={"work": levels(*"abcdefghi")}))
    assert ", and 6 more; correct" in sentence


@pytest.mark.parametrize(("values", "words"), [(HOURS * 60, "in 30 rows that are held its values are"), (SENTINEL, "")])
def test_a_unit_of_some_rows_is_named_and_a_value_for_what_is_missing_is_none(values: pl.Series, words: str) -> None:
    found = told(Found(far={"hours": values}))
    assert bool(found) is bool(words)
    for guard, column, sentence in found:
        assert (guard, column) == ("range", "hours")
        assert words in sentence and "if they are divided by 60" in sentence


def test_columns_that_nothing_was_found_in_are_not_explained() -> None:
    assert told(Found(), pl.col("hours") * 60) == []


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> OpenCorpus:
    folder = tmp_path_factory.mktemp("corpus")
    return open_once(corpus_settings(folder), Store(folder / "data"), by="test", at=AT)


def test_rows_that_are_held_one_by_one_are_explained_too(corpus: OpenCorpus, tmp_path: Path) -> None:
    far = ROWS[4_000:4_300].with_columns(pl.col("log_wage") * 1_000)
    found = take(corpus, tmp_path / "thousands.parquet", far)
    assert found.status == "held"
    (told,) = found.explained
    assert told.startswith(
        "range: column 'log_wage': its values are distributed as the anchor's if they are divided by 1,000"
    )
    assert any(each.startswith("range: ") and "holds" in each for each in found.held_rows)


def test_in_a_batch_the_new_level_and_the_unit_of_some_rows_are_named(corpus: OpenCorpus, tmp_path: Path) -> None:
    place = pl.int_range(pl.len())
    some = ROWS[4_300:5_300].with_columns(
        pl.when(place % 20 == 0).then(pl.col("log_wage") * 1_000).otherwise("log_wage").alias("log_wage"),
        pl.when(place % 20 == 1).then(pl.lit("Martian")).otherwise("race").alias("race"),
    )
    found = take(corpus, tmp_path / "some.parquet", some)
    wage, race = (next(each for each in found.explained if f"'{name}'" in each) for name in ("log_wage", "race"))
    assert wage.startswith("range: column 'log_wage': in 50 rows that are held its values are distributed")
    assert race.startswith("new_levels: column 'race': the anchor has no 'Martian' (")


def test_new_levels_come_by_their_rows_and_then_by_their_names(tmp_path: Path) -> None:
    values = ["mine"] * 2 + ["sea"] * 5 + ["air"] * 2 + ["private"]
    pl.DataFrame({"work": values}).write_parquet(tmp_path / "batch.parquet")
    corpus: Any = SimpleNamespace(rows=pl.DataFrame({"work": ["private", "state"]}))
    staged: Any = SimpleNamespace(compared=tmp_path / "batch.parquet")
    assert _new_levels(corpus, staged, "work").rows() == [("sea", 5), ("air", 2), ("mine", 2)]
