"""The writing system of a text, and its characters as numbers; by ranges of Unicode, without a table of languages."""

import numpy as np
import polars as pl

SCRIPTS = {
    "Latin": r"\p{Latin}",
    "Cyrillic": r"\p{Cyrillic}",
    "Greek": r"\p{Greek}",
    "Arabic": r"\p{Arabic}",
    "Hebrew": r"\p{Hebrew}",
    "Devanagari": r"\p{Devanagari}",
    "Bengali": r"\p{Bengali}",
    "Tamil": r"\p{Tamil}",
    "Thai": r"\p{Thai}",
    "Lao": r"\p{Lao}",
    "Khmer": r"\p{Khmer}",
    "Burmese": r"\p{Myanmar}",
    "Kana": r"[\p{Hiragana}\p{Katakana}]",
    "Han": r"\p{Han}",
    "Hangul": r"\p{Hangul}",
}
OTHER, NONE = "another script", "no letters"
LONGEST = 400
"""Characters of a text, its first, that its script and its characters are read from."""


def main_script(texts: pl.Series) -> pl.Series:
    """Return the script of most letters of each text; Japanese is ``Kana`` where a tenth of its letters is."""
    read = texts.fill_null("").str.slice(0, LONGEST)
    ascii_only = read.str.len_bytes() == read.str.len_chars()
    latin = pl.select(pl.when(read.str.contains("[A-Za-z]")).then(pl.lit("Latin")).otherwise(pl.lit(NONE))).to_series()
    others = _main_script(read.filter(~ascii_only))
    return latin.scatter((~ascii_only).arg_true(), others).alias("script")


def _main_script(texts: pl.Series) -> pl.Series:
    frame = pl.DataFrame({"text": texts}, schema={"text": pl.String})
    counts = frame.select(pl.col("text").str.count_matches(pattern).alias(name) for name, pattern in SCRIPTS.items())
    letters = frame["text"].str.count_matches(r"\p{L}").to_numpy().astype(np.int64)
    table = counts.to_numpy().astype(np.int64)
    rest = np.maximum(letters - table.sum(axis=1), 0)
    names = [*SCRIPTS, OTHER]
    kana, han = list(SCRIPTS).index("Kana"), list(SCRIPTS).index("Han")
    table[:, kana] = np.where(10 * table[:, kana] >= table[:, han], table[:, kana] * 11, table[:, kana])
    best = np.concatenate([table, rest[:, None]], axis=1).argmax(axis=1)
    found = np.where(letters > 0, np.array(names)[best], NONE)
    return pl.Series("script", found, dtype=pl.String)


def characters(texts: pl.Series) -> tuple[np.ndarray, np.ndarray]:
    """Return the first characters of texts as (characters,) uint64, row after row, and (rows,) their number.

    Digits are one character, and so is any run of white space.
    """
    plain = (
        texts.fill_null("")
        .str.strip_chars()
        .str.slice(0, LONGEST)
        .str.to_lowercase()
        .str.replace_all(r"\d", "0")
        .str.replace_all(r"\s+", " ")
    )
    every = np.frombuffer("".join(plain).encode("utf-32-le"), dtype=np.uint32).astype(np.uint64)
    return every, plain.str.len_chars().to_numpy().astype(np.int64)
