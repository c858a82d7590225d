"""Compressed files are unpacked up to a limit, and no further."""

import bz2
import gzip
import lzma
import tracemalloc

import pytest

from outcross.resources.errors import BadInput
from outcross.resources.sources.containers import unpack
from tests.resources.test_files_of_others import lz4, packed, zipped

ZEROS = bytes(2**24)
PACKED = {
    "gzip": gzip.compress(ZEROS, 1),
    "bzip2": bz2.compress(ZEROS, 1),
    "xz": lzma.compress(ZEROS, preset=0),
    "zstd": packed("zstd", ZEROS),
    "lz4": lz4(ZEROS),
    "zip": zipped(a=ZEROS.decode()),
}


@pytest.mark.parametrize("codec", PACKED)
def test_a_container_is_unpacked_to_its_last_byte_or_refused_before_the_limit_is_passed(codec: str) -> None:
    assert unpack(PACKED[codec], name="a", most=len(ZEROS)) == ZEROS
    with pytest.raises(BadInput, match="holds more than 16,777,215 bytes; split it"):
        unpack(PACKED[codec], name="a", most=len(ZEROS) - 1)
    tracemalloc.start()
    with pytest.raises(BadInput, match="holds more than 100,000 bytes"):
        unpack(PACKED[codec], name="a", most=100_000)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < len(ZEROS) // 4


@pytest.mark.parametrize("codec", PACKED)
def test_a_container_that_was_cut_off_is_refused(codec: str) -> None:
    with pytest.raises(BadInput, match=f"not whole {codec} .*; compress or copy it again"):
        unpack(PACKED[codec][:-20], name="a")
