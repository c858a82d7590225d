"""Sensitivity of the metrics of texts: distorted real rows must measure worse than the same rows intact."""

from functools import cache

import numpy as np
import pytest

from outcross.assets.instruments.vocabulary import rare_types
from outcross.assets.metrics.registry import METRIC_OF
from outcross.resources.tokens import detokenize, tokenize
from tests.assets.evaluation.ranking import Values, metrics_of_rows, worse_by
from tests.assets.evaluation.texts import measured_texts, text_parts, words_of

FAMILIES = sorted({METRIC_OF[metric].name for metric in metrics_of_rows("text")})
WORSE = {
    "words in any order": ["cross_entropy", "cross_perplexity", "perplexity_ratio"],
    "rare words replaced": ["rare_type_survival", "vocabulary_survival", "zipf_slope", "distinct_1"],
    "any words of the vocabulary": ["density", "frechet", "frontier_area", "frontier_integral"],
    "first half said twice": ["precision", "repetition_rate", *(f"distinct_{n}" for n in (1, 2, 3, 4))],
    "ten over and over": [
        "self_bleu", "exact_duplicates", "near_duplicates", "vendi", "vendi_ratio", "recall", "coverage",
        "entropy_ratio", *(f"ngram_entropy_{n}" for n in (1, 2, 3, 4)), "frontier_area", "frontier_integral",
    ],
    "copies of the anchor": ["exact_copies", "near_copies"],
    "copies with a word changed": ["near_copies"],
    "a word a line": ["line_structure", "perplexity_ratio"],
    "every third row empty": ["empty_rows"],
}  # fmt: skip
UNMOVED = {
    "words in any order": [
        "distinct_1", "ngram_entropy_1", "vocabulary_survival", "rare_type_survival", "zipf_slope", "entropy_ratio",
        "exact_duplicates",
    ],
    "copies of the anchor": ["exact_duplicates", "near_duplicates", "self_bleu", "repetition_rate", "vendi_ratio"],
    "copies with a word changed": ["exact_copies", "near_duplicates"],
    "a word a line": ["empty_rows", "exact_copies", "near_copies", "near_duplicates"],
    "every third row empty": ["line_structure", "near_copies"],
}  # fmt: skip


def in_any_order(texts: list[str]) -> list[str]:
    random = np.random.default_rng(1)
    return [detokenize(random.permutation(tokenize(text)).tolist()) for text in texts]


def of_any_words(texts: list[str]) -> list[str]:
    random, types = np.random.default_rng(1), words_of(*texts).types
    return [detokenize(random.choice(types, len(tokenize(text))).tolist()) for text in texts]


def without_rare_words(texts: list[str]) -> list[str]:
    rare = rare_types(words_of(*text_parts()[0]["text"]))
    return [detokenize(["the" if word in rare else word for word in tokenize(text)]) for text in texts]


def stuttering(text: str) -> str:
    words = tokenize(text)
    half = words[: len(words) // 2]
    return detokenize(half + half)


def changed(text: str) -> str:
    return detokenize(["Changed", *tokenize(text)[1:]])


@cache
def found(spoilt: str) -> Values:
    """Measure distorted real rows that the probe never saw; their number does not depend on the distortion."""
    anchor, _, fresh, _ = text_parts()
    half = fresh.height // 2
    rows = fresh["text"][:half].to_list()
    made = {
        "real": rows,
        "other real ones": fresh["text"][half : 2 * half].to_list(),
        "words in any order": in_any_order(rows),
        "rare words replaced": without_rare_words(rows),
        "any words of the vocabulary": of_any_words(rows),
        "first half said twice": [stuttering(text) for text in rows],
        "ten over and over": (rows[:10] * half)[:half],
        "copies of the anchor": anchor["text"][:half].to_list(),
        "copies with a word changed": [changed(text) for text in anchor["text"][:half]],
        "a word a line": [text.replace(" ", "\n") for text in rows],
        "every third row empty": [text if place % 3 else "\u200b\n" for place, text in enumerate(rows)],
    }
    return measured_texts(made[spoilt], FAMILIES)


CASES = [(spoilt, metric) for spoilt, metrics in WORSE.items() for metric in metrics]


@pytest.mark.parametrize(("spoilt", "metric"), CASES)
def test_spoilt_texts_measure_clearly_worse_than_real_ones(spoilt: str, metric: str) -> None:
    by, error = worse_by(metric, found(spoilt), found("real"))
    assert by > 3 * error


def test_every_metric_of_texts_is_moved_by_some_distortion() -> None:
    assert sorted({metric for _, metric in CASES}) == metrics_of_rows("text")


@pytest.mark.parametrize(("spoilt", "metric"), [(each, metric) for each in UNMOVED for metric in UNMOVED[each]])
def test_a_metric_does_not_move_where_its_property_is_intact(spoilt: str, metric: str) -> None:
    by, error = worse_by(metric, found(spoilt), found("real"))
    assert abs(by) <= 4 * error


@pytest.mark.parametrize("metric", metrics_of_rows("text"))
def test_other_real_texts_do_not_move_a_metric(metric: str) -> None:
    (value, error), (other, its_error) = (found(which)[metric] for which in ("real", "other real ones"))
    assert abs(value - other) <= 4 * (error**2 + its_error**2) ** 0.5
