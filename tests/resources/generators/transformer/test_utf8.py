# ruff: noqa: TID253 - a test may load torch
"""No sampled text has a broken character, whatever the model has learned."""

from itertools import product

import numpy as np
import polars as pl
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from outcross.resources.compute import bounded_threads
from outcross.resources.generators.transformer.settings import Transformer
from outcross.resources.generators.transformer.tokens import ByteTokens, PieceTokens
from outcross.resources.generators.transformer.utf8 import NEEDED, Utf8
from outcross.resources.schema import Column, Role, Schema
from tests.resources.cohorts import cohort_of

SCHEMA = Schema((Column(name="text", role=Role.TEXT),))
TINY = Transformer(width=8, layers=1, heads=1, context=16, batch=1, steps=1)
TEXTS = ["naïve 我们在海边。", "สวัสดี 👩‍💻!", "plain"] * 3
CPU = torch.device("cpu")


def table(tokens: ByteTokens | PieceTokens) -> Utf8:
    spelling = tokens.spelling()
    assert spelling is not None
    return Utf8.of(spelling, end=tokens.end, size=tokens.size, device=CPU)


BYTES = table(ByteTokens())


def state_of(content: bytes) -> int | None:
    """Return the state after bytes; None where one breaks a character."""
    state = 0
    for byte in content:
        state = int(BYTES.after[state, byte])
        if state < 0:
            return None
    return state


def is_text(content: bytes) -> bool:
    try:
        content.decode()
    except UnicodeDecodeError:
        return False
    return True


@given(st.one_of(st.binary(max_size=6), st.text(max_size=4).map(str.encode)))
def test_bytes_are_a_text_where_they_lead_back_between_characters(content: bytes) -> None:
    assert (state_of(content) == 0) == is_text(content)


def test_the_first_three_bytes_of_every_kind_are_told_apart_as_python_does() -> None:
    edges = [0x00, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xC1, 0xC2, 0xDF, 0xE0, 0xE1, 0xED, 0xEE, 0xEF]
    for content in map(bytes, product([*edges, 0xF0, 0xF1, 0xF3, 0xF4, 0xF5, 0xFF], repeat=3)):
        assert (state_of(content) == 0) == is_text(content)


def test_a_text_ends_between_characters_only() -> None:
    end = ByteTokens().end
    assert [int(state) for state in BYTES.after[:, end]] == [0] + [-1] * 7


def test_the_other_tokens_keep_their_proportions() -> None:
    logits = torch.randn(8, 257, generator=torch.Generator().manual_seed(1))
    masked = BYTES.mask(logits, torch.arange(8), left=9)
    for state in range(8):
        kept = BYTES.after[state] >= 0
        assert torch.equal(masked[state][kept], logits[state][kept])
        assert masked[state][~kept].eq(-torch.inf).all()


@pytest.mark.parametrize("left", [0, 1, 2])
def test_no_character_is_begun_that_the_rest_of_a_row_cannot_finish(left: int) -> None:
    drawn = BYTES.mask(torch.zeros(1, 257), torch.zeros(1, dtype=torch.int64), left=left)[0].isfinite()
    needed = [NEEDED[int(state)] for state in BYTES.after[0][drawn]]
    assert max(needed) == left


def test_pieces_are_spelt_in_the_bytes_that_they_decode_to() -> None:
    pieces = PieceTokens.learn(TEXTS, vocabulary=300)
    spelling = pieces.spelling()
    assert spelling is not None and len(spelling) == pieces.size
    for text in TEXTS:
        assert b"".join(spelling[number] for number in pieces.encode([text]).ids) == text.encode()


@pytest.mark.parametrize("settings", [{}, {"tokens": "bpe", "vocabulary": 290}, {"top_k": 3}, {"prompt_tokens": 2}])
def test_a_model_that_has_learned_nothing_samples_no_broken_character(settings: dict[str, object]) -> None:
    with bounded_threads():
        model = TINY.model_copy(update=settings).fit(cohort_of(SCHEMA, {0: pl.DataFrame({"text": TEXTS})}))
        drawn = model.sample(rows=200, seeds={0: 3})["text"]
    assert not drawn.str.contains("\ufffd").any()
    assert drawn.str.contains(r"[^\x00-\x7f]").sum() > 20
    assert np.mean([len(text.encode()) for text in drawn]) > 5
