"""Errors by the jackknife: they are those of the same number computed anew without each row."""

from collections.abc import Callable

import numpy as np
import pytest

from outcross.assets.instruments.documents import Documents
from outcross.assets.instruments.grams import Grams
from outcross.assets.instruments.standard_error import jackknife_error
from outcross.assets.instruments.vocabulary import survival
from outcross.assets.metrics.line_structure import line_structure
from outcross.assets.metrics.near_duplicates import duplicates
from outcross.assets.metrics.ngram_entropy import entropy
from outcross.assets.metrics.words import distinct
from outcross.assets.metrics.zipf import zipf_slope
from tests.assets.evaluation.texts import words_of

ROWS = {
    "of unequal length": ["a b c a b", "b", "a b c d e f g", "", "c c c a", "g a b c", "b a"],
    "with copies": ["a b c d e f g h", "a b c d e f g x", "a b c d e f g h", "q r s", "q r t", "u v", "u v", "z"],
    "alike": ["a b", "a b", "a b", "a b"],
    "two": ["a b c a", "c d"],
    "with line breaks": ["a\n b\n c", "a b c", "d\n\n e f", "g\n h", "\n i j k"],
}
OTHERS = ["a\n b c", "d e f g", "h\n  i\n j"]
TYPES = frozenset("abcxyz")

Measure = Callable[..., tuple[float, float]]


def of_grams(measure: Callable[[Grams], tuple[float, float]], n: int) -> Measure:
    """The value and error of the n-grams of rows; without any there is no value."""

    def found(*rows: str) -> tuple[float, float]:
        grams = words_of(*rows).grams[n - 1]
        value, error = measure(grams)
        return value if len(grams.codes) else float("nan"), error

    return found


MEASURES: dict[str, Measure] = {
    **{f"distinct {n}": of_grams(distinct, n) for n in (1, 2, 4)},
    **{f"entropy {n}": of_grams(entropy, n) for n in (1, 2, 3)},
    "survival": lambda *rows: survival(words_of(*rows), TYPES),
    "slope": lambda *rows: zipf_slope(words_of(*rows)),
    "exact": lambda *rows: duplicates(Documents.of(words_of(*rows)))["exact"],
    "near": lambda *rows: duplicates(Documents.of(words_of(*rows)))["near"],
}


def without_each(rows: list[str]) -> list[list[str]]:
    return [rows[:place] + rows[place + 1 :] for place in range(len(rows))]


@pytest.mark.parametrize("name", ROWS)
@pytest.mark.parametrize("measure", MEASURES)
def test_the_error_is_that_of_the_value_without_each_row(name: str, measure: str) -> None:
    rows, of = ROWS[name], MEASURES[measure]
    without = np.array([of(*each)[0] for each in without_each(rows)])
    assert of(*rows)[1] == pytest.approx(jackknife_error(without), nan_ok=True)


@pytest.mark.parametrize("name", ROWS)
def test_the_error_of_an_overlap_of_two_sides_is_that_of_both(name: str) -> None:
    rows = ROWS[name]
    own = jackknife_error(np.array([line_structure(words_of(*r), words_of(*OTHERS))[0] for r in without_each(rows)]))
    other = jackknife_error(np.array([line_structure(words_of(*rows), words_of(*r))[0] for r in without_each(OTHERS)]))
    assert line_structure(words_of(*rows), words_of(*OTHERS))[1] == pytest.approx(np.hypot(own, other))


@pytest.mark.parametrize("rows", [20, 21, 47])
def test_of_many_rows_every_twentieth_is_left_out_together(rows: int) -> None:
    draws = np.random.default_rng(rows)
    texts = [" ".join(draws.choice(list("aaaabbbccd"), 5)) + "\n" * (place % 3) + "z" for place in range(rows)]
    groups = [[text for place, text in enumerate(texts) if place % 20 != group] for group in range(20)]
    slopes = np.array([zipf_slope(words_of(*each))[0] for each in groups])
    assert zipf_slope(words_of(*texts))[1] == pytest.approx(jackknife_error(slopes))
    fixed = words_of("a b\nc", "a b\nc")
    own = jackknife_error(np.array([line_structure(words_of(*each), fixed)[0] for each in groups]))
    assert line_structure(words_of(*texts), fixed)[1] == pytest.approx(own)
