import numpy as np
import polars as pl
import pytest

from outcross.assets.instruments.words import Words
from outcross.assets.metrics.zipf import zipf_slope
from tests.assets.evaluation.data import split, values
from tests.assets.evaluation.texts import errors_over_spread, words_of, zipf_words


def test_the_slope_is_that_of_the_least_squares_line() -> None:
    from scipy.stats import linregress

    words = zipf_words(1, rows=50, length=40, types=300)
    counts = sorted((count for count in np.bincount(words.ids) if count), reverse=True)
    expected = linregress(np.log(np.arange(1, len(counts) + 1)), np.log(counts)).slope
    assert zipf_slope(words)[0] == pytest.approx(-expected)


@pytest.mark.parametrize("exponent", [0.7, 1.0, 1.4])
def test_counts_by_zipfs_law_have_its_exponent(exponent: float) -> None:
    counts = np.round(1e6 * np.arange(1, 51) ** -exponent).astype(int)
    words = Words([f"w{n}" for n in range(50)], np.repeat(np.arange(50), counts), np.array([counts.sum()]))
    slope, error = zipf_slope(words)
    assert slope == pytest.approx(exponent, rel=1e-3)
    assert np.isnan(error), "one row"


def test_equally_frequent_words_have_slope_0() -> None:
    assert zipf_slope(words_of("a b c", "c b a"))[0] == 0.0
    assert zipf_slope(words_of("a a", "a"))[0] == 0.0
    assert zipf_slope(words_of())[0] == 0.0


def test_the_standard_error_is_the_spread_over_repeated_samples() -> None:
    def slope(seed: int) -> tuple[float, float]:
        return zipf_slope(zipf_words(seed, rows=100, length=30, types=400))

    assert 0.8 < errors_over_spread(slope, 200) < 1.5


def test_real_rows_keep_the_slope_and_fewer_words_change_it() -> None:
    anchor, _, _ = split("python_docs")
    assert values("python_docs", anchor, metrics=["zipf_slope"])["zipf_slope"] == pytest.approx(1.0, abs=0.05)
    few = pl.concat([anchor[:3]] * 100)
    assert abs(np.log(values("python_docs", few, metrics=["zipf_slope"])["zipf_slope"])) > 0.1


def test_a_text_of_one_word_has_ratio_0() -> None:
    assert values("python_docs", pl.DataFrame({"text": ["a " * 64] * 20}), metrics=["zipf_slope"])["zipf_slope"] == 0.0
