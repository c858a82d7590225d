"""Texts in the form in which they are compared: what is written alike is equal, however it is encoded."""

from hashlib import blake2b

import polars as pl

from outcross.resources.tokens import tokenize

NO_MARK = r"[^\s\p{Cc}\p{Cf}\p{Z}\p{M}]"
"""A character that shows by itself: no space, control or format character, and no combining mark."""
_PROBE = "Don't stop:\n  naïve x_1 日本語です ภาษาไทย e\u0301 \u200dآب.‌ها 🙂 1,5 v2.0\tend"


def plain(texts: pl.Series) -> pl.Series:
    """Fold case, compatibility forms and format characters (Unicode NFKC); null becomes an empty text."""
    return texts.fill_null("").str.normalize("NFKC").str.replace_all(r"\p{Cf}", "").str.to_lowercase()


def has_token(texts: pl.Series) -> pl.Series:
    """Check which texts have a character that shows; null has none."""
    return texts.str.contains(NO_MARK).fill_null(False)


def print_of_tokenizer() -> str:
    """Return eight digits that change if texts are cut into tokens in another way than before."""
    return blake2b(repr(tokenize(_PROBE)).encode(), digest_size=4).hexdigest()
