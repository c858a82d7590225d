"""The one tokenizer of the project: tokens are words and punctuation marks, nothing smaller.

Text sources cut blocks by it, the n-gram generator counts over it and the text metrics compare through it. It keeps
case and knows no language: a word is a run of letters, digits, underscores and combining marks of any script, with
apostrophes inside it (``don't``); every other visible character is a mark of its own. Scripts written without spaces
between words (Chinese, Japanese, Thai) come out as one long word per run.
"""

import re
import unicodedata
from functools import cache

JOINERS = "\u200c\u200d"  # Persian and the Indic scripts write these inside words


def tokenize(text: str) -> list[str]:
    """Split a text into words and punctuation marks, in order; white space separates and is dropped.

    ``tokenize(detokenize(tokens)) == tokens`` holds for every list this function returned.
    """
    return _token().findall(text)


def detokenize(tokens: list[str]) -> str:
    """Join tokens with single spaces."""
    return " ".join(tokens)


@cache
def _token() -> re.Pattern[str]:
    letters = rf"(?:\w+|[{JOINERS}{_combining_marks()}]+)+"
    return re.compile(rf"{letters}(?:['’]{letters})*|\S")


def _combining_marks() -> str:
    """Characters of Unicode category M, no part of a word to ``re``: without them vowel signs would split words.

    Those beyond the Basic Multilingual Plane, rare, are left out: they would make matching ten times slower.
    """
    return "".join(chr(code) for code in range(0x300, 0x10000) if unicodedata.category(chr(code))[0] == "M")
