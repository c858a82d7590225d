"""The blocks of a picture's file that marks stand in, without decoding the picture: of JPEG, PNG and WebP.

Only the headers of blocks are followed, so a picture costs as many steps as it has blocks. What is cut or makes no
sense ends the reading: nothing is raised, since the picture's own decoder says what is wrong with a file.
"""

import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field

from outcross.assets.corpus.marks.extended_xmp import MOST_BYTES, Portions

MOST_BLOCKS = 5_000
"""Blocks of a picture that are looked at."""
_XMP = b"http://ns.adobe.com/xap/1.0/\0"
_EXTENDED = b"http://ns.adobe.com/xmp/extension/\0"
_PHOTOSHOP = b"Photoshop 3.0\0"
_OF_XMP, _OF_IPTC = 0x0424, 0x0404


@dataclass
class Blocks:
    """The blocks that were found.

    Attributes:
        xmp: packets of XMP.
        iptc: records of IPTC-IIM.
        c2pa: whether there is a box of C2PA.
        mime: media type of the picture; empty where its format is not looked into.
        too_long: blocks of XMP or IPTC that are longer than ``MOST_BYTES``, and were not read.
        extended: the portions of extended packets of XMP.
    """

    xmp: list[bytes] = field(default_factory=list)
    iptc: list[bytes] = field(default_factory=list)
    c2pa: bool = False
    mime: str = ""
    too_long: int = 0
    extended: Portions = field(default_factory=Portions)

    def add_xmp(self, packet: bytes) -> None:
        """Keep a packet of XMP."""
        self._add(self.xmp, packet)

    def add_iptc(self, record: bytes) -> None:
        """Keep a record of IPTC-IIM."""
        self._add(self.iptc, record)

    def _add(self, to: list[bytes], content: bytes) -> None:
        if len(content) > MOST_BYTES:
            self.too_long += 1
        else:
            to.append(content)


def find_blocks(content: bytes) -> Blocks:
    """Find the blocks of a picture's file that marks stand in."""
    found = Blocks()
    if content.startswith(b"\xff\xd8\xff"):
        found.mime = "image/jpeg"
        _read_jpeg(content, found)
    elif content.startswith(b"\x89PNG\r\n\x1a\n"):
        found.mime = "image/png"
        _read_png(content, found)
    elif content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        found.mime = "image/webp"
        _read_webp(content, found)
    return found


def _read_jpeg(content: bytes, found: Blocks) -> None:
    for marker, body in _segments(content):
        if marker == 0xE1 and body.startswith(_XMP):
            found.add_xmp(body[len(_XMP) :])
        elif marker == 0xE1 and body.startswith(_EXTENDED):
            found.extended.add(body[len(_EXTENDED) :])
        elif marker == 0xED and body.startswith(_PHOTOSHOP):
            for number, resource in _resources(body[len(_PHOTOSHOP) :]):
                if number == _OF_XMP:
                    found.add_xmp(resource)
                elif number == _OF_IPTC:
                    found.add_iptc(resource)
        elif marker == 0xEB and b"jumb" in body[:64] and (b"c2pa" in body[:128] or found.c2pa):
            found.c2pa = True


def _segments(content: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield the segments of a JPEG before its first scan: marker and body."""
    at = 2
    for _ in range(MOST_BLOCKS):
        while content[at : at + 2] == b"\xff\xff":  # padding
            at += 1
        if at + 4 > len(content) or content[at] != 0xFF:
            return
        marker, size = content[at + 1], int.from_bytes(content[at + 2 : at + 4])
        if marker in {0xDA, 0xD9} or size < 2:
            return
        yield marker, content[at + 4 : at + 2 + size]
        at += 2 + size


def _resources(content: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield the resources of a block of Photoshop: number and content."""
    at = 0
    for _ in range(MOST_BLOCKS):
        if content[at : at + 4] != b"8BIM" or at + 12 > len(content):
            return
        number, name = int.from_bytes(content[at + 4 : at + 6]), content[at + 6]
        start = at + 6 + (name + 2) // 2 * 2
        size = int.from_bytes(content[start : start + 4])
        yield number, content[start + 4 : start + 4 + size]
        at = start + 4 + (size + 1) // 2 * 2


def _read_png(content: bytes, found: Blocks) -> None:
    at = 8
    for _ in range(MOST_BLOCKS):
        if at + 12 > len(content):
            return
        size, kind = int.from_bytes(content[at : at + 4]), content[at + 4 : at + 8]
        if kind == b"iTXt":
            _read_text_chunk(content[at + 8 : at + 8 + size], found)
        found.c2pa |= kind == b"caBX"
        at += 12 + size


def _read_text_chunk(body: bytes, found: Blocks) -> None:
    keyword, _, rest = body.partition(b"\0")
    if keyword != b"XML:com.adobe.xmp" or len(rest) < 2:
        return
    text = rest[2:].split(b"\0", 2)[-1]
    if rest[0] == 1:
        try:
            unpacking = zlib.decompressobj()
            text = unpacking.decompress(text, MOST_BYTES + 1)
        except zlib.error:
            return
    found.add_xmp(text)


def _read_webp(content: bytes, found: Blocks) -> None:
    at = 12
    for _ in range(MOST_BLOCKS):
        if at + 8 > len(content):
            return
        kind, size = content[at : at + 4], int.from_bytes(content[at + 4 : at + 8], "little")
        if kind == b"XMP ":
            found.add_xmp(content[at + 8 : at + 8 + size])
        found.c2pa |= kind == b"C2PA"
        at += 8 + (size + 1) // 2 * 2
