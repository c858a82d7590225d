"""A batch's file becomes canonical rows, and every row that does not fit is kept with the reason."""

import gzip
import json
from pathlib import Path

import polars as pl
import pytest

from outcross.assets.corpus.corpus import Limits
from outcross.assets.corpus.intake.arrival import extension_of
from outcross.assets.corpus.intake.reading import read_batch
from outcross.resources.errors import BadInput
from outcross.resources.schema import Column, Role, Schema
from outcross.resources.sources.formats.contract import BadLine, ReadOptions, cut_into_blocks
from outcross.resources.sources.locate import SourceFile

SCHEMA = Schema(
    (
        Column(name="age", role=Role.NUMERIC, integer=True),
        Column(name="wage", role=Role.NUMERIC, nullable=True),
        Column(name="city", role=Role.CATEGORICAL),
    )
)
LIMITS = Limits()


def read(path: Path, *, limits: Limits = LIMITS, schema: Schema = SCHEMA) -> tuple[pl.DataFrame, pl.DataFrame]:
    chunks = list(read_batch(SourceFile(path.name, path), schema, limits))
    return pl.concat([chunk.rows for chunk in chunks]), pl.concat([chunk.misfits for chunk in chunks])


def written(path: Path, frame: pl.DataFrame) -> Path:
    match path.suffix:
        case ".parquet":
            frame.write_parquet(path)
        case ".csv":
            frame.write_csv(path)
        case _:
            frame.write_ndjson(path)
    return path


@pytest.mark.parametrize("suffix", [".parquet", ".csv", ".jsonl"])
def test_the_same_rows_come_out_of_every_format(tmp_path: Path, suffix: str) -> None:
    frame = pl.DataFrame({"city": ["Bern", "Ulm"], "age": [30, 40], "wage": [1.5, None], "note": ["x", "y"]})
    rows, misfits = read(written(tmp_path / f"batch{suffix}", frame))
    assert misfits.is_empty()
    assert rows.rows() == [(0, 30, 1.5, "Bern"), (1, 40, None, "Ulm")]
    assert rows.columns == ["position", *SCHEMA.names]


def test_a_row_that_does_not_fit_is_stored_unchanged_with_every_reason(tmp_path: Path) -> None:
    path = tmp_path / "batch.csv"
    path.write_text("age,wage,city\n30,1,Bern\nold,much,Ulm\n31.5,2,\n32,inf,Rom\n")
    rows, misfits = read(path)
    assert rows["position"].to_list() == [0]
    assert misfits["position"].to_list() == [1, 2, 3]
    assert json.loads(misfits["raw"][0]) == {"age": "old", "wage": "much", "city": "Ulm"}
    assert misfits["reasons"].to_list() == [
        [
            "schema: column 'age' holds 'old', which is no whole number",
            "schema: column 'wage' holds 'much', which is no number",
        ],
        [
            "schema: column 'age' holds '31.5', which is no whole number",
            "schema: column 'city' has no value, and the anchor's always has one",
        ],
        ["schema: column 'wage' holds 'inf', which is no number"],
    ]


def test_rows_in_are_rows_out_whatever_the_size(tmp_path: Path) -> None:
    count = 150_003
    frame = pl.DataFrame({"age": range(count), "wage": [1.0] * count, "city": ["Bern", None, "Ulm"] * (count // 3)})
    rows, misfits = read(written(tmp_path / "batch.parquet", frame))
    together = pl.concat([rows["position"], misfits["position"]]).sort()
    assert together.equals(pl.Series("position", range(count), dtype=pl.Int64))


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("batch.csv", b"", "is empty"),
        ("batch.csv", b"age,wage,city\n", "holds no rows"),
        ("batch.csv", b"age,wage\n1,2\n", "lacks the column 'city'"),
        ("batch.csv", b"age,wage,city\n1,2\n", "line 2: the line has 2 fields"),
        ("batch.csv", b"age,wage,city\n1,2,\xff\n", "not UTF-8"),
        ("batch.xls", b"age", "extension is none of"),
        ("batch.parquet", b"PAR1nothing", "cannot be read as Parquet"),
        ("batch.jsonl", b"[1]\n", "line 1: not an object"),
        ("batch.csv.gz", gzip.compress(b"a" * 5_000, mtime=0), "more than 4,096 bytes"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_by_name(tmp_path: Path, name: str, content: bytes, message: str) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(BadInput, match=message):
        read(path, limits=Limits(text_bytes=4_096))


def test_a_file_beyond_the_limits_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    frame = pl.DataFrame({"age": [1] * 100_000, "wage": [0.0] * 100_000, "city": ["Bern"] * 100_000})
    path = written(tmp_path / "batch.parquet", frame)
    assert path.stat().st_size < 10_000
    with pytest.raises(BadInput, match=r"states 100,000 rows but 99,999 are allowed"):
        read(path, limits=Limits(rows=99_999))
    with pytest.raises(BadInput, match=r"bytes or more, and 1,000 are allowed"):
        read(path, limits=Limits(unpacked_bytes=1_000))


def test_provenance_in_columns_belongs_to_its_row(tmp_path: Path) -> None:
    frame = pl.DataFrame(
        {
            "age": [1, 2, 3],
            "wage": [1.0] * 3,
            "city": ["Bern"] * 3,
            "provenance_origin": ["real", "synthetic", "made up"],
        }
    )
    rows, misfits = read(written(tmp_path / "batch.parquet", frame))
    assert rows["origin"].to_list() == ["real", "synthetic"]
    assert misfits["reasons"].to_list() == [["provenance: column 'provenance_origin' holds what is no origin"]]


PACKED = {
    "a.csv.gz": ".csv.gz", "A.CSV.ZST": ".csv.zst", "a.jsonl.xz": ".jsonl.xz", "a.zip": ".zip", "a.csv.zip": ".csv.zip",
    "a.parquet": ".parquet", "a.exe": "", "a.gz": "", "a": "", ".csv": ".csv",
}  # fmt: skip


@pytest.mark.parametrize("name", PACKED)
def test_the_copy_of_a_batch_keeps_the_extensions_that_tell_its_format(name: str) -> None:
    assert extension_of(name) == PACKED[name]


def test_a_batch_is_read_with_the_options_of_its_anchor_where_it_has_its_format(tmp_path: Path) -> None:
    path = tmp_path / "batch.csv"
    path.write_bytes("30|1,5|Zürich\n".encode("latin-1"))
    options = ReadOptions(separator="|", header=False, names=("age", "wage", "city"), encoding="latin-1", format="csv")
    schema = Schema((SCHEMA.columns[0], Column(name="wage", role=Role.CATEGORICAL), SCHEMA.columns[2]))
    (chunk,) = read_batch(SourceFile(path.name, path), schema, LIMITS, options)
    assert chunk.rows.rows() == [(0, 30, "1,5", "Zürich")]
    lines = tmp_path / "batch.jsonl"
    lines.write_text('{"age": 30, "wage": "1,5", "city": "Zürich"}', encoding="utf-8")
    (chunk,) = read_batch(SourceFile(lines.name, lines), schema, LIMITS, options)
    assert chunk.rows.rows() == [(0, 30, "1,5", "Zürich")]


def test_bad_lines_keep_their_places_between_the_rows_of_blocks() -> None:
    rows = pl.DataFrame({"a": range(5)})
    bad = [BadLine(place=place, line=place + 1, text="", fault="") for place in (0, 3, 4, 7)]
    blocks = list(cut_into_blocks(rows, bad, 2))
    places, first = [], 0
    for block in blocks:
        places += [*(block.places() + first), *(line.place + first for line in block.bad)]
        first += block.height
    assert sorted(places) == list(range(9))
    assert [block.rows.height for block in blocks] == [2, 2, 1]
    assert [line.place + sum(each.height for each in blocks[:number]) for number, block in enumerate(blocks)
            for line in block.bad] == [0, 3, 4, 7]  # fmt: skip
