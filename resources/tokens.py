"""The tokenizer of the project: tokens are words and punctuation marks, never parts of words.

Text sources, the n-gram generator and the text metrics use it. It keeps case and depends on no language: a word is a
run of letters, digits, underscores and combining marks of any script, with apostrophes inside it (``don't``). Every
other visible character is a token by itself. In scripts without spaces between words (Chinese, Japanese, Thai), a run
of characters is one long word.
"""

import re
import unicodedata
from functools import cache

JOINERS = "\u200c\u200d"  # Persian and the Indic scripts write these inside words


def tokenize(text: str) -> list[str]:
    """Split a text into words and punctuation marks, in order; white space is dropped.

    ``tokenize(detokenize(tokens)) == tokens`` holds for every list that this function returns.
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
    r"""Return the characters of Unicode category M, which ``\w`` lacks: without them vowel signs would split words.

    The rare ones beyond the Basic Multilingual Plane are left out, since they would make matching ten times slower.
    """
    return "".join(chr(code) for code in range(0x300, 0x10000) if unicodedata.category(chr(code))[0] == "M")
