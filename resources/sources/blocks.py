"""Plain text, cut into rows of equal length."""

import re
from typing import Literal

import polars as pl

from outcross.resources.errors import BadInput
from outcross.resources.schema import Column, Role, Schema
from outcross.resources.sources.contract import RealData
from outcross.resources.tokens import detokenize, tokenize

DEFAULT_BLOCK = 64
TEXT = Schema((Column(name="text", role=Role.TEXT),))

Words = Literal["as_written", "folded"]
"""Which tokens of a text are kept: words and punctuation marks, or lower-cased words only."""

MEANING: dict[Words, str] = {"as_written": "words and punctuation marks", "folded": "lower-cased words, no punctuation"}


def cut(text: str, *, block: int, where: str, words: Words = "as_written", rows_limit: int | None = None) -> RealData:
    """Cut a text into rows of exactly ``block`` tokens in the column ``text``.

    Rows ignore headings and document boundaries, so a row may span two documents. In return all rows spend the same
    budget of tokens, and at most ``block − 1`` tokens are lost at the end.

    Raises:
        BadInput: the text has fewer tokens than two rows need.
    """
    tokens = tokenize(text, lines=False) if words == "as_written" else fold(text)
    rows = len(tokens) // block
    if rows < 2:
        raise BadInput(
            f"{where}: {len(tokens):,} tokens do not fill two rows of {block} tokens; lower 'block' or add text"
        )
    kept = rows if rows_limit is None else min(rows, rows_limit)
    frame = pl.DataFrame(
        {"text": [detokenize(tokens[start : start + block]) for start in range(0, kept * block, block)]},
        schema=TEXT.polars,
    )
    return RealData(
        rows=frame, schema=TEXT, notes=_notes(len(tokens), MEANING[words], rows=rows, kept=kept, block=block)
    )


def fold(text: str) -> list[str]:
    """Return the words of a text in lower case, without punctuation; an apostrophe parts two words.

    :func:`outcross.resources.tokens.tokenize` splits none of them, so a row has as many tokens as words.
    """
    parts = (part for token in tokenize(text.lower(), lines=False) for part in re.split("['’]", token))
    return [part for part in parts if re.search(r"\w", part)]


def _notes(tokens: int, meaning: str, *, rows: int, kept: int, block: int) -> list[str]:
    notes = [
        f"{tokens:,} tokens ({meaning}) cut into {rows:,} rows of {block}; rows run on over "
        "headings and documents, tokens are joined by single spaces, line breaks are not kept"
    ]
    if left_over := tokens - rows * block:
        notes.append(f"the last {left_over} tokens do not fill a row and are left out")
    if kept < rows:
        notes.append(f"only the first {kept:,} rows are kept (rows_limit)")
    return notes
