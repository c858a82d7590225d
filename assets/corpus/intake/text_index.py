"""The index of a corpus's texts: sketches of its rows, see :mod:`.row_index`."""

import polars as pl

from outcross.assets.corpus.files import TEXTS
from outcross.assets.corpus.intake.row_index import Arrays, IndexKind
from outcross.assets.corpus.open_corpus import TEXT_FORMAT, OpenCorpus
from outcross.assets.instruments.plain_text import print_of_tokenizer
from outcross.assets.instruments.text_sketches import SIZE, Sketches

FORMAT = 1
"""Raised when sketches are made in another way."""


def index_of_texts(corpus: OpenCorpus) -> IndexKind:
    """Build the index: it depends on how texts are cut and weighed."""
    weights = corpus.texts.weights

    def compute(texts: pl.Series) -> Arrays:
        found = Sketches.read(texts, weights)
        return {"whole": found.whole, "features": found.features}

    return IndexKind(
        prefix=f"{TEXTS}/sketches",
        about=(str(FORMAT), str(TEXT_FORMAT), print_of_tokenizer(), *filter(None, [corpus.anchor_mark])),
        column=corpus.texts.column,
        types={"whole": pl.UInt64(), "features": pl.Array(pl.UInt32, SIZE)},
        compute=compute,
    )


def as_sketches(values: Arrays) -> Sketches:
    """Turn values of the index into sketches."""
    return Sketches(values["features"], values["whole"])
