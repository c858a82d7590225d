"""Files that cannot be used, each with what the error must say."""

import gzip
import io
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa


@dataclass(frozen=True)
class Broken:
    """One broken source: writes its files into a folder; ``says`` are parts that its message must have."""

    name: str
    write: Callable[[Path], None]
    says: tuple[str, ...]
    settings: dict[str, Any] = field(default_factory=lambda: {"path": "a.csv"})


def _bytes(name: str, content: bytes) -> Callable[[Path], None]:
    def write(folder: Path) -> None:
        (folder / name).write_bytes(content)

    return write


def _csv(text: str) -> Callable[[Path], None]:
    return _bytes("a.csv", text.encode())


def _parquet(**columns: Any) -> Callable[[Path], None]:
    def write(folder: Path) -> None:
        pl.DataFrame(columns).write_parquet(folder / "a.parquet")

    return write


def _twin_parquet(folder: Path) -> None:
    content = io.BytesIO()
    pl.DataFrame({"aaaa": [1, 2], "bbbb": [3, 4]}).write_parquet(content, statistics=False)
    (folder / "a.parquet").write_bytes(content.getvalue().replace(b"bbbb", b"aaaa"))


def _half_a_gzip(folder: Path) -> None:
    whole = gzip.compress("\n".join(["a,b", *(f"{n},{n * n}" for n in range(1000))]).encode())
    (folder / "a.csv.gz").write_bytes(whole[: len(whole) // 2])


def _half_a_parquet(folder: Path) -> None:
    content = io.BytesIO()
    pl.DataFrame({"a": range(1000)}).write_parquet(content)
    (folder / "a.parquet").write_bytes(content.getvalue()[:-40] + content.getvalue()[-12:])


def _two_files(folder: Path) -> None:
    (folder / "a.csv").write_text("a,b\n1,2\n3,4\n")
    (folder / "b.csv").write_text("a,c\n1,2\n3,4\n")


def _two_types(folder: Path) -> None:
    pl.DataFrame({"a": [1, 2]}).write_parquet(folder / "a.parquet")
    pl.DataFrame({"a": [[1], [2]]}).write_parquet(folder / "b.parquet")


def _nothing(folder: Path) -> None:
    assert folder.is_dir()


def _folder(folder: Path) -> None:
    (folder / "inner").mkdir()


def _mixed_folder(folder: Path) -> None:
    (folder / "inner").mkdir()
    (folder / "inner" / "a.csv").write_text(GOOD_CSV)
    (folder / "inner" / "b.jsonl").write_text('{"a": 1}')


def _lake(folder: Path) -> None:
    (folder / "inner" / "_delta_log").mkdir(parents=True)
    (folder / "inner" / "a.csv").write_text(GOOD_CSV)


def _saved(files: dict[str, bytes]) -> Callable[[Path], None]:
    def write(folder: Path) -> None:
        (folder / "inner").mkdir()
        state = {"state.json": b'{"_data_files": [{"filename": "a.arrow"}]}', "dataset_info.json": b"{}"}
        for name, content in (state | files).items():
            (folder / "inner" / name).write_bytes(content)

    return write


def _gzips(times: int) -> Callable[[Path], None]:
    content = GOOD_CSV.encode()
    for _ in range(times):
        content = gzip.compress(content)
    return _bytes("a.csv", content)


def _arrow_of_unions(folder: Path) -> None:
    values = pa.UnionArray.from_sparse(pa.array([0, 1], pa.int8()), [pa.array([1, 2]), pa.array(["x", "y"])])
    with pa.ipc.new_file(folder / "a.arrow", pa.schema([("a", values.type)])) as writer:
        writer.write_table(pa.table({"a": values}))


INNER = {"path": "inner"}
GOOD_CSV = "a,b\n1,x\n2,y\n"
NAN, INFINITY = float("nan"), float("inf")
PARQUET = {"path": "a.parquet"}
LINES = {"path": "a.jsonl"}
SENTENCES = [f"a sentence of more than eight words is a text number {n}" for n in range(4)]


def _as(columns: dict[str, Any], path: str = "a.csv", **more: Any) -> dict[str, Any]:
    return {"path": path, "columns": columns, **more}


BROKEN = [
    # where it is
    Broken("missing file", _nothing, ("a.csv", "does not exist", "correct the path")),
    Broken("glob without match", _nothing, ("*.csv", "matches no file"), {"path": "*.csv"}),
    Broken("name too long", _nothing, ("cannot be resolved", "too long"), {"path": "a" * 5000 + ".csv"}),
    Broken("unknown user", _nothing, ("cannot be resolved", "correct it"), {"path": "~nobody_at_all/a.csv"}),
    Broken("half an address", _nothing, ("cannot be resolved", "correct it"), {"path": "http://[::1/a.csv"}),
    Broken("empty folder", _folder, ("inner", "holds no file"), {"path": "inner"}),
    Broken("device", _nothing, ("/dev/null", "regular file"), {"path": "/dev/null"}),
    Broken("unknown extension", _bytes("a.xls", b"1"), ("a.xls", "'.xls'", "set 'format'"), {"path": "a.xls"}),
    Broken("unknown store", _nothing, ("gone://x/a.csv", "cannot be opened"), {"path": "gone://x/a.csv"}),
    Broken("nobody answers", _nothing, ("127.0.0.1:9", "check the address"), {"path": "http://127.0.0.1:9/a.csv"}),
    Broken("nothing in the store", _nothing, ("memory://", "cannot be opened"), {"path": "memory://no/a.csv"}),
    Broken("glob of the store", _nothing, ("memory://", "matches no file"), {"path": "memory://no/*.csv"}),
    Broken(
        "several formats in a folder", _mixed_folder, ("1 .csv, 1 .jsonl", "such as 'inner/a.csv'"), {"path": "inner"}
    ),
    Broken("table of a lake", _lake, ("inner", "Delta", "rows that were deleted"), {"path": "inner"}),
    Broken("damaged dataset", _saved({"state.json": b"{}"}), ("inner", "state.json", "'inner/*.arrow'"), INNER),
    Broken("dataset that lacks a file", _saved({}), ("inner", "lacks the file 'a.arrow'", "copy"), INNER),
    Broken("empty zip", _bytes("a.zip", b"PK\x05\x06" + bytes(18)), ("a.zip", "without a file"), {"path": "a.zip"}),
    Broken("half a zip", _bytes("a.zip", b"PK\x03\x04half"), ("a.zip", "not whole zip"), {"path": "a.zip"}),
    Broken(
        "half a zstd", _bytes("a.csv.zst", b"\x28\xb5\x2f\xfdhalf"), ("not whole zstd", "again"), {"path": "a.csv.zst"}
    ),
    Broken("packed too often", _gzips(5), ("a.csv", "more than 4 times"), {"path": "a.csv"}),
    Broken("binary of no known kind", _bytes("a.bin", b"\0\1\2"), ("a.bin", "'.bin'", "convert it"), {"path": "a.bin"}),
    Broken(
        "names for other columns",
        _csv(GOOD_CSV),
        ("has 2 columns, but 'names' has 1",),
        {"path": "a.csv", "names": ["q"]},
    ),
    Broken("all lines skipped", _csv(GOOD_CSV), ("no header", "'skip_rows'"), {"path": "a.csv", "skip_rows": 9}),
    Broken(
        "broken array",
        _bytes("a.json", b'[{"a": 1},\n{"a" 2}]'),
        ("a.json", "line 2", "in an array"),
        {"path": "a.json"},
    ),
    Broken("union of types", _arrow_of_unions, ("column 'a'", "cannot be read", "without it"), {"path": "a.arrow"}),
    # what the file is
    Broken("empty csv", _csv(""), ("a.csv", "is empty")),
    Broken("blank csv", _csv("\n\n"), ("a.csv", "no header")),
    Broken("empty parquet", _bytes("a.parquet", b""), ("a.parquet", "0 bytes"), PARQUET),
    Broken("empty lines", _bytes("a.jsonl", b"\n"), ("a.jsonl", "0 rows"), LINES),
    Broken("garbage parquet", _bytes("a.parquet", b"not parquet" * 9), ("a.parquet", "as Parquet"), PARQUET),
    Broken("parquet with a hole", _half_a_parquet, ("a.parquet", "as Parquet"), PARQUET),
    Broken("truncated gzip", _half_a_gzip, ("a.csv.gz", "not whole gzip"), {"path": "a.csv.gz"}),
    Broken("not utf-8", _bytes("a.csv", b"a,b\n1,2\n\xff,3\n"), ("a.csv", "line 3", "UTF-8")),
    Broken("utf-16 without a mark", _bytes("a.csv", GOOD_CSV.encode("utf-16-le")), ("a.csv", "line 1", "utf-16-le")),
    Broken("invalid json", _bytes("a.jsonl", b'{"a": 1}\n{"a": \n'), ("a.jsonl", "line 2"), LINES),
    Broken("json that is no object", _bytes("a.jsonl", b"[1]\n"), ("line 1", "not an object"), LINES),
    Broken("json nested too deep", _bytes("a.jsonl", b"[" * 200_000), ("a.jsonl", "line 1"), LINES),
    Broken("json key twice", _bytes("a.jsonl", b'{"a": 1, "a": 2}\n'), ("line 1", "twice"), LINES),
    Broken("half a surrogate", _bytes("a.jsonl", b'{"a": "\\ud800"}\n'), ("column 'a'", "surrogate"), LINES),
    Broken(
        "too little text", _bytes("a.txt", b"three words only"), ("a.txt", "3 tokens", "'block'"), {"path": "a.txt"}
    ),
    # its rows
    Broken("header only", _csv("a,b\n"), ("a.csv", "0 rows")),
    Broken("one row", _csv("a,b\n1,2\n"), ("a.csv", "1 rows", "at least 2")),
    Broken("short row", _csv("a,b\n1,2\n3\n"), ("a.csv", "line 3", "1 fields", "header has 2")),
    Broken("long row", _csv("a,b\n1,2\n\n3,4,5\n"), ("a.csv", "line 4", "3 fields")),
    Broken("open quotation", _csv('a,b\n1,"2\n3,4\n'), ("a.csv", "line 3", "quotation")),
    Broken("text after a quotation", _csv('a,b\n1,"2"x\n'), ("a.csv", "line 2", "quotation")),
    # its columns
    Broken("column twice in csv", _csv("a,b,a\n1,2,3\n4,5,6\n"), ("a.csv", "more than one column named 'a'")),
    Broken("column twice in parquet", _twin_parquet, ("a.parquet", "rename"), PARQUET),
    Broken("differing columns", _two_files, ("a.csv", "b.csv", "'b', 'c'"), {"path": ["a.csv", "b.csv"]}),
    Broken("differing types", _two_types, ("a.parquet", "different types"), {"path": "*.parquet"}),
    Broken("unknown column", _csv(GOOD_CSV), ("no column 'c'", "'a', 'b'"), _as({"c": "label"})),
    Broken("everything ignored", _csv(GOOD_CSV), ("every column is ignored",), _as({"a": "ignore", "b": "ignore"})),
    Broken("all null in csv", _csv("a,b\n1,\n2,\n"), ("column 'b'", "every value is missing", "'ignore'")),
    Broken("all null in parquet", _parquet(a=[1, 2], b=[None, None]), ("column 'b'", "missing"), PARQUET),
    Broken("words as numbers", _csv(GOOD_CSV), ("column 'b'", "row 1", "'x'", "not a number"), _as({"b": "numeric"})),
    Broken("nan", _parquet(a=[1.0, NAN]), ("column 'a'", "1 values are NaN", "nan: null"), PARQUET),
    Broken("infinity", _csv("a\n1\ninf\n"), ("column 'a'", "infinite", "nan: null")),
    Broken("nothing but nan", _parquet(a=[NAN, NAN]), ("column 'a'", "every value"), {**PARQUET, "nan": "null"}),
    Broken("nan as category", _parquet(a=[1.0, NAN]), ("column 'a'", "NaN"), _as({"a": "categorical"}, "a.parquet")),
    Broken("not whole", _csv("a\n1.5\n2\n"), ("column 'a'", "whole"), _as({"a": {"role": "numeric", "integer": True}})),
    Broken("null label", _csv("a,label\n1,x\n2,\n"), ("column 'label'", "1 rows have no label")),
    Broken("two labels", _csv("label,class\nx,y\nz,w\n"), ("2 columns of role 'label'", "'label', 'class'")),
    Broken("two texts", _parquet(a=SENTENCES, b=SENTENCES), ("2 columns of role 'text'",), PARQUET),
    Broken("two images", _parquet(a=[[1] * 9] * 2, b=[[1] * 9] * 2), ("2 columns of role 'image'",), PARQUET),
    Broken("structures", _parquet(a=[{"x": 1}, {"x": 2}]), ("column 'a'", "Struct", "'ignore'"), PARQUET),
    Broken("encoded pictures", _parquet(a=[b"\x89PNG", b"\x89PNG"]), ("column 'a'", "Binary"), PARQUET),
    Broken("numbers out of bytes", _parquet(a=[b"1", b"2"]), ("not numbers",), _as({"a": "numeric"}, "a.parquet")),
    Broken(
        "a million categories",
        _parquet(a=[f"v{n}" for n in range(1_000_000)]),
        ("column 'a'", "1,000,000 distinct", "at most 10,000"),
        _as({"a": "categorical"}, "a.parquet"),
    ),
    # its images
    Broken("unequal pictures", _parquet(image=[[1] * 4, [1] * 9]), ("'image'", "differ in size", "4 to 9"), PARQUET),
    Broken("missing picture", _parquet(image=[[1] * 4, None]), ("column 'image'", "1 images"), PARQUET),
    Broken("missing pixel", _parquet(image=[[1, 1, 1, None]] * 2), ("column 'image'", "2 pixels are missing"), PARQUET),
    Broken("no pixels", _parquet(image=pl.Series([[], []], dtype=pl.List(pl.Int64))), ("lists are empty",), PARQUET),
    Broken("words as pixels", _parquet(image=[["x"] * 4] * 2), ("column 'image'", "not images"), PARQUET),
    Broken("pixels between", _parquet(image=[[0.5] * 4] * 2), ("column 'image'", "whole numbers"), PARQUET),
    Broken("pixels too bright", _parquet(image=[[256] * 4] * 2), ("column 'image'", "256", "0..255"), PARQUET),
    Broken(
        "brighter than declared",
        _parquet(image=[[9] * 4] * 2),
        ("'levels: 4'",),
        _as({"image": {"role": "image", "levels": 4}}, "a.parquet"),
    ),
    Broken("not square", _parquet(image=[[1] * 6] * 2), ("6 pixels", "shape: [height, width]"), PARQUET),
    Broken(
        "wrong shape",
        _parquet(image=[[1] * 6] * 2),
        ("2 × 4",),
        _as({"image": {"role": "image", "shape": [2, 4]}}, "a.parquet"),
    ),
    Broken("image of words", _csv(GOOD_CSV), ("column 'b'", "does not exist"), _as({"b": "image"})),
    Broken("column of plain text", _bytes("a.txt", b"w " * 200), ("no column 'b'",), _as({"b": "label"}, "a.txt")),
]
