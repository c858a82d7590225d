"""What is said of single texts: their surprisal, their script, the personal data in them."""

import numpy as np
import polars as pl
import pytest

from outcross.assets.instruments.personal_data import personal_data
from outcross.assets.instruments.scripts import NONE, OTHER, characters, main_script
from outcross.assets.instruments.surprisal import WORDS, Surprisal
from outcross.assets.instruments.text_sketches import Features
from outcross.assets.instruments.word_classifier import word_two_sample_auc
from outcross.assets.instruments.words import Words
from outcross.resources.generators.ngram.settings import NGram
from outcross.resources.schema import Column, Role, Schema
from tests.assets.corpus.texts import texts
from tests.resources.cohorts import cohort_of

SEEN, FRESH = pl.Series("text", texts(60, 1)), pl.Series("text", [*texts(20, 2), "nothing known here", ""])


def test_the_surprisal_is_that_of_the_ngram_generator() -> None:
    """Two implementations: one keeps a trie of words, the other tables of hashes."""
    known, asked = Words.read(SEEN), Words.read(FRESH)
    found = Surprisal.fit(known.hashes, known.lengths, vocabulary=WORDS).nats(asked.hashes, asked.lengths)
    model = NGram().fit(cohort_of(Schema((Column(name="text", role=Role.TEXT),)), {0: SEEN.to_frame()}))
    expected = model.loss(FRESH.to_frame(), seeds={0: 1})
    assert found[:-1] * asked.lengths[:-1] == pytest.approx(expected["nats"].to_numpy()[:-1])
    assert np.isnan(found[-1])


def test_a_model_is_rebuilt_from_its_arrays() -> None:
    known = Words.read(SEEN)
    model = Surprisal.fit(known.hashes, known.lengths, vocabulary=WORDS)
    again = Surprisal.from_arrays(model.arrays())
    assert np.array_equal(again.nats(known.hashes, known.lengths), model.nats(known.hashes, known.lengths))
    assert (model.seen(known.hashes, known.lengths) == 1).all()


@pytest.mark.parametrize(
    ("text", "script"),
    [
        ("Guten Tag", "Latin"),
        ("Привет, Mir", "Cyrillic"),
        ("日本語のテキスト", "Kana"),
        ("中文没有空格", "Han"),
        ("中文没有空格中文没有の", "Kana"),  # a tenth
        ("中文没有空格中文没有空の", "Han"),
        ("안녕하세요", "Hangul"),
        ("สวัสดีครับ", "Thai"),
        ("გამარჯობა", OTHER),
        ("1, 2, 3 …", NONE),
        (None, NONE),
    ],
)
def test_the_script_is_that_of_most_letters(text: str | None, script: str) -> None:
    assert main_script(pl.Series([text], dtype=pl.String)).to_list() == [script]


def test_characters_are_counted_row_by_row_with_digits_as_one() -> None:
    every, lengths = characters(pl.Series(["Ab  7", None, "🙂9 "]))
    assert lengths.tolist() == [4, 0, 2]
    assert "".join(map(chr, every)) == "ab 0🙂0"


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("write to ana.b+c@mail.example.org", {"email"}),
        ("call +49 30 1234567 today", {"phone"}),
        ("(212) 555-0123 or 212-555-0123", {"phone"}),
        ("card 4111 1111 1111 1111", {"card"}),
        ("card 4111 1111 1111 1112", set()),
        ("IBAN DE89 3704 0044 0532 0130 00", {"iban"}),
        ("IBAN DE88 3704 0044 0532 0130 00", set()),
        ("version 3.11.2 of 2024-01-02, 1,234,567 rows, a @decorator", set()),
        (None, set()),
    ],
)
def test_personal_data_is_found_by_its_form_and_its_check_digits(text: str | None, kinds: set[str]) -> None:
    found = personal_data(pl.Series([text], dtype=pl.String))
    assert {kind for kind in found.columns if found[kind][0]} == kinds


def features(rows: list[str]) -> Features:
    return Features.of(Words.read(pl.Series(rows)))


def test_a_classifier_of_words_tells_two_sources_and_not_one() -> None:
    one, same, other = texts(150, 3), texts(150, 4), [text.replace("near", "beside") for text in texts(150, 5)]
    area, error = word_two_sample_auc(*map(features, (one, same)), seed=1)
    assert abs(area - 0.5) < 4 * error
    assert word_two_sample_auc(*map(features, (one, other)), seed=1)[0] > 0.8
