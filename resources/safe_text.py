"""Text from data, made safe for where it is written: JSON, YAML and Markdown."""

import json
import re
import unicodedata
from collections.abc import Iterable
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
_CONTROLS = re.compile(
    r"[^\n\t\x20-\x7e\xa1-\xac\xae-\u02ff\u0370-\u05ff\u2010-\u2027\u2030-\u205e\u2100-\u2bff\u3000-\ud7ff]"
)
"""Where a text may have something to hide: most texts have none of it, and are left as they are at once."""
_ADDRESS = re.compile(
    r"""
    (?P<scheme>\b[A-Za-z][A-Za-z0-9+.-]*://)
    (?:[^\s/?#'"<>]*@ | [^\s/?#'"<>:@]*:[^\s?#'"<>]*@)?      # user and password; a key of S3 may have a slash
    (?P<place>[^\s?#'"<>]*)
    (?P<more>[?#][^\s'"<>]*)?                               # query and fragment
    """,
    re.VERBOSE,
)
LONGEST_LINE = 2000
"""Characters of a line of a list in Markdown."""
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


def bullets(lines: Iterable[str], *, indent: str = "") -> str:
    """Lines of text as a list in Markdown, each shown as it is."""
    return "\n".join(f"{indent}- {markdown(line, LONGEST_LINE)}" for line in lines)


def printable(text: str) -> str:
    """A text for a terminal: its lines as they are, and no other control character, nor one that is not seen."""
    return "".join(each if each in "\n\t" else _shown(each) for each in text) if _CONTROLS.search(text) else text


def without_secrets(text: str) -> str:
    """A text whose addresses have no user, password, query or fragment, since tokens and keys lie there.

    A question mark in the pattern of an object store (``s3://bucket/part-?.parquet``) stays.
    """
    return _ADDRESS.sub(_public, text) if "://" in text else text


def _public(found: "re.Match[str]") -> str:
    more = found["more"] or ""
    is_query = found["scheme"].lower().startswith(("http", "ws")) or "=" in more
    return found["scheme"] + found["place"] + ("" if is_query else more)


def all_without_secrets(value: Any) -> Any:
    """A value of JSON in which every text is one of :func:`without_secrets`."""
    if isinstance(value, str):
        return without_secrets(value)
    if isinstance(value, dict):
        return {key: all_without_secrets(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [all_without_secrets(each) for each in value]
    return value


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
