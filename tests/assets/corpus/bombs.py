"""Small files that unpack to far more, read in a process whose memory is limited; run as a program it prints outcomes.

Each is refused, or read within the limit: nothing else is printed.
"""

import bz2
import gzip
import io
import json
import lzma
import os
import resource
import struct
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

BASE_BYTES, TIMES_TEXT = 768 * 2**20, 32
"""Memory of one intake: so much, and so many times the ``text_bytes`` of its limits. ``docs/files.md`` states it."""
MIB = 2**20
ONE_THREAD = dict.fromkeys(("POLARS_MAX_THREADS", "OMP_NUM_THREADS", "ARROW_IO_THREADS", "MALLOC_ARENA_MAX"), "1")
"""A thread reserves address space that it does not use, which the limit would count."""


def write_bombs(folder: Path, scale: int) -> Iterator[Path]:
    """Write the files, which unpack to some hundred megabytes each, times the scale; above 1, those that take long."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.parquet as pq

    def parquet(name: str, table: pa.Table, **options: Any) -> None:
        pq.write_table(table, folder / name, compression="zstd", store_schema=False, **options)

    keys, columns, rows, long = 8_000 * scale, 40_000 * scale, 32_768, 4_700 * scale
    zeros = b"0" * (5 * MIB * scale)
    text = b"a,b\n1," + zeros
    contents = {
        "keys.jsonl": "".join(f'{{"k{i}":1}}\n' for i in range(keys)).encode(),
        "columns.csv": (",".join(f"c{i}" for i in range(columns)) + "\n" + ",".join("1" * columns) + "\n").encode(),
        "bad.jsonl": b"a\n" * (MIB * scale),
        "short.csv": b"a,b\n" + b"1\n" * (MIB * scale),
        "lines.jsonl": b'{"a":1}\n' + b"\n" * (MIB * scale),
        "nested.jsonl": b'{"a":' + b"[" * (MIB * scale) + b"]" * (MIB * scale) + b"}\n",
        "lists.jsonl": b'{"a":[' + b"[]," * (MIB // 2 * scale) + b"[]]}\n",
        "a.csv.gz": gzip.compress(text),
        "d.csv.zst": bytes(pa.compress(text, codec="zstd", asbytes=True)),
        "e.csv.zip": _zipped("e.csv", text),
        "f.npz": _zipped("x.npy", _array((2**33,), b"")),
        "g.npy": _array((2**33,), b""),
        "h.npz": _zipped("x.npy", _array((len(zeros),), zeros)),
    }
    if scale > 1:
        contents |= {"b.csv.bz2": bz2.compress(text), "c.csv.xz": lzma.compress(text)}
    for name, content in contents.items():
        (folder / name).write_bytes(content)
    once = pa.array([0] * rows, pa.int32())
    parquet("dictionary.parquet", pa.table({"a": pa.DictionaryArray.from_arrays(once, pa.array(["x" * long]))}))
    if scale > 1:
        deltas = {"use_dictionary": False, "column_encoding": "DELTA_BYTE_ARRAY"}
        parquet("delta.parquet", pa.table({"a": ["x" * long] * rows}), **deltas)
        parquet("page.parquet", pa.table({"a": ["x" * (300 * MIB)]}), use_dictionary=False)
        parquet("columns.parquet", pa.table({f"c{i}": np.zeros(rows) for i in range(700 * scale)}))
        parquet("lists.parquet", pa.table({"a": [np.zeros(40 * MIB, dtype=np.int8)]}))
    runs = pa.table({"a": pa.RunEndEncodedArray.from_arrays([rows], ["x" * long])})
    with pa.ipc.new_file(folder / "runs.arrow", runs.schema) as file:
        file.write(runs)
    codes = pa.table({"a": pa.DictionaryArray.from_arrays(once, pa.array(["x" * long]))})
    with pa.ipc.new_file(folder / "codes.arrow", codes.schema) as file:
        file.write(codes)
    yield from sorted(each for each in folder.iterdir() if each.is_file())


def _zipped(name: str, content: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return packed.getvalue()


def _array(shape: tuple[int, ...], content: bytes) -> bytes:
    """An array of bytes whose header states a shape, whatever follows."""
    header = f"{{'descr': '|u1', 'fortran_order': False, 'shape': {shape}, }}\n".encode()
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header + content


def read_limited(paths: list[Path], scale: int) -> dict[str, str]:
    """Read each file in one process with limited memory; return name → ``rows``, or what it was refused for."""
    ran = subprocess.run(
        [sys.executable, "-m", "tests.assets.corpus.bombs", str(scale), *map(str, paths)],
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
        env={**os.environ, **ONE_THREAD},
    )
    assert ran.returncode == 0, f"{ran.returncode}, after {len(ran.stdout)} characters: {ran.stderr[-2_000:]}"
    found: dict[str, str] = json.loads(ran.stdout)
    return found


def _main(paths: list[Path], scale: int) -> None:
    from outcross.assets.corpus.corpus import Limits
    from outcross.assets.corpus.intake.reading import count_file_rows
    from outcross.resources.errors import BadInput
    from outcross.resources.sources.formats.contract import DEFAULT_OPTIONS
    from outcross.resources.sources.locate import SourceFile

    limits = Limits(bytes=64 * MIB, text_bytes=2 * scale * MIB, unpacked_bytes=128 * MIB, rows=4 * MIB)
    read: Callable[[Path], int] = lambda path: count_file_rows(  # noqa: E731
        SourceFile(path.name, path), limits, DEFAULT_OPTIONS
    )
    for path in paths[:3]:  # what is imported and started once is no memory of the files
        assert read(path) == 2
    found = {}
    for path in paths[3:]:
        most = _address_space() + BASE_BYTES + TIMES_TEXT * limits.text_bytes
        resource.setrlimit(resource.RLIMIT_AS, (most, resource.RLIM_INFINITY))
        try:
            found[path.name] = f"{read(path)} rows"
        except BadInput as error:
            found[path.name] = str(error)
    resource.setrlimit(resource.RLIMIT_AS, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    sys.stdout.write(json.dumps(found))


def _address_space() -> int:
    """Return the bytes that this process has reserved by now."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return 1024 * next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmSize"))


if __name__ == "__main__":
    from outcross.jobs.cli.leaving import run_and_leave  # as a command does: what libraries take apart is not asked

    run_and_leave(lambda: _main([Path(each) for each in sys.argv[2:]], int(sys.argv[1])))
