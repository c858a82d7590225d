"""Line structure: text that lost its line breaks or its indentation is told from text that has them."""

import math

import numpy as np
import polars as pl
import pytest

from outcross.assets.evaluation.evaluate import evaluate
from outcross.assets.instruments.probe import Probe, build_probe
from outcross.assets.metrics.line_structure import line_structure
from outcross.resources.schema import Column, Role, Schema
from tests.assets.evaluation.texts import errors_over_spread, words_of

SCHEMA = Schema((Column(name="text", role=Role.TEXT),))
Values = dict[str, float]


def code(seed: int, rows: int) -> list[str]:
    random = np.random.default_rng(seed)
    return [
        f"def f{random.integers(50)}(x, y):\n"
        + "".join("    {} = {} + {}\n".format(*random.choice([*"abc"], 2), random.integers(9)) for _ in range(lines))
        + "    return x\n"
        for lines in random.integers(4, 9, rows)
    ]


@pytest.fixture(scope="module")
def probe() -> Probe:
    anchor, holdout = (pl.DataFrame({"text": code(seed, 120)}) for seed in (1, 2))
    return build_probe(anchor, holdout, SCHEMA, seed=1)


def measured(probe: Probe, texts: list[str]) -> tuple[Values, Values]:
    """Return the values and the standard errors of texts against the holdout."""
    found = evaluate(
        synthetic=pl.DataFrame({"text": texts}), reference=probe.holdout, schema=SCHEMA, probe=probe, seed=1,
        against="holdout", metrics=["line_structure", "cross_entropy", "near_duplicates"],
    )  # fmt: skip
    return tuple(dict(found.select("metric", each).iter_rows()) for each in ("value", "standard_error"))  # type: ignore[return-value]


def test_code_on_one_line_measures_clearly_worse_than_code(probe: Probe) -> None:
    kept, errors = measured(probe, code(3, 120))
    flat, _ = measured(probe, [" ".join(text.split()) for text in code(3, 120)])
    assert kept["line_structure"] > 0.95
    assert flat["line_structure"] == 0
    assert abs(kept["perplexity_ratio"] - 1) < 4 * errors["perplexity_ratio"]
    assert abs(flat["perplexity_ratio"] - 1) > 20 * errors["perplexity_ratio"]


def test_lost_indentation_is_a_loss_too(probe: Probe) -> None:
    values, errors = measured(probe, [text.replace("    ", "") for text in code(3, 120)])
    assert values["line_structure"] < 0.3
    assert 0 < errors["line_structure"] < 0.1


def test_copies_without_their_line_breaks_are_copies(probe: Probe) -> None:
    flat, _ = measured(probe, [" ".join(text.split()) for text in probe.anchor["text"]])
    assert flat["exact_copies"] == 1


def test_the_value_is_the_overlap_of_the_breaks_of_each_kind_per_token() -> None:
    x, y = words_of("a\n b\n c", "d e f"), words_of("a\n b c\nd e\nf g")
    # of 8 tokens, 2 are indented breaks; of 10, 1 is one, and 2 are others
    assert line_structure(x, y)[0] == pytest.approx(0.1 / (0.25 + 0.2))


def test_texts_without_line_breaks_are_alike_and_nothing_is_like_none() -> None:
    assert line_structure(words_of("a b", "c"), words_of("d"))[0] == 1
    assert line_structure(words_of("a b", "c"), words_of("d\ne"))[0] == 0
    assert math.isnan(line_structure(words_of("", "\n"), words_of("d\ne"))[0])
    assert math.isnan(line_structure(words_of(), words_of("d"))[0])


def test_the_error_is_no_smaller_than_the_spread_over_repeated_samples() -> None:
    rows = [f"a b c\n{' ' * (number % 3)}d" if number % 2 else "e f g h i" for number in range(60)]

    def overlap(seed: int) -> tuple[float, float]:
        sides = np.random.default_rng(seed).choice(rows, (2, 60)).tolist()
        return line_structure(words_of(*sides[0]), words_of(*sides[1]))

    assert 0.8 < errors_over_spread(overlap, 100) < 2
