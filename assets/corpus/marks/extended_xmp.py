"""The extended packet of XMP of a JPEG: what does not fit into one segment stands in several, under a GUID.

The GUID is the MD5 of the whole packet, and the packet of the picture names it as ``xmpNote:HasExtendedXMP``. A packet
that is not named, not whole or not what its GUID says proves nothing.

Specification: XMP part 3 (ISO 16684-1 for JPEG), section "Extended XMP in JPEG".
"""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from outcross.assets.corpus.marks.mark import Mark
from outcross.assets.corpus.marks.xmp import read_xmp

MOST_BYTES = 2**20
"""Bytes of a block of XMP or IPTC that are read, unpacked; of an extended packet, all its portions together."""
_MOST_PACKETS = 8
_GUID, _HEAD = 32, 40


@dataclass
class _Packet:
    length: int
    portions: dict[int, bytes] = field(default_factory=dict)

    def whole(self) -> bytes | None:
        """Return the packet; None where a portion is missing, or two overlap."""
        content = b""
        for offset, portion in sorted(self.portions.items()):
            if offset != len(content):
                return None
            content += portion
        return content if len(content) == self.length else None


@dataclass
class Portions:
    """The portions of extended packets, by GUID."""

    packets: dict[str, _Packet] = field(default_factory=dict)
    size: int = 0

    def add(self, body: bytes) -> None:
        """Add a portion: GUID, length of the packet, offset, and its bytes."""
        if len(body) < _HEAD:
            return
        guid, length = body[:_GUID].decode("latin-1"), int.from_bytes(body[_GUID : _GUID + 4])
        self.size += len(body)
        if self.size > MOST_BYTES or len(self.packets) >= _MOST_PACKETS:
            self.packets.setdefault("", _Packet(0))
            return
        packet = self.packets.setdefault(guid, _Packet(length))
        packet.portions.setdefault(int.from_bytes(body[_GUID + 4 : _HEAD]), body[_HEAD:])

    def read(self, packets: Iterable[bytes]) -> Iterator[Mark]:
        """Yield the marks of the extended packets.

        Args:
            packets: the packets of the picture, one of which has to name each.
        """
        named = b"".join(packets)
        for guid, packet in self.packets.items():
            if not guid:
                yield _doubt(f"its packets have more than {MOST_BYTES // 2**20} MiB or are more than {_MOST_PACKETS}")
            elif guid.encode("latin-1") not in named:
                yield _doubt("the packet of the picture does not name it")
            elif (content := packet.whole()) is None:
                yield _doubt("a portion of it is missing")
            elif hashlib.md5(content, usedforsecurity=False).hexdigest().upper() != guid.upper():
                yield _doubt("it is not the packet that its GUID names")
            else:
                yield from read_xmp(content)


def _doubt(why: str) -> Mark:
    return Mark(kind="XMP", says=None, statement="an extended packet", doubt=why)
