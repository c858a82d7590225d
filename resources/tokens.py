"""The tokenizer of the project: tokens are words, punctuation marks and line breaks, never parts of words.

Text sources, the n-gram generator and the text metrics use it. It keeps case and depends on no language:

- A word is a run of letters, digits, underscores and combining marks of any script, with apostrophes inside it
  (``don't``). Every other visible character is a token by itself; an emoji is one, with its tone, joiners and selector.
- In scripts without spaces between words (Han, kana, Thai, Lao, Khmer, Burmese) every character is a token, with its
  combining marks: a text has the same tokens with and without spaces between its words.
- A line break is a token together with the indentation of the line that it begins. Other white space is none.
- Texts are read in Unicode's composed form (NFC). Zero-width spaces, soft hyphens and marks of direction are no tokens.
"""

import re
import string
import unicodedata
from collections.abc import Sequence
from functools import cache

import polars as pl

from outcross.resources import scripts

VERSION = "2"
"""Raised where a text has other tokens than before, so that earlier evaluations of texts are told apart."""
APART = "\x1f"
"""White space that indents nothing; it is put around the characters of scripts without spaces."""
LINE_BREAKS = "\r\x0b\x0c\x85\u2028\u2029"
"""Line breaks besides ``\\n``, as which they count."""
PIECE = rf"\n[{scripts.BLANKS}]*|[^ \n]+"
"""What :func:`tokenize` cuts further: a line break with indentation, or what stands between spaces."""


def tokenize(text: str, *, lines: bool = True) -> list[str]:
    """Split a text into words, punctuation marks and, if ``lines`` is set, line breaks, in order.

    ``tokenize(detokenize(tokens)) == tokens`` holds for every list that this function returns. A text without visible
    characters has no tokens.
    """
    text = unify_lines(text)
    if "\n" not in text:
        lines = False
    if text.isascii():
        tokens = _pattern(lines=lines, ascii_only=True).findall(text)
    else:
        text = _apart(_visible(text))
        signs = _class(_SIGNS).search(text) is not None
        tokens = _pattern(lines=lines, signs=signs).findall(text)
    return tokens if not lines or has_words(tokens) else []


def has_words(tokens: Sequence[str]) -> bool:
    """Return whether any token is visible, so no line break."""
    return any(token[0] != "\n" for token in tokens)


def lack_words(texts: pl.Series) -> pl.Series:
    """Return (rows,) whether a text is null or has no tokens: it is empty, or white space and zero-width characters."""
    nothing = rf"[^\s{scripts.INVISIBLE}{scripts.JOINERS}{scripts.VARIANTS}]"
    return ~texts.str.contains(nothing).fill_null(value=False)


def unify_lines(text: str) -> str:
    r"""Return the text with ``\n`` for every line break."""
    if "\r" in text:
        text = text.replace("\r\n", "\n")
    return text.translate(_AS_BREAK) if _class(LINE_BREAKS).search(text) else text


def tokenize_piece(piece: str) -> list[str]:
    """Return the tokens of one match of :data:`PIECE` in a text that :func:`unify_lines` returned."""
    return [piece] if piece[:1] == "\n" else tokenize(piece)


def needs_normalising(text: str) -> bool:
    """Return whether a text has invisible characters or is not in Unicode's composed form."""
    if text.isascii():
        return False
    return not unicodedata.is_normalized("NFC", text) or _class(scripts.INVISIBLE).search(text) is not None


def detokenize(tokens: Sequence[str]) -> str:
    """Join tokens as text: with single spaces, but with none around line breaks or within scripts that have none.

    In a text with line breaks, operators (``==``), repeated marks and decimal numbers are not pulled apart either, so
    that code stays code.
    """
    joined = " ".join(tokens)
    broken = "\n" in joined
    if not broken and (joined.isascii() or not _class(_WITHOUT_SPACES).search(joined)):
        return joined
    parts: list[str] = []
    for place, token in enumerate(tokens):
        if place and _is_spaced(tokens, place, code=broken):
            parts.append(" ")
        parts.append(token)
    return "".join(parts)


OPERATORS = frozenset(
    ["->", "+=", "-=", "*=", "/=", "%=", "==", "!=", "<=", ">=", ":=", "^=", "|=", "&=", "@=", "=>", "<-", "</", "/>"]
)
"""Pairs of marks that mean another thing if a space is between them."""
PREFIXES = frozenset(["f", "r", "b", "u", "F", "R", "B", "U", "rb", "br", "fr", "rf"])
"""Letters of Python that change the string behind them."""


def _is_spaced(tokens: Sequence[str], place: int, *, code: bool) -> bool:
    """Return whether a space separates the token at a place from the one before; without one, both stay tokens."""
    left, right = tokens[place - 1], tokens[place]
    if left[0] == "\n" or right[0] == "\n":
        return False
    if unicodedata.category(right[0])[0] == "M":
        return True
    cjk, other = _class(scripts.UNSPACED_CJK + scripts.CJK_MARKS), _class(scripts.UNSPACED_OTHER)
    if cjk.match(left) or cjk.match(right) or (other.match(left) and other.match(right)):
        return False
    return not (code and _is_one_word_of_code(tokens, place))


def _is_one_word_of_code(tokens: Sequence[str], place: int) -> bool:
    """Return whether a space before the token at a place would change what code means."""
    left, right = tokens[place - 1], tokens[place]
    around = (tokens[place - 2] if place > 1 else "", left, right, tokens[place + 1] if place + 1 < len(tokens) else "")
    is_operator = left + right in OPERATORS or (left == right and left in string.punctuation and left != "_")
    is_prefixed = right in "'\"" and left in PREFIXES
    is_decimal = any(
        point == "." and whole.isdigit() and decimals.isdigit() for whole, point, decimals in (around[:3], around[1:])
    )
    return is_operator or is_prefixed or is_decimal


def _visible(text: str) -> str:
    """Return the text in composed form, without invisible characters."""
    return unicodedata.normalize("NFC", _class(scripts.INVISIBLE).sub("", text))


def _apart(text: str) -> str:
    """Set the characters of scripts without spaces apart, each with its combining marks."""
    return _unspaced().sub(rf"{APART}\g<0>{APART}", text)


_AS_BREAK = str.maketrans(dict.fromkeys(LINE_BREAKS, "\n"))
_WITHOUT_SPACES = scripts.UNSPACED_CJK + scripts.UNSPACED_OTHER + scripts.CJK_MARKS
_SIGNS = scripts.JOINERS + scripts.VARIANTS + scripts.FLAGS + scripts.TONES
"""What only the pattern of emoji and joined words knows, which is slower."""


@cache
def _class(inside: str) -> re.Pattern[str]:
    return re.compile(f"[{inside}]")


@cache
def _unspaced() -> re.Pattern[str]:
    return re.compile(f"[{scripts.UNSPACED_CJK}{scripts.UNSPACED_OTHER}][{scripts.combining_marks()}]*")


@cache
def _pattern(*, lines: bool, signs: bool = False, ascii_only: bool = False) -> re.Pattern[str]:
    visible = _ascii_words() if ascii_only else _joined_words_and_emoji() if signs else _plain_words()
    return re.compile(rf"\n[{scripts.BLANKS}]*|{visible}" if lines else visible)


def _ascii_words() -> str:
    """The same as :func:`_plain_words` where no character is a combining mark, in two thirds of the time."""
    return r"\w+(?:'\w+)*|\S"


def _plain_words() -> str:
    word = _apostrophised(rf"(?:\w+|[{scripts.combining_marks()}]+)+")
    return rf"{word}|\S"


def _joined_words_and_emoji() -> str:
    marks, joiners, variants = scripts.combining_marks(), scripts.JOINERS, scripts.VARIANTS
    word = _apostrophised(rf"(?:\w+|[{marks}]+)(?:\w+|[{marks}{joiners}]+)*")
    picture = rf"[{scripts.PICTURES}](?:[{scripts.TONES}]|[{variants}])?"
    emoji = rf"[{scripts.FLAGS}]{{2}}|[0-9#*]\ufe0f\u20e3|{picture}(?:\u200d{picture})*[{scripts.TAGS}]*"
    return rf"{emoji}|{word}|[^\s{joiners}{variants}]"


def _apostrophised(letters: str) -> str:
    return rf"{letters}(?:['’]{letters})*"
