"""The digital source type that a packet of XMP or a record of IPTC states.

The parser of XML is Expat's, one event at a time. A packet with a document type or an entity is not read further, so
nothing is expanded; nothing is fetched either.
"""

import re
from collections.abc import Iterator
from xml.parsers import expat

from outcross.assets.corpus.marks.mark import Mark
from outcross.assets.corpus.marks.source_types import code_of, says_of

_NAME = "DigitalSourceType"
_SPACES = ("http://iptc.org/std/Iptc4xmpExt/2008-02-29/", "http://iptc.org/std/iptc4xmpext/2008-02-29/")
_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_LONGEST_VALUE = 2_000
_MOST_VALUES = 100
_IN_IPTC = re.compile(rb"cv\.iptc\.org/newscodes/digitalsourcetype/([A-Za-z]{3,60})")


class _Refused(Exception):
    """The packet has what no packet of XMP needs."""


def read_xmp(packet: bytes) -> Iterator[Mark]:
    """Yield a mark for each digital source type of a packet; one that cannot be read is a mark with that doubt."""
    if _NAME.encode() not in packet.replace(b"\0", b""):  # UTF-16 and UTF-32 too
        return
    try:
        values = _values(packet)
    except (expat.ExpatError, _Refused, ValueError) as error:
        yield Mark(kind="XMP", says=None, statement=_NAME, doubt=f"its XML cannot be read ({error})")
        return
    yield from _marks("XMP", values)


def read_iptc(record: bytes) -> Iterator[Mark]:
    """Yield a mark for each digital source type whose address a record of IPTC-IIM holds."""
    yield from _marks("IPTC", (found[1].decode() for found in _IN_IPTC.finditer(record)))


def _marks(kind: str, values: Iterator[str] | list[str]) -> Iterator[Mark]:
    for code in dict.fromkeys(code for value in values if (code := code_of(value)) is not None):
        yield Mark(kind=kind, says=says_of(code), statement=f"{_NAME} {code}")


def _values(packet: bytes) -> list[str]:
    """Return the values of the property, whether it is an attribute, an element or a reference."""
    found, text, within = list[str](), list[str](), [0]
    wanted = {f"{space} {_NAME}" for space in _SPACES}
    parser = expat.ParserCreate(namespace_separator=" ")

    def refuse(*_: object) -> None:
        raise _Refused("it has a document type, and nothing of one is expanded")

    def start(name: str, attributes: dict[str, str]) -> None:
        found.extend(value for key, value in attributes.items() if key in wanted)
        if within[0] or name in wanted:
            within[0] += 1
            found.extend(value for key, value in attributes.items() if key == f"{_RDF} resource")

    def end(_: str) -> None:
        if within[0]:
            within[0] -= 1
            if not within[0]:
                found.append("".join(text))
                text.clear()
        if len(found) > _MOST_VALUES:
            raise _Refused(f"it has more than {_MOST_VALUES} values")

    def characters(piece: str) -> None:
        if within[0] and sum(map(len, text)) < _LONGEST_VALUE:
            text.append(piece)

    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = characters
    parser.Parse(packet.strip(b"\0 \r\n\t"), True)
    return found
