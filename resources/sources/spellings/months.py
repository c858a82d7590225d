"""Names of months in other languages than English, which ``strptime`` alone reads."""

import polars as pl

_ENGLISH = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
_NAMES = {
    "de": "januar februar märz april mai juni juli august september oktober november dezember",
    "fr": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    "es": "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
    "it": "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre",
    "nl": "januari februari maart april mei juni juli augustus september oktober november december",
    "pt": "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro",
}
LANGUAGES = tuple(_NAMES)
"""Languages whose names of months are read, besides English."""
LETTERS = 3
"""Fewest letters of a name; one more where two names begin alike."""


def to_english(texts: pl.Series, language: str) -> pl.Series:
    """Write the names of months in English, in full or abbreviated; other words are left as they are."""
    text = pl.col("text").str.to_lowercase().str.replace_all(r" de(l)? ", " ")
    names = _NAMES[language].split()
    for english, name in zip(_ENGLISH, names, strict=True):
        alike = sum(other[:LETTERS] == name[:LETTERS] for other in names) > 1
        start, longer = (name[: LETTERS + alike], name[LETTERS + alike :])
        rest = "".join(f"(?:{letter}" for letter in longer) + ")?" * len(longer)
        text = text.str.replace(rf"(^|[^\pL]){start}{rest}\.?([^\pL]|$)", f"${{1}}{english}${{2}}")
    return pl.DataFrame({"text": texts}).select(text).to_series()
