"""Batches of texts: each is stopped by exactly one guard, where only this guard is enforced."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from tests.assets.corpus.texts import reword

Texts = list[str]


@dataclass(frozen=True, kw_only=True)
class StoppedTexts:
    """A batch of texts that a guard stops.

    Attributes:
        guard: the one that stops it, or some of its rows.
        make: makes it from 120 fresh texts, texts of the anchor and texts of the holdout.
        whole: whether all of its rows are held; else the first three are.
        declared: whether its rows are declared synthetic.
    """

    guard: str
    make: Callable[[Texts, Texts, Texts], Texts]
    whole: bool = True
    declared: bool = False


def _some(change: Callable[[str], str]) -> Callable[[Texts, Texts, Texts], Texts]:
    """Change the first 40 texts."""
    return lambda fresh, *_: [*map(change, fresh[:40]), *fresh[40:]]


def _shuffled(text: str) -> str:
    return " ".join(np.random.default_rng(len(text)).permutation(text.split(" ")))


def _scrambled(text: str) -> str:
    return _shuffled(" ".join(text)).replace(" ", "")


REFUSAL = "As a language model I cannot help with that request ."
CYRILLIC = str.maketrans("abdefghiklmnoprstuvwz", "абдефгхиклмнопрстувхз")
CASES: dict[str, StoppedTexts] = {
    "texts without a word": StoppedTexts(guard="empty_texts", make=_some(lambda text: " \u200b" * len(text))),
    "texts that are cut": StoppedTexts(guard="text_length", make=_some(lambda text: " ".join(text.split(" ")[:5]))),
    "another script": StoppedTexts(guard="language", make=_some(lambda text: text.lower().translate(CYRILLIC))),
    "random letters": StoppedTexts(
        guard="language", make=_some(lambda text: _shuffled(" ".join(text)).replace(" ", ""))
    ),
    "another word for a frequent one": StoppedTexts(
        guard="vocabulary",
        make=lambda fresh, *_: [
            text.replace("the ", "those ").replace(" .", " ;").replace("The ", "Those ") for text in fresh
        ],
    ),
    "words in random order": StoppedTexts(guard="perplexity", make=lambda fresh, *_: [*map(_shuffled, fresh)]),
    "another source": StoppedTexts(
        guard="drift", make=_some(lambda text: text.replace("near", "beside").replace("of", "against"))
    ),
    "predictable texts": StoppedTexts(guard="tails", make=lambda fresh, anchor, _: [*anchor[:40], *fresh[40:]]),
    "few sentences again and again": StoppedTexts(
        guard="diversity",
        make=lambda fresh, *_: [f"{fresh[n % 7]} {fresh[n % 11]} {n}" for n in range(120)],
        declared=True,
    ),
    "texts that run in circles": StoppedTexts(
        guard="repetition", make=lambda fresh, *_: [f"{text} {text}" for text in fresh], declared=True
    ),
    "a refusal": StoppedTexts(guard="boilerplate", make=_some(lambda text: f"{text} {REFUSAL}")),
    "e-mail addresses": StoppedTexts(guard="personal_data", make=_some(lambda text: f"{text} a.b@example.org .")),
    "a text of no word": StoppedTexts(
        guard="schema", make=lambda fresh, *_: ["", "\u200b\u2060", " \n", *fresh], whole=False
    ),
    "texts of the anchor with a word changed": StoppedTexts(
        guard="near_duplicates",
        make=lambda fresh, anchor, _: [reword(text, 1) for text in anchor[:3]] + fresh,
        whole=False,
    ),
    "texts of the holdout with a word changed": StoppedTexts(
        guard="holdout_overlap",
        make=lambda fresh, _, holdout: [reword(text, 1) for text in holdout[:3]] + fresh,
        whole=False,
    ),
}
"""What is wrong with a batch of texts → the guard that stops it, and how to make it."""
