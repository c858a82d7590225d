"""Text from data, made safe for where it is written: JSON, YAML and Markdown."""

import json
import re
import unicodedata
from typing import Any

_MARKUP = re.compile(
    r"""
    ^[!-/:-@\[-`{-~]           # whatever could open a heading, a list, a quotation or a rule
    | ^[0-9]{1,9}[.)]          # or a numbered list
    | [\\`*_\[\]\#|~$@^<>&]    # emphasis, code, links, cells, HTML, mathematics, mentions
    | [.:](?=[^\s0-9])         # and what makes a link of an address: www.x, mailto:x, https://x
    """,
    re.VERBOSE,
)
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
_UNSEEN = {"Cc", "Cf", "Cs", "Co"}
LONGEST = 160
"""Characters of a name that a card shows."""


def to_json(value: Any, *, indent: int | None = None) -> str:
    """JSON in which every text is Unicode and every number finite; otherwise as it is given, in its order.

    Raises:
        ValueError: a number is not finite.
    """
    return json.dumps(_unicode(value), ensure_ascii=False, allow_nan=False, indent=indent)


def one_line(text: str) -> str:
    """A text on one line: no control characters, and none that are invisible or turn the direction of writing."""
    shown = "".join(_shown(character) for character in text)
    return " ".join(shown.split())


def shortened(text: str, longest: int = LONGEST) -> str:
    """A text cut to a length, with an ellipsis where it was cut."""
    return text if len(text) <= longest else text[: longest - 1] + "…"


def markdown(text: str, longest: int = LONGEST) -> str:
    """A text as one line of Markdown that shows itself: no markup, HTML, link, image or table cell can come of it."""
    line = shortened(one_line(text), longest)
    return _MARKUP.sub(lambda found: _ENTITIES.get(found[0], f"{found[0][:-1]}\\{found[0][-1]}"), line)


def _shown(character: str) -> str:
    """The character, or its code where it would not be seen for what it is."""
    if character.isspace():
        return " "
    if unicodedata.category(character) in _UNSEEN:
        return f"[U+{ord(character):04X}]"
    return character


def _unicode(value: Any) -> Any:
    """Half a surrogate pair, which a file name may hold, is no Unicode; it becomes a question mark."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, dict):
        return {_unicode(key): _unicode(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_unicode(each) for each in value]
    return value
