"""Rows of words, chosen or read place by place: of many rows at once, then of the few longest ones alone."""

from typing import Protocol

import numpy as np

from outcross.resources.generators.ngram.few_rows import is_worth_lists
from outcross.resources.generators.ngram.grams import Grams


class Choice(Protocol):
    """Says which word stands at a place. Places count over all rows, row after row."""

    def of_many(self, places: np.ndarray, contexts: list[np.ndarray]) -> np.ndarray:
        """Return the words (B,) at places (B,), given the context nodes (B,) of each length."""

    def of_few(self, places: list[int], contexts: list[list[int]]) -> list[int]:
        """Return the words at a few places, given the context nodes of each."""


def walk(counts: Grams, lengths: np.ndarray, choice: Choice) -> None:
    """Visit every place of rows of these lengths; time and memory are linear in the words, however long one row is."""
    first, unfinished = np.cumsum(lengths) - lengths, np.arange(len(lengths))
    contexts, longest = counts.start(len(lengths)), int(lengths.max(initial=0))
    for step in range(longest):
        longer = lengths[unfinished] > step
        unfinished, contexts = unfinished[longer], [context[longer] for context in contexts]
        places = first[unfinished] + step
        if is_worth_lists(rows=len(unfinished), steps=longest - step, nodes=counts.nodes):
            _walk_few(counts, places, lengths[unfinished] - step, contexts, choice)
            return
        contexts = counts.advance(contexts, choice.of_many(places, contexts))


def _walk_few(counts: Grams, places: np.ndarray, left: np.ndarray, contexts: list[np.ndarray], choice: Choice) -> None:
    """Visit the other places of a few rows, of which this many are left."""
    now, last = places.tolist(), (places + left).tolist()
    nodes = [list(row) for row in zip(*(each.tolist() for each in contexts), strict=True)]
    while now:
        words = choice.of_few(now, nodes)
        going = [row for row, place in enumerate(now) if place + 1 < last[row]]
        nodes = [counts.advance_one(nodes[row], words[row]) for row in going]
        now, last = [now[row] + 1 for row in going], [last[row] for row in going]
