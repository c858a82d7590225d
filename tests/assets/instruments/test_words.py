import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from outcross.assets.instruments import words as module
from outcross.assets.instruments.words import Words, ranges
from outcross.resources.seeds import generator
from outcross.resources.tokens import tokenize
from tests.assets.evaluation.data import split
from tests.assets.evaluation.texts import words_of


def one_by_one(words: Words) -> list[list[str]]:
    starts = np.cumsum(words.lengths) - words.lengths
    return [
        [words.types[i] for i in words.ids[start:][:size]] for start, size in zip(starts, words.lengths, strict=True)
    ]


@given(st.lists(st.one_of(st.none(), st.text(), st.text(alphabet="ab' \n\r\t\u200c\u0301\u2028中文.")), max_size=6))
def test_the_words_equal_those_of_tokenizing_row_by_row(texts: list[str | None]) -> None:
    read = Words.read(pl.Series(texts, dtype=pl.String))
    expected = [tokenize(text or "") for text in texts]
    assert one_by_one(read) == expected
    assert read.types == list(dict.fromkeys(token for row in expected for token in row))


def test_real_text_is_read_in_slices_as_in_one(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = split("python_docs")[0]["text"][:50]
    whole = Words.read(texts)
    monkeypatch.setattr(module, "SLICE", 7)
    sliced = Words.read(texts)
    assert one_by_one(sliced) == [tokenize(text) for text in texts]
    assert sliced.types == whole.types


def test_no_rows_have_no_words() -> None:
    read = words_of()
    assert read.types == [] and len(read.ids) == len(read.lengths) == 0
    assert [len(grams.codes) for grams in read.grams] == [0, 0, 0, 0]


def test_shuffled_words_keep_rows_together() -> None:
    words = words_of("a b c", "d", "", "e f")
    mixed = words.shuffle(generator(3))
    assert sorted(map(len, one_by_one(mixed))) == [0, 1, 2, 3]
    text = "".join(words.types[i] for i in mixed.ids)
    assert sorted(text) == list("abcdef")
    assert all(part in text for part in ("abc", "d", "ef"))


def test_the_first_tokens_may_end_within_a_row() -> None:
    words = words_of("a b c", "", "d e f")
    assert one_by_one(words.head(4)) == [["a", "b", "c"], ["d"]]
    assert one_by_one(words.head(3)) == [["a", "b", "c"]]
    assert one_by_one(words.head(0)) == []


def test_ranges_count_up_from_each_first() -> None:
    assert ranges(np.array([5, 0, 2]), np.array([2, 0, 3])).tolist() == [5, 6, 2, 3, 4]


def test_n_grams_that_occur_in_one_row_only_are_lost_without_it() -> None:
    words = words_of("a b a b", "b a", "c c")
    singles, pairs, triples, _ = words.grams
    assert singles.count_lost_without().tolist() == [0, 0, 1]
    assert singles.count_lost_without(np.array([True, True, False])).tolist() == [0, 0, 0]
    assert pairs.types == 3 and pairs.count_lost_without().tolist() == [1, 0, 1]
    assert triples.count_lost_without().tolist() == [2, 0, 0]


def test_hashes_are_the_same_in_every_process() -> None:
    assert words_of("b").hashes.tolist() == [9543904841865449333]
