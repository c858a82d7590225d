"""Decode text: UTF-8, what a byte order mark states, or a stated encoding; of other text, offer one that decodes it."""

import codecs
from collections.abc import Iterator

from outcross.resources.errors import BadInput

MARKS = {
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
"""Byte order mark → encoding; those of UTF-32 start as those of UTF-16 do and come first."""
SAMPLE = 2**16
"""Bytes around the first that is not UTF-8, by which an encoding is offered."""
_SHOWN = 30
_OF_ANY_BYTES = frozenset({"cp1252", "cp1250", "cp1251", "iso8859-1", "iso8859-2", "iso8859-15"})
"""Encodings in which nearly any bytes are text, by Python's names."""
_OF_SCRIPTS: dict[str, tuple[tuple[int, int], ...]] = {
    "utf-8": (),
    "cp1251": ((0x0430, 0x044F),),
    "shift_jis": ((0x3040, 0x30FF),),
    "euc_jp": ((0x3040, 0x30FF),),
    "euc_kr": ((0xAC00, 0xD7A3),),
    "gb18030": ((0x4E00, 0x9FFF),),
    "big5": ((0x4E00, 0x9FFF),),
}
"""Encoding → the characters that most of its text consists of, but for ASCII; in the order of preference."""
_SHARE = {"shift_jis": 0.25, "euc_jp": 0.25, "cp1251": 0.8, "euc_kr": 0.95, "gb18030": 0.8, "big5": 0.8}


def decode(content: bytes, *, name: str, encoding: str | None = None) -> str:
    """Decode the content of a file, without its byte order mark.

    Args:
        content: of the file.
        name: of the file, for messages.
        encoding: as stated; None takes UTF-8, or what a byte order mark states.

    Raises:
        BadInput: the content is not so encoded; the message has the line, and an encoding that decodes it.
    """
    _refuse_garbled(content, name=name, encoding=encoding)
    used = encoding or next((each for mark, each in MARKS.items() if content.startswith(mark)), "utf-8")
    if used == "utf-8" and (wide := _wide(content)) is not None:
        raise BadInput(f"file {name!r}, line 1: not UTF-8 (every other byte is zero); {_offer(content, wide)}")
    try:
        return content.decode(used).removeprefix("\ufeff")
    except UnicodeError as error:
        start = getattr(error, "start", 0)
        line = content.count(b"\n", 0, start) + 1
        reason = getattr(error, "reason", str(error))
        called = encoding or used.removesuffix("-sig").upper()
        raise BadInput(
            f"file {name!r}, line {line}: not {called} ({reason}); {_remedy(content, start, used)}"
        ) from error


def _refuse_garbled(content: bytes, *, name: str, encoding: str | None) -> None:
    """Refuse UTF-8 of which a stated encoding would garble every other letter: any bytes are text in some encodings."""
    if encoding is None or content.isascii() or codecs.lookup(encoding).name not in _OF_ANY_BYTES:
        return
    if not _decodes(content, "utf-8") and not any(content.startswith(mark) for mark in MARKS):
        return
    used = next((each for mark, each in MARKS.items() if content.startswith(mark)), "utf-8")
    if not _decodes(content, used):
        return
    raise BadInput(
        f"file {name!r} is {used.removesuffix('-sig').upper()} and not {encoding}, in which its letters are garbled; "
        f"remove 'encoding', and where other files are {encoding}, save those as UTF-8: "
        f"iconv -f {encoding} -t UTF-8 FILE > NEW"
    )


def check_encoding(name: str) -> str:
    """Return the name of an encoding that Python can decode.

    Raises:
        ValueError: it knows none of that name.
    """
    try:
        b"".decode(name)
        codecs.lookup(name)
    except (LookupError, UnicodeError, ValueError):
        raise ValueError(
            f"{name!r} is no encoding; use one such as utf-8, latin-1, cp1252, utf-16 or gb18030"
        ) from None
    return name


def offer_encodings(content: bytes, start: int) -> Iterator[str]:
    """Yield encodings that decode the whole content, the likeliest first.

    Args:
        content: of the file.
        start: the first byte that is not UTF-8.
    """
    if (wide := _wide(content)) is not None:
        yield wide
        return
    sample = content[max(0, start - SAMPLE) : start + SAMPLE]
    high = sum(byte > 127 for byte in sample)
    runs = sum(byte > 127 and (place == 0 or sample[place - 1] < 128) for place, byte in enumerate(sample))
    others = [each for each in _OF_SCRIPTS if each != "utf-8" and _is_of(content, each)] if high > 1.5 * runs else []
    for encoding in [*others, "cp1252", "latin-1"]:
        if _decodes(content, encoding):
            yield encoding


def _remedy(content: bytes, start: int, used: str) -> str:
    if used != "utf-8" and _decodes(content, "utf-8"):
        return "it is UTF-8: remove 'encoding'"
    found = next((each for each in offer_encodings(content, start) if each != used), None)
    return "save it as UTF-8" if found is None else _offer(content, found)


def _offer(content: bytes, encoding: str) -> str:
    lines = content.decode(encoding).removeprefix("\ufeff").splitlines()
    first = next((line for line in lines if not line.isascii()), lines[0] if lines else "")
    place = next((at for at, letter in enumerate(first) if not letter.isascii()), 0)
    shown = first[max(0, place - _SHOWN // 2) : place + _SHOWN]
    return f"save it as UTF-8, or set 'encoding: {encoding}' (it then reads {shown!r})"


def _wide(content: bytes) -> str | None:
    """UTF-16 without a mark: every other byte of ASCII in it is zero."""
    if b"\0" not in content[:SAMPLE]:
        return None
    half = max(len(content[:SAMPLE]) // 2, 1)
    for encoding, offset in (("utf-16-le", 1), ("utf-16-be", 0)):
        if content[offset:SAMPLE:2].count(0) > 0.4 * half and _decodes(content, encoding):
            return encoding
    return None


def _is_of(content: bytes, encoding: str) -> bool:
    """Whether content decodes, and what is not ASCII in it is mostly of the encoding's own script."""
    if not _decodes(content, encoding):
        return False
    others = [ord(letter) for letter in content.decode(encoding)[:SAMPLE] if not letter.isascii()]
    own = sum(any(low <= letter <= high for low, high in _OF_SCRIPTS[encoding]) for letter in others)
    return own >= _SHARE[encoding] * len(others)


def _decodes(content: bytes, encoding: str) -> bool:
    try:
        content.decode(encoding)
    except UnicodeError:
        return False
    return True
