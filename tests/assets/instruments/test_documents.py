import numpy as np
import pytest

from outcross.assets.instruments import documents as module
from outcross.assets.instruments import words as words_module
from outcross.assets.instruments.documents import BANDS, DEPTH, Documents
from outcross.assets.instruments.words import Words
from outcross.resources.tokens import tokenize
from tests.assets.evaluation.data import split
from tests.assets.evaluation.texts import words_of


def documents_of(*texts: str) -> Documents:
    return Documents.of(words_of(*texts))


def sets(documents: Documents) -> list[set[int]]:
    ends = np.cumsum(documents.lengths)
    return [set(documents.shingles[end - n : end].tolist()) for end, n in zip(ends, documents.lengths, strict=True)]


def test_fingerprints_are_equal_for_equal_tokens_in_equal_order() -> None:
    same = documents_of("a b c", "a  b\n  c", "a c b", "a b", "a b c a", "", " \n").fingerprints
    assert same[0] == same[1] and same[5] == same[6]
    assert len(set(same.tolist())) == 5


def test_shingles_are_the_runs_of_five_tokens() -> None:
    texts = split("python_docs")[0]["text"][:40].to_list()
    found = documents_of(*texts)
    runs = [{tuple(t[i : i + 5]) for i in range(len(t) - 4)} for t in map(tokenize, texts)]
    assert [len(each) for each in sets(found)] == [len(each) for each in runs]
    for one in range(0, 40, 7):
        common = [len(sets(found)[one] & other) for other in sets(found)]
        assert common == [len(runs[one] & other) for other in runs]


def test_a_shorter_row_has_one_shingle_and_a_row_without_tokens_none() -> None:
    found = documents_of("a b c d e f", "a b c d", "", "a b c e", "a b c d e")
    assert found.lengths.tolist() == [2, 1, 0, 1, 1]
    first, short, none, other, whole = sets(found)
    assert whole < first and not none
    assert not short & other


def test_the_documents_of_a_row_do_not_depend_on_other_rows() -> None:
    some, more = documents_of("x y", "a b c d e f g"), documents_of("q", "a b c d e f g", "x y")
    taken = more.take(np.array([2, 1]))
    assert taken.fingerprints.tolist() == some.fingerprints.tolist()
    assert taken.shingles.tolist() == some.shingles.tolist()
    assert np.array_equal(taken.bands, some.bands)


def test_computing_in_chunks_gives_the_same_values(monkeypatch: pytest.MonkeyPatch) -> None:
    words = Words.read(split("python_docs")[0]["text"][:60])
    whole = Documents.of(words).bands
    monkeypatch.setattr(module, "CHUNK", 100)
    assert np.array_equal(Documents.of(words).bands, whole)


def test_the_number_of_threads_changes_no_value(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = split("python_docs")[0]["text"][:200]
    monkeypatch.setattr(module, "CHUNK", 500)
    monkeypatch.setattr(words_module, "SLICE", 30)
    single = Documents.of(Words.read(texts))
    monkeypatch.setenv("OUTCROSS_THREADS", "3")
    several = Documents.of(Words.read(texts))
    assert np.array_equal(several.fingerprints, single.fingerprints)
    assert np.array_equal(several.shingles, single.shingles)
    assert np.array_equal(several.bands, single.bands)


@pytest.mark.parametrize("similarity", [0.5, 0.8, 0.9])
def test_rows_agree_in_a_band_with_the_probability_of_their_similarity(similarity: float) -> None:
    pairs, union = 500, 60
    random = np.random.default_rng(int(similarity * 10))
    common, own = round(similarity * union), round((1 - similarity) * union) // 2
    sides: list[list[np.ndarray]] = [[], []]
    for _ in range(pairs):
        drawn = random.integers(0, 1 << 32, common + 2 * own, dtype=np.uint32)
        sides[0].append(drawn[: common + own])
        sides[1].append(np.concatenate([drawn[:common], drawn[common + own :]]))
    lengths = np.full(pairs, common + own)
    none, counts = np.zeros(pairs, dtype=np.uint64), np.zeros(pairs, dtype=np.int64)
    bands = [Documents(none, np.concatenate(side), lengths, none[:0], counts).bands for side in sides]
    exact = common / (common + 2 * own)
    agreed = bands[0] == bands[1]
    assert agreed.mean() == pytest.approx(exact**DEPTH, abs=0.025)
    assert agreed.any(axis=0).mean() == pytest.approx(1 - (1 - exact**DEPTH) ** BANDS, abs=0.05)


def test_rows_without_shingles_agree_with_none() -> None:
    bands = documents_of("", "", "a b c").bands
    assert not (bands[:, 0] == bands[:, 1]).any()
