from itertools import combinations

import numpy as np
import pytest

from outcross.assets.instruments import near_pairs as module
from outcross.assets.instruments.documents import Documents
from outcross.assets.instruments.near_pairs import ENOUGH, DuplicateRows, near_any, near_pairs, similarity
from outcross.resources.tokens import detokenize, tokenize
from tests.assets.evaluation.data import split
from tests.assets.evaluation.texts import words_of


def edited(text: str, words: int, random: np.random.Generator) -> str:
    """Return the text with ``words`` consecutive words replaced."""
    tokens = tokenize(text)
    start = random.integers(len(tokens) - words)
    tokens[start : start + words] = [f"new{n}" for n in random.integers(1_000_000, size=words)]
    return detokenize(tokens)


def planted(rows: int) -> list[str]:
    """Return real rows, and copies of some of them with one to eight words replaced."""
    random = np.random.default_rng(5)
    texts = split("python_docs")[0]["text"][:rows].to_list()
    return texts + [edited(text, 1 + number % 8, random) for number, text in enumerate(texts[: rows // 2])]


def one_by_one(x: list[str], y: list[str]) -> np.ndarray:
    """(x, y) Jaccard similarity of the sets of runs of five words."""
    runs = [[{tuple(t[i : i + 5]) for i in range(len(t) - 4)} for t in map(tokenize, side)] for side in (x, y)]
    return np.array([[len(a & b) / max(len(a | b), 1) for b in runs[1]] for a in runs[0]])


def documents_of(*texts: str) -> Documents:
    return Documents.of(words_of(*texts))


def test_the_pairs_equal_a_comparison_of_all_sets() -> None:
    texts = planted(160)
    exact = one_by_one(texts, texts)
    expected = [(i, j) for i, j in combinations(range(len(texts)), 2) if exact[i, j] >= 0.8]
    assert len(expected) > 20
    found = near_pairs(documents_of(*texts), np.arange(len(texts)))
    assert [tuple(pair) for pair in found.tolist()] == expected


def test_similarity_is_that_of_the_sets(monkeypatch: pytest.MonkeyPatch) -> None:
    texts, others = planted(30), planted(20)[5:]
    pairs = np.array([(i, j) for i in range(len(texts)) for j in range(len(others))])
    sides = documents_of(*texts), documents_of(*others)
    expected = one_by_one(texts, others).ravel()
    assert similarity(*sides, pairs) == pytest.approx(expected)
    monkeypatch.setattr(module, "PAIRS", 50)
    assert similarity(*sides, pairs) == pytest.approx(expected)
    assert similarity(*sides, pairs[:0]).tolist() == []


def test_rows_near_a_record_equal_a_comparison_of_all_sets() -> None:
    texts = planted(200)
    records, rows = texts[:200], texts[200:]
    expected = one_by_one(rows, records).max(axis=1) >= 0.8
    assert 0 < expected.sum() < len(rows)
    assert near_any(documents_of(*rows), documents_of(*records)).tolist() == expected.tolist()


def test_only_the_given_rows_are_compared() -> None:
    documents = documents_of(*["a b c d e f g h"] * 2, "x y z", "a b c d e f g h")
    assert near_pairs(documents, np.array([0, 2, 3])).tolist() == [[0, 2]]


def test_the_number_of_pairs_is_linear_in_the_rows_even_if_all_are_alike() -> None:
    text = split("python_docs")[0]["text"][0]
    documents = documents_of(*(f"{text} {number}" for number in range(300)))
    pairs = near_pairs(documents, np.arange(300))
    assert np.bincount(pairs.ravel(), minlength=300).min() >= ENOUGH
    assert len(pairs) < 3 * ENOUGH * 300
    assert near_any(documents, documents_of(text)).all()


def test_equal_rows_are_one_distinct_row_and_rows_without_words_have_no_near_ones() -> None:
    alike = DuplicateRows.find(documents_of("a b c d e f", "", "a b c d e f", "", "q"))
    assert len(set(alike.distinct.tolist())) == 3
    assert alike.distinct[0] == alike.distinct[2] and alike.distinct[1] == alike.distinct[3]
    assert alike.near.tolist() == []
    nothing = documents_of("", "")
    assert near_any(nothing, nothing).tolist() == [False, False]
    assert near_any(documents_of("a"), nothing).tolist() == [False]


SHORT = [
    "The grey ferry left the harbour late at night .",
    "Nobody had seen the keeper since the storm began",
    "我们在海边找到了两只小船。",
]


@pytest.mark.parametrize(
    ("place", "edited"),
    [
        (0, "The gray ferry left the harbour late at night ."),
        (0, "The grey ferry left the harbourlate at night ."),
        (0, "The grey ferry left the har.bour late at night ."),
        (0, "The grey ferry\n\tleft the harbour  late at night."),
        (0, "Then The grey ferry left the harbour late at night ."),
        (1, "Nobody had seen the keeper since the storm"),
        (1, "Nobody had seen the old keeper since the storm began"),
        (2, "我们在海边找到了三只小船。"),
        (2, "我们在海 边找到了两只 小船。"),
        (2, "我们在山上找到了两只小船。"),
    ],
)
def test_a_short_row_with_one_place_changed_is_a_near_duplicate(place: int, edited: str) -> None:
    records, row = documents_of(*SHORT), documents_of(edited)
    assert near_any(row, records).all() or row.fingerprints[0] == records.fingerprints[place]
    assert near_pairs(documents_of(*SHORT, edited), np.arange(4)).tolist() == [[place, 3]]


@pytest.mark.parametrize(
    "other",
    [
        "The grey ferry had to reach the town late at night .",
        "The bus left the harbour early at noon .",
        "我们在山上看见了两只大羊。",
        "Nobody had",
        "",
    ],
)
def test_a_short_row_that_differs_in_more_is_none(other: str) -> None:
    assert not near_any(documents_of(other), documents_of(*SHORT)).any()
    assert near_pairs(documents_of(*SHORT, other), np.arange(4)).tolist() == []


def test_short_rows_are_found_among_real_ones_and_no_real_ones_are_taken_for_copies() -> None:
    random = np.random.default_rng(2)
    blocks = split("python_docs")[0]["text"][:150].to_list()
    rows = [detokenize(tokenize(text)[: 10 + number % 50]) for number, text in enumerate(blocks)]
    changed = documents_of(*(edited(text, 1, random) for text in rows))
    assert near_any(changed, documents_of(*rows)).mean() > 0.95
    assert near_any(documents_of(*rows[:75]), documents_of(*rows[75:])).mean() < 0.03


def test_many_short_rows_that_are_alike_have_enough_pairs_but_not_all(monkeypatch: pytest.MonkeyPatch) -> None:
    documents = documents_of(*(f"a b c d e f g word{number}" for number in range(200)))
    whole = near_pairs(documents, np.arange(200))
    assert np.bincount(whole.ravel(), minlength=200).min() >= ENOUGH
    assert len(whole) < 3 * ENOUGH * 200
    assert (whole[:, 0] < whole[:, 1]).all() and len({tuple(pair) for pair in whole.tolist()}) == len(whole)
    monkeypatch.setattr(module, "KEYS", 100)
    assert np.bincount(near_pairs(documents, np.arange(200)).ravel(), minlength=200).min() >= ENOUGH
