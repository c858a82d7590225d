import numpy as np
import polars as pl
import pytest

from outcross.assets.evaluation.evaluate import evaluate
from outcross.assets.instruments.documents import Documents
from outcross.assets.instruments.standard_error import jackknife_error
from outcross.assets.metrics.near_duplicates import duplicates
from tests.assets.evaluation.data import probe, split, values
from tests.assets.evaluation.texts import errors_over_spread, words_of
from tests.assets.instruments.test_near_pairs import planted

FAMILY = ["near_duplicates"]


def of(texts: list[str]) -> dict[str, tuple[float, float]]:
    return duplicates(Documents.of(words_of(*texts)))


def test_the_shares_count_rows_with_an_equal_or_nearly_equal_other_row() -> None:
    long = [f"word{number}" for number in range(80)]
    far = [*long[:13], *"abcde", *long[18:]]  # 76 runs, 9 of them others: 67 ÷ 85
    near = [*long, "new"]  # one more: 76 ÷ 77
    texts = [" ".join(each) for each in (long, long, far, near, ["alone"], ["and"])]
    found = of(texts)
    assert found["exact"][0] == pytest.approx(2 / 6)
    assert found["near"][0] == pytest.approx(3 / 6)


def test_the_errors_are_those_of_leaving_out_each_row() -> None:
    texts = [*planted(60), *planted(60)[50:70], *planted(60)[55:60]]
    without = [of(texts[:row] + texts[row + 1 :]) for row in range(len(texts))]
    for kind, (_, error) in of(texts).items():
        assert error == pytest.approx(jackknife_error(np.array([each[kind][0] for each in without])))


def test_the_error_is_no_smaller_than_the_spread_over_repeated_samples() -> None:
    def share(seed: int) -> tuple[float, float]:
        drawn = np.random.default_rng(seed).integers(0, 150, 80)
        return of([f"text{number} b c d e f" for number in drawn])["exact"]

    assert 0.95 < errors_over_spread(share, 200) < 1.7


def test_rows_of_the_anchor_are_copies_and_held_out_ones_are_not() -> None:
    anchor, holdout, _ = split("python_docs")
    copied = values("python_docs", pl.concat([anchor[:30], holdout[:70]]), metrics=FAMILY)
    none = values("python_docs", holdout[:70], metrics=FAMILY)
    assert copied["exact_copies"] == pytest.approx(0.3, abs=0.03)
    assert none["exact_copies"] <= none["near_copies"] < 0.2
    assert copied["near_copies"] >= copied["exact_copies"]


def test_a_copy_with_one_word_changed_is_only_a_near_copy() -> None:
    anchor, _, _ = split("python_docs")
    first = anchor[:50].with_columns(text=pl.concat_str([pl.lit("Changed"), pl.col("text").str.replace(r"^\S+", "")]))
    found = values("python_docs", first, metrics=FAMILY)
    assert found["near_copies"] == 1.0
    assert found["exact_copies"] == 0.0


def test_against_the_previous_generation_its_rows_are_the_records() -> None:
    anchor, _, schema = split("python_docs")
    found = evaluate(
        synthetic=anchor[:40],
        reference=anchor[30:80],
        schema=schema,
        probe=probe("python_docs"),
        seed=1,
        against="previous",
        metrics=FAMILY,
    )
    measured = dict(found.select("metric", "value").iter_rows())
    assert set(measured) == {"exact_copies", "near_copies"}
    assert measured["exact_copies"] == pytest.approx(0.25, abs=0.03)


def test_repeated_rows_are_duplicates_and_real_rows_are_not() -> None:
    anchor, _, _ = split("python_docs")
    repeated = values("python_docs", pl.concat([anchor[:20]] * 2), metrics=FAMILY)
    real = values("python_docs", anchor, metrics=FAMILY)
    assert repeated["exact_duplicates"] == repeated["near_duplicates"] == 1.0
    assert real["exact_duplicates"] <= real["near_duplicates"] < 0.2
