import math
from collections import Counter

import numpy as np
import polars as pl
import pytest

from outcross.assets.instruments.standard_error import jackknife_error
from outcross.assets.instruments.words import Words
from outcross.assets.metrics import self_bleu as module
from outcross.assets.metrics.self_bleu import self_bleu
from outcross.resources.tokens import tokenize
from tests.assets.evaluation.data import split, values
from tests.assets.evaluation.texts import errors_over_spread, words_of, zipf_words


def bleu(hypothesis: list[str], references: list[list[str]]) -> float:
    """Papineni et al. 2002, sections 2.1 to 2.3, N = 4, uniform weights."""
    logs = []
    for n in range(1, 5):
        count = Counter(tuple(hypothesis[i : i + n]) for i in range(len(hypothesis) - n + 1))
        most: Counter[tuple[str, ...]] = Counter()
        for reference in references:
            most |= Counter(tuple(reference[i : i + n]) for i in range(len(reference) - n + 1))
        matched = sum(min(times, most[gram]) for gram, times in count.items())
        if not matched:
            return 0.0
        logs.append(math.log(matched / count.total()))
    c = len(hypothesis)
    r = min((len(reference) for reference in references), key=lambda length: (abs(length - c), length))
    return (1.0 if c > r else math.exp(1 - r / c)) * math.exp(sum(logs) / 4)


def all_against_all(texts: list[str]) -> float:
    rows = [tokenize(text) for text in texts]
    return float(np.mean([bleu(row, rows[:i] + rows[i + 1 :]) for i, row in enumerate(rows)]))


def varied(rows: int, seed: int) -> list[str]:
    random = np.random.default_rng(seed)
    return [" ".join(random.choice(list("abcde"), random.integers(4, 12))) for _ in range(rows)]


@pytest.mark.parametrize("seed", range(5))
def test_the_score_equals_the_formulas_of_the_paper(seed: int) -> None:
    texts = varied(14, seed)
    assert self_bleu(words_of(*texts))[0] == pytest.approx(all_against_all(texts))


def test_the_score_of_real_text_equals_the_formulas_of_the_paper() -> None:
    texts = split("python_docs")[0]["text"][:40].to_list()
    assert self_bleu(words_of(*texts))[0] == pytest.approx(all_against_all(texts))


def test_equal_rows_have_score_1_and_rows_without_common_words_0() -> None:
    assert self_bleu(words_of(*["a b c d e"] * 3))[0] == pytest.approx(1.0)
    assert self_bleu(words_of("a b c d", "e f g h"))[0] == 0.0


def test_a_single_row_has_no_score() -> None:
    assert np.isnan(self_bleu(words_of("a b c d"))).all()


def test_the_error_is_that_of_leaving_out_each_row() -> None:
    texts = [text for text in varied(40, 3) if len(text.split()) == 8] + varied(30, 4)
    texts = [" ".join((text.split() * 2)[:6]) for text in texts]  # of one length: the penalty is always 1
    without = [self_bleu(words_of(*texts[:row], *texts[row + 1 :]))[0] for row in range(len(texts))]
    assert self_bleu(words_of(*texts))[1] == pytest.approx(jackknife_error(np.array(without)))


def test_the_error_is_no_smaller_than_the_spread_over_repeated_samples() -> None:
    def drawn(seed: int) -> tuple[float, float]:
        return self_bleu(zipf_words(seed, rows=60, length=12, types=60))

    assert 0.9 < errors_over_spread(drawn, 150) < 1.6


def test_many_rows_are_sampled_by_seed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_ROWS", 30)
    seen: list[Words] = []
    monkeypatch.setattr(module, "self_bleu", lambda words: (seen.append(words), (0.0, 0.0))[1])
    anchor, _, _ = split("python_docs")
    for seed in (1, 1, 2):
        values("python_docs", anchor[:100], seed=seed, metrics=["self_bleu"])
    first, again, other = (words.ids.tolist() for words in seen)
    assert len(seen[0].lengths) == 30
    assert first == again != other


def test_a_few_repeated_rows_have_a_higher_score_than_real_rows() -> None:
    anchor, holdout, _ = split("python_docs")
    rows = {"anchor": anchor[:200], "holdout": holdout[:200], "repeated": pl.concat([anchor[:5]] * 40)}
    found = {name: values("python_docs", each, metrics=["self_bleu"])["self_bleu"] for name, each in rows.items()}
    assert found["anchor"] == pytest.approx(found["holdout"], abs=0.05)
    assert found["repeated"] == pytest.approx(1.0)
    assert found["anchor"] < 0.7
