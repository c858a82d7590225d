"""Parquet files with false counts are refused without crashing the process; unusual but valid ones load."""

import io
import subprocess
import sys
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from outcross.resources.errors import BadInput
from outcross.resources.sources import Files

ROWS = 50
HEADER = bytes([0x2C, 0x15, 2 * ROWS])
"""Header of a data page in Thrift's compact protocol: a struct, whose first field is the number of values."""
FALSE_COUNTS = {"negative": 0x7F, "zero": 0x00, "too many": 0x7E}
LOAD = """
import sys
from outcross.resources.errors import BadInput
from outcross.resources.sources import Files
try:
    Files(path=sys.argv[1]).load()
except BadInput as error:
    print(error)
"""


def with_pages_of(count: int) -> bytes:
    buffer = io.BytesIO()
    pl.DataFrame({"a": range(ROWS), "b": [n / 2 for n in range(ROWS)]}).write_parquet(
        buffer, compression="uncompressed"
    )
    assert HEADER in buffer.getvalue()
    return buffer.getvalue().replace(HEADER, HEADER[:2] + bytes([count]))


def test_a_page_with_a_negative_count_does_not_end_the_process(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    path.write_bytes(with_pages_of(FALSE_COUNTS["negative"]))
    done = subprocess.run([sys.executable, "-c", LOAD, str(path)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "cannot be read as Parquet" in done.stdout
    assert "write or copy it again" in done.stdout


@pytest.mark.parametrize("count", FALSE_COUNTS)
def test_a_page_with_a_false_count_is_refused(tmp_path: Path, count: str) -> None:
    (tmp_path / "a.parquet").write_bytes(with_pages_of(FALSE_COUNTS[count]))
    with pytest.raises(BadInput, match=r"'.*a\.parquet' cannot be read as Parquet"):
        Files(path=str(tmp_path / "a.parquet")).load()


@pytest.mark.parametrize("about", ["the file", "a column"])
def test_metadata_that_is_not_utf_8_does_not_make_a_valid_file_unreadable(tmp_path: Path, about: str) -> None:
    table = pa.table({"length": [1.5, 2.5, 4.0], "kind": ["x", "y", "x"]})
    if about == "the file":
        table = table.replace_schema_metadata({b"unit": "µm".encode("latin-1")})
    else:
        measured = table.schema.field("length").with_metadata({b"unit": "µm".encode("latin-1")})
        table = pa.Table.from_arrays(table.columns, schema=pa.schema([measured, table.schema.field("kind")]))
    pq.write_table(table, tmp_path / "a.parquet")
    rows = Files(path=str(tmp_path / "a.parquet")).load().rows
    assert rows.to_dict(as_series=False) == {"length": [1.5, 2.5, 4.0], "kind": ["x", "y", "x"]}
