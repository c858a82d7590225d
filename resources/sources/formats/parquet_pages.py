"""The pages of a Parquet file, as their own headers state them: sizes and values, without unpacking one.

The file's footer states sizes as well, and Arrow believes the headers. Format: Apache Parquet, ``parquet.thrift``, in
Thrift's compact protocol.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow.parquet as pq

_LONGEST_HEADER = 2**20
_DATA_PAGE, _DICTIONARY_PAGE, _DATA_PAGE_2 = 5, 7, 8
_ENCODING = {_DATA_PAGE: 2, _DICTIONARY_PAGE: 2, _DATA_PAGE_2: 4}
_DEEPEST = 8


@dataclass(frozen=True)
class Page:
    """A page: its bytes once unpacked, its values (0 of a dictionary), and the number of its encoding."""

    unpacked: int
    values: int
    encoding: int


def pages_of(file: IO[bytes], chunk: "pq.ColumnChunkMetaData") -> Iterator[Page]:
    """Yield the pages of a column chunk.

    Raises:
        ValueError: a header is damaged, or states less than nothing.
    """
    place = chunk.data_page_offset
    if chunk.dictionary_page_offset:
        place = min(place, chunk.dictionary_page_offset)
    end, values = place + chunk.total_compressed_size, 0
    while place < end and values < chunk.num_values:
        file.seek(place)
        header = _Header(file.read(min(_LONGEST_HEADER, 4_096)))
        try:
            fields = header.read_structure()
        except IndexError:
            file.seek(place)
            header = _Header(file.read(_LONGEST_HEADER))
            fields = _whole(header)
        found = next((each for each in _ENCODING if isinstance(fields.get(each), dict)), None)
        about = fields[found] if found else {}
        numbers = [fields.get(2), fields.get(3), about.get(1, 0), about.get(_ENCODING[found], 0) if found else 0]
        if not all(isinstance(each, int) and each >= 0 for each in numbers):
            raise ValueError("a page's header is damaged")
        unpacked, packed, count, encoding = numbers
        count = 0 if found == _DICTIONARY_PAGE else count
        yield Page(unpacked, count, encoding)
        values += count
        place += header.place + packed


def _whole(header: "_Header") -> dict[int, Any]:
    try:
        return header.read_structure()
    except IndexError:
        raise ValueError("a page's header is cut off") from None


class _Header:
    """A structure in Thrift's compact protocol: field → number or structure; what else it has is skipped."""

    def __init__(self, content: bytes) -> None:
        self._content = content
        self.place = 0

    def read_structure(self, depth: int = 0) -> dict[int, Any]:
        if depth > _DEEPEST:
            raise ValueError("a page's header is damaged")
        fields: dict[int, Any] = {}
        number = 0
        while (head := self._byte()) != 0:
            number = number + (head >> 4) if head >> 4 else self._number()
            fields[number] = self._value(head & 15, depth)
        return fields

    def _value(self, kind: int, depth: int) -> Any:
        if kind in (1, 2):
            return kind == 1
        if kind in (3, 4, 5, 6):
            return self._byte() if kind == 3 else self._number()
        if kind == 12:
            return self.read_structure(depth + 1)
        self._skip(kind, depth)
        return None

    def _skip(self, kind: int, depth: int) -> None:
        """Skip a decimal number, bytes or a list."""
        if kind == 7:
            self.place += struct.calcsize("d")
        elif kind == 8:
            length = self._unsigned()
            self.place += length
        elif kind in (9, 10):
            head = self._byte()
            for _ in range(self._unsigned() if head >> 4 == 15 else head >> 4):
                self._value(head & 15, depth + 1)
        else:
            raise ValueError("a page's header is damaged")

    def _byte(self) -> int:
        """Return the next byte; raises ``IndexError`` where there is none."""
        self.place += 1
        return self._content[self.place - 1]

    def _unsigned(self) -> int:
        found = shift = 0
        while True:
            each = self._byte()
            found |= (each & 127) << shift
            if each < 128:
                return found
            shift += 7
            if shift > 63:
                raise ValueError("a page's header is damaged")

    def _number(self) -> int:
        found = self._unsigned()
        return (found >> 1) ^ -(found & 1)
