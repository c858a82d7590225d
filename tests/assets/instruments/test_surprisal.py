"""Surprisal by its formula, and hashes that no version changes, since corpora store them."""

from collections import Counter

import numpy as np
import pytest

from outcross.assets.instruments.surprisal import ORDER, Surprisal

START, STEP, MIX, BITS = 0x51ED270B, 0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 2**64
ROWS, VOCABULARY = [[5, 9, 5, 9, 5, 7], [9], [5, 9, 7], []], 1_000


def flat(rows: list[list[int]]) -> tuple[np.ndarray, np.ndarray]:
    symbols = np.array([symbol for row in rows for symbol in row], dtype=np.uint64)
    return symbols, np.array([len(row) for row in rows], dtype=np.int64)


def mix(number: int) -> int:
    mixed = (number ^ (number >> 31)) * MIX % BITS
    return mixed ^ (mixed >> 29)


def gram_of(row: list[int], place: int, before: int) -> tuple[int, int]:
    """The hashes of the context of so many symbols before a place, and of the n-gram that it ends."""
    context = 0
    for back in range(1, before + 1):
        symbol = row[place - back] if place >= back else START
        context = mix((context * STEP + symbol + back) % BITS)
    return context, mix((context + mix(row[place])) % BITS)


def test_n_grams_and_contexts_are_hashed_as_stored_ones_are() -> None:
    model = Surprisal.fit(*flat(ROWS), vocabulary=VOCABULARY)
    assert len(model.tables) == ORDER
    for before, table in enumerate(model.tables):
        seen = [gram_of(row, place, before) for row in ROWS for place in range(len(row))]
        counts, totals = Counter(gram for _, gram in seen), Counter(context for context, _ in seen)
        types = Counter(context for context, _ in set(seen))
        assert dict(zip(table.grams.tolist(), table.counts.tolist(), strict=True)) == counts
        assert dict(zip(table.contexts.tolist(), table.totals.tolist(), strict=True)) == totals
        assert dict(zip(table.contexts.tolist(), table.types.tolist(), strict=True)) == types
        assert table.grams.tolist() == sorted(counts) and table.contexts.tolist() == sorted(totals)


def nats_by_hand(row: list[int]) -> float:
    padded = [["<"] * (ORDER - 1) + each for each in ROWS]
    grams = [
        tuple(each[end - n + 1 : end + 1]) for each in padded for end in range(ORDER - 1, len(each)) for n in (1, 2, 3)
    ]
    counts, total = Counter(grams), 0.0
    for end in range(ORDER - 1, ORDER - 1 + len(row)):
        own, probability = ["<"] * (ORDER - 1) + row, 1 / VOCABULARY
        for n in (1, 2, 3):
            context = tuple(own[end - n + 1 : end])
            following = {gram: count for gram, count in counts.items() if len(gram) == n and gram[:-1] == context}
            if following:
                asked = following.get((*context, own[end]), 0) + len(following) * probability
                probability = asked / (sum(following.values()) + len(following))
        total -= float(np.log(probability))
    return total / len(row)


@pytest.mark.parametrize("row", [[5, 9, 5], [9], [7, 7, 7], [4, 4], [5, 4, 9, 5, 7]])
def test_the_surprisal_is_that_of_witten_and_bell(row: list[int]) -> None:
    model = Surprisal.fit(*flat(ROWS), vocabulary=VOCABULARY)
    found = model.nats(*flat([row, [], row]))
    assert found.tolist() == pytest.approx([nats_by_hand(row), np.nan, nats_by_hand(row)], nan_ok=True)
    again = Surprisal.from_arrays(model.arrays())
    np.testing.assert_array_equal(again.nats(*flat([row, [], row])), found)


def test_the_share_of_n_grams_that_were_seen_is_told_by_length() -> None:
    model = Surprisal.fit(*flat(ROWS), vocabulary=VOCABULARY)
    found = model.seen(*flat([[5, 9, 5], [7, 7], [4], []]))
    assert found.tolist() == [[1, 1, 1], [1, 0, 0], [0, 0, 0], [0, 0, 0]]
    assert model.seen(*flat([[9, 5, 7]])).tolist() == [[1, 1, 1 / 3 + 1 / 3]]


def test_a_model_of_nothing_is_as_surprised_by_all() -> None:
    nothing = Surprisal.fit(*flat([[]]), vocabulary=VOCABULARY)
    assert nothing.nats(*flat([[1, 2]])).tolist() == pytest.approx([np.log(VOCABULARY)])
