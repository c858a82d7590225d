"""Light edits of generated texts, as people make them before they pass texts on: words are moved, left out, repeated.

An estimate that knows a generator's rows only as they were made takes edited ones for another source's.
"""

import numpy as np
import polars as pl

from outcross.resources.seeds import generator

WORDS_AN_EDIT = 16
"""A text is edited once for so many of its words, and at least once."""
EDITED = "{}, edited"
"""Name of a generator's rows that were edited."""


def edit_texts(texts: pl.Series, *, seed: int) -> pl.Series:
    """Edit each text: each edit swaps two words, leaves one out, or writes one twice in another place."""
    random = generator(seed)
    return pl.Series(texts.name, [_edit(text, random) for text in texts.fill_null("")], dtype=pl.String)


def _edit(text: str, random: np.random.Generator) -> str:
    words = text.split(" ")
    if len(words) < 2:
        return text
    for _ in range(max(1, len(words) // WORDS_AN_EDIT)):
        one, other = random.integers(len(words), size=2)
        match random.integers(4):
            case 0:
                del words[one]
            case 1:
                words.insert(one, words[other])
            case _:
                words[one], words[other] = words[other], words[one]
        if len(words) < 2:
            break
    return " ".join(words)
