"""Files as other people hold them: each is read with every column in its place, or refused with what to do."""

import bz2
import gzip
import io
import json
import lzma
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pytest

from outcross.resources.sources import Files

TABLE = pl.DataFrame({"age": [31, 45, 28], "city": ["Köln", "Ulm", "Bern"]})
ROWS = {"age": [31, 45, 28], "city": ["Köln", "Ulm", "Bern"]}
CSV = "age,city\n31,Köln\n45,Ulm\n28,Bern\n"
LINES = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in TABLE.to_dicts())


@dataclass(frozen=True)
class Held:
    """A file, or several, and what is read from them: columns with their values, and parts of notes."""

    name: str
    files: dict[str, bytes]
    reads: dict[str, list[Any]] = field(default_factory=lambda: ROWS)
    path: str | list[str] = ""
    settings: dict[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def text(name: str, content: str, encoding: str = "utf-8", **more: Any) -> Held:
    return Held(f"{name} {encoding}", {name: content.encode(encoding)}, **more)


def zipped(**members: str) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for member, content in members.items():
            archive.writestr(member, content)
    return packed.getvalue()


def packed(codec: str, content: bytes) -> bytes:
    return bytes(pa.compress(content, codec=codec, asbytes=True))


def lz4(content: bytes) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.CompressedOutputStream(sink, "lz4") as stream:
        stream.write(content)
    return bytes(sink.getvalue())


def arrow(table: pl.DataFrame, *, stream: bool = False, compression: str | None = None) -> bytes:
    sink, rows = pa.BufferOutputStream(), table.to_arrow()
    new = pa.ipc.new_stream if stream else pa.ipc.new_file
    with new(sink, rows.schema, options=pa.ipc.IpcWriteOptions(compression=compression)) as writer:
        writer.write_table(rows)
    return bytes(sink.getvalue())


def parquet(table: pl.DataFrame) -> bytes:
    return written(table.write_parquet)


def written(write: Callable[[io.BytesIO], object]) -> bytes:
    content = io.BytesIO()
    write(content)
    return content.getvalue()


PARQUET = parquet(TABLE)
SEPARATED = CSV.replace(",", ";")
STATE = json.dumps({"_data_files": [{"filename": "data-0.arrow"}, {"filename": "data-1.arrow"}]}).encode()
SAVED = {
    "hf/data-0.arrow": arrow(TABLE[:1], stream=True),
    "hf/data-1.arrow": arrow(TABLE[1:], stream=True),
    "hf/state.json": STATE,
    "hf/dataset_info.json": b"{}",
}
HIVE = {
    f"data/year={year}/place={place}/part.parquet": parquet(TABLE[row : row + 1])
    for row, (year, place) in enumerate([(2024, "north"), (2025, "a%2Fb"), (2026, "__HIVE_DEFAULT_PARTITION__")])
}
PARTITIONED = {**ROWS, "year": [2024, 2025, 2026], "place": ["north", "a/b", None]}
ADULT = "39, State-gov, 13, <=50K\n50, Private, 13, >50K\n38, State-gov, 9, <=50K\n" * 3
FIELDS = ["age", "work", "years", "income"]

READ = [
    # separators
    text("semicolon.csv", SEPARATED, notes=("';' separates",)),
    text("pipe.csv", CSV.replace(",", "|"), notes=("'|' separates",)),
    text("tab.csv", CSV.replace(",", "\t"), notes=("'\\t' separates",)),
    text("comma.tsv", CSV, notes=("',' separates",)),
    text("sep.csv", "sep=;\n" + SEPARATED, notes=("declares the separator ';'",)),
    text("quoted-sep.csv", '"sep=|"\r\n' + CSV.replace(",", "|").replace("\n", "\r\n")),
    text("decimals.csv", "a;b\n1,5;x\n2,5;y\n", reads={"a": [1.5, 2.5], "b": ["x", "y"]}),
    text("quoted.csv", 'a;b\n"x;1";2\n"y;2";3\n', reads={"a": ["x;1", "y;2"], "b": [2, 3]}),
    text("quoted-lines.csv", '"a;b"\n"1;2"\n"3;4"\n', reads={"a;b": ["1;2", "3;4"]}, notes=("is read as one column",)),
    text("one-column.csv", "note\nfirst; with a mark\nsecond\n", reads={"note": ["first; with a mark", "second"]}),
    text("escaped.tab", CSV.replace(",", "\t")),
    # the header, and what is above it
    text("adult.data", ADULT, reads={"age": [39, 50, 38] * 3, "work": ["State-gov", "Private", "State-gov"] * 3,
         "years": [13, 13, 9] * 3, "income": ["<=50K", ">50K", "<=50K"] * 3},
         settings={"format": "csv", "header": False, "names": FIELDS}),
    text("made-names.csv", "1,x\n2,y\n", reads={"column_1": [1, 2], "column_2": ["x", "y"]}, settings={"header": False},
         notes=("column_1 to column_2",)),
    text("other-names.csv", CSV, reads={"years": [31, 45, 28], "town": ROWS["city"]},
         settings={"names": ["years", "town"]}),
    text("twins.csv", "a,a\n1,x\n2,y\n", reads={"a": [1, 2], "b": ["x", "y"]}, settings={"names": ["a", "b"]}),
    text("preamble.csv", "# made by a tool\n# on a day, early\n" + CSV, settings={"skip_rows": 2}),
    text("title.csv", "Sales of March;;\n\n" + SEPARATED, settings={"skip_rows": 2}),
    text("pixels.csv", "0,1,2\n3,4,0\n1,2,5\n", reads={"0": [3, 1], "1": [4, 2], "2": [0, 5]}),
    text("years.csv", "2019,2020\n1,2\n3,4\n", reads={"2019": [1, 3], "2020": [2, 4]}),
    text("years-of-a-kind.csv", "2019,2021,kind\n1,2,a\n3,4,b\n5,6,a\n7,8,b\n9,0,a\n", reads={
         "2019": [1, 3, 5, 7, 9], "2021": [2, 4, 6, 8, 0], "kind": ["a", "b", "a", "b", "a"]}),
    text("stated.csv", "1,5\n3,4\n7,8\n", reads={"1": [3, 7], "5": [4, 8]}, settings={"header": True}),
    text("crlf.csv", CSV.replace("\n", "\r\n")),
    text("book.csv", f"a,b\n1,{'x' * 200_000}\n2,y\n", reads={"a": [1, 2], "b": ["x" * 200_000, "y"]}),
    text("mac.csv", CSV.replace("\n", "\r")),
    # encodings
    text("marked.csv", CSV, "utf-8-sig"),
    text("wide.csv", CSV, "utf-16"),
    text("wider.csv", CSV, "utf-32"),
    text("big-endian.csv", "\ufeff" + CSV, "utf-16-be"),
    text("western.csv", CSV, "latin-1", settings={"encoding": "latin-1"}),
    text("windows.csv", CSV.replace("Ulm", "€"), "cp1252", settings={"encoding": "cp1252"},
         reads={"age": [31, 45, 28], "city": ["Köln", "€", "Bern"]}),
    text("chinese.csv", "年,城\n1,北京\n2,上海\n", "gb18030", settings={"encoding": "gb18030"},
         reads={"年": [1, 2], "城": ["北京", "上海"]}),
    text("wide-unmarked.csv", CSV, "utf-16-le", settings={"encoding": "utf-16-le"}),
    text("wide.jsonl", LINES, "utf-16"),
    # containers
    Held("gzip", {"a.csv.gz": gzip.compress(CSV.encode())}),
    Held("two gzips in one", {"a.csv.gz": gzip.compress(CSV[:17].encode()) + gzip.compress(CSV[17:].encode())}),
    Held("zstd", {"a.jsonl.zst": packed("zstd", LINES.encode())}),
    Held("two zstds in one", {"a.csv.zst": packed("zstd", CSV[:17].encode()) + packed("zstd", CSV[17:].encode())}),
    Held("bzip2", {"a.csv.bz2": bz2.compress(CSV.encode())}),
    Held("xz", {"a.csv.xz": lzma.compress(CSV.encode())}),
    Held("lz4", {"a.csv.lz4": lz4(CSV.encode())}),
    Held("zip", {"a.csv.zip": zipped(**{"inner.csv": CSV})}),
    Held("zip named by its member", {"a.zip": zipped(**{"__MACOSX/._b": "", "b.jsonl": LINES})}),
    Held("gzip without its extension", {"a.csv": gzip.compress(CSV.encode())}),
    Held("parquet in gzip", {"a.parquet.gz": gzip.compress(PARQUET)}),
    Held("arrow in zstd", {"a.arrow.zst": packed("zstd", arrow(TABLE))}),
    # json
    text("array.json", json.dumps(TABLE.to_dicts())),
    text("array.jsonl", json.dumps(TABLE.to_dicts())),
    text("pretty.json", json.dumps(TABLE.to_dicts(), indent=2)),
    text("lines.json", LINES),
    text("over-lines.json", "\n".join(json.dumps(row, indent=1) for row in TABLE.to_dicts())),
    text("lacking.jsonl", '{"a": 1}\n{"b": "x", "a": 2}\n', reads={"a": [1, 2], "b": [None, "x"]}),
    text("nested.jsonl", '{"a": {"k": "é"}}\n{"a": {"k": "中"}}\n', reads={"a": ['{"k": "é"}', '{"k": "中"}']}),
    Held("a key that a shard lacks", {"a.jsonl": b'{"a": 1, "b": "x"}\n', "b.jsonl": b'{"a": 2, "c": "y"}\n'},
         {"a": [1, 2], "b": ["x", None], "c": [None, "y"]}, "*.jsonl", notes=("'b' is null in the rows of 'b.jsonl'",)),
    Held("a type of its own a shard", {"a.jsonl": b'{"a": 1}\n{"a": 2}', "b.jsonl": b'{"a": "x"}\n{"a": "y"}'},
         {"a": ["1", "2", "x", "y"]}, "*.jsonl", notes=("different types",)),
    # arrow and parquet
    Held("arrow file", {"a.arrow": arrow(TABLE)}),
    Held("arrow stream", {"a.arrow": arrow(TABLE, stream=True)}),
    Held("arrow file of polars", {"a.ipc": written(TABLE.write_ipc)}),
    Held("feather", {"a.feather": arrow(TABLE, compression="lz4")}),
    Held("packed stream", {"a.arrows": arrow(TABLE, stream=True, compression="zstd")}),
    Held("saved to disk", SAVED, path="hf"),
    Held("a split saved to disk", {f"ds/train/{name[3:]}": content for name, content in SAVED.items()}
         | {"ds/dataset_dict.json": b'{"splits": ["train"]}'}, path="ds/train"),
    Held("parquet without an extension", {"part-0": PARQUET}),
    Held("a column that a shard lacks", {"a.parquet": PARQUET, "b.parquet": parquet(TABLE.select("age"))},
         {"age": [31, 45, 28] * 2, "city": [*ROWS["city"], None, None, None]}, "*.parquet", notes=("which lack it",)),
    # folders
    Held("folder", {"data/b.csv": CSV[:17].encode(), "data/c.csv": (CSV[:9] + CSV[17:]).encode(),
         "data/.DS_Store": b"x", "data/_SUCCESS": b""}, path="data"),
    Held("partitions", HIVE, PARTITIONED, "data", notes=("'year' is read from the names of folders",)),
    Held("partitions by glob", HIVE, PARTITIONED, "data/*/*/*.parquet"),
    Held("partitions by folders", HIVE, PARTITIONED, "data/y*"),
]  # fmt: skip


@pytest.mark.parametrize("held", READ, ids=lambda held: held.name)
def test_a_file_is_read_with_every_column_and_value(held: Held, tmp_path: Path) -> None:
    write(held, tmp_path)
    data = load(held, tmp_path)
    assert data.rows.to_dict(as_series=False) == held.reads
    for note in held.notes:
        assert any(note in each for each in data.notes), data.notes


def write(held: Held, folder: Path) -> None:
    for name, content in held.files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)


def load(held: Held, folder: Path) -> Any:
    settings = {"path": held.path or next(iter(held.files)), **held.settings}
    return Files.model_validate(settings, context={"base": folder}).load()
