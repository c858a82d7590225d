"""Every remedy that a message of a source names is carried out as it is written there: then the file is read."""

import io
import pickle
import re
import sqlite3
import tempfile
import warnings
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pytest
import yaml

from outcross.resources.errors import BadInput
from outcross.resources.sources import Files
from outcross.resources.sources.foreign import FOREIGN
from tests.resources.test_files_of_others import SAVED, arrow

CSV = "age,city\n31,Köln\n45,Ulm\n28,Bern\n"
TABLE = pl.DataFrame({"age": [31, 45, 28], "city": ["Köln", "Ulm", "Bern"]})
ROWS = TABLE.to_dict(as_series=False)

Act = Callable[[str, Path], dict[str, Any]]
"""Carries out the remedy of a message in a folder; returns the settings that it changes."""


def set_keys(message: str, folder: Path) -> dict[str, Any]:
    """Set the keys that the message writes out, as YAML."""
    stated = message[message.index("set '") + 4 :]
    found = re.findall(r"'([a-z_]+: (?:\"[^\"]*\"|\[[^\]]*\]|[^']*))'", re.split(r", or |\(it then", stated)[0])
    assert found, message
    return {key: value for each in found for key, value in yaml.safe_load(each).items()}


def set_the_other_key(message: str, folder: Path) -> dict[str, Any]:
    """Set the key that the message names after ``or``."""
    (found,) = re.findall(r", or '([a-z_]+: [^']*)'", message)
    settings: dict[str, Any] = yaml.safe_load(found)
    return settings


def remove_encoding(message: str, folder: Path) -> dict[str, Any]:
    """Remove the key that the message says to remove."""
    assert "remove 'encoding'" in message
    return {"encoding": None}


def run_python(message: str, folder: Path) -> dict[str, Any]:
    """Run the line of Python that the message writes out, and name the Parquet file that it makes."""
    (line,) = re.findall(r'python -c "([^"]*)"', message)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of Feather 1, which is deprecated
        exec(line, {})
    (made,) = [*folder.glob("*.parquet"), *folder.glob("*-rows.json")]
    return {"path": made.name}


def name_path(message: str, folder: Path) -> dict[str, Any]:
    """Name the first path that the message proposes."""
    return {"path": re.findall(r"(?:such as|a list of them:) '([^']*)'", message)[0]}


def rename(message: str, folder: Path) -> dict[str, Any]:
    """Rename the file as the message says."""
    (ending,) = re.findall(r"to end in (\.\w+)", message)
    (old,) = (path for path in folder.iterdir() if path.is_file())
    return {"path": old.rename(folder / f"renamed{ending}").name}


def unzip(message: str, folder: Path) -> dict[str, Any]:
    """Unzip the file, and name what was in it."""
    assert "unzip it" in message
    (archive,) = folder.glob("*.zip")
    with zipfile.ZipFile(archive) as opened:
        opened.extractall(folder)
    return {"path": "b.csv"}


def correct_line(message: str, folder: Path) -> dict[str, Any]:
    """Correct the line that the message names: it becomes a copy of the one before."""
    (number,) = re.findall(r"line (\d+)", message)
    (path,) = folder.iterdir()
    lines = path.read_text().split("\n")
    lines[int(number) - 1] = lines[int(number) - 2].rstrip(",")
    path.write_text("\n".join(lines))
    return {}


def start_with_comma(message: str, folder: Path) -> dict[str, Any]:
    """Correct the line that the message names: it lacks a comma."""
    (number,) = re.findall(r"line (\d+)", message)
    (path,) = folder.iterdir()
    lines = path.read_text().split("\n")
    lines[int(number) - 1] = "," + lines[int(number) - 1]
    path.write_text("\n".join(lines))
    return {}


@dataclass(frozen=True)
class Remedied:
    """A file that is refused, what the message says, and what it says to do."""

    name: str
    content: bytes
    says: str
    act: Act
    settings: dict[str, Any] = field(default_factory=dict)
    reads: dict[str, list[Any]] = field(default_factory=lambda: ROWS)
    files: dict[str, bytes] = field(default_factory=dict)


def saved(write: Callable[[Path], object]) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        write(Path(folder) / "x")
        return (Path(folder) / "x").read_bytes()


def _sqlite(path: Path) -> None:
    with sqlite3.connect(path) as base:
        base.execute("create table people (age integer, city text)")
        base.executemany("insert into people values (?, ?)", TABLE.rows())


def _orc(path: Path) -> None:
    import pyarrow.orc

    pyarrow.orc.write_table(TABLE.to_arrow().cast(pa.schema({"age": pa.int64(), "city": pa.string()})), path)


def _feather_1(path: Path) -> None:
    import pyarrow.feather

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        plain = TABLE.to_arrow().cast(pa.schema({"age": pa.int64(), "city": pa.string()}))
        pyarrow.feather.write_feather(plain, str(path), version=1)


def _zip_of_two() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("b.csv", CSV)
        archive.writestr("c.csv", CSV)
    return packed.getvalue()


ADULT = "39,State-gov,13\n50,Private,13\n38,State-gov,9\n41,Private,9\n52,Private,13\n43,State-gov,9\n"
LIBSVM = "1 1:31 2:1\n0 1:45 2:0\n1 1:28 2:1\n"
ARFF = "@relation r\n@attribute age numeric\n@attribute city {Koeln,Ulm}\n@data\n31,Koeln\n45,Ulm\n"

REMEDIES = [
    # text
    Remedied("a.csv", CSV.encode("latin-1"), "not UTF-8", set_keys),
    Remedied("b.csv", CSV.encode("utf-16-le"), "every other byte is zero", set_keys),
    Remedied("c.csv", "a,b\n1,Здравствуйте\n2,да\n".encode("cp1251"), "'encoding: cp1251'", set_keys,
             reads={"a": [1, 2], "b": ["Здравствуйте", "да"]}),
    Remedied("d.csv", "年,城\n1,北京\n2,上海\n".encode("gb18030"), "'encoding: gb18030'", set_keys,
             reads={"年": [1, 2], "城": ["北京", "上海"]}),
    Remedied("e.csv", "a,b\n1,ありがとう\n2,日本です\n".encode("shift_jis"), "'encoding: shift_jis'", set_keys,
             reads={"a": [1, 2], "b": ["ありがとう", "日本です"]}),
    Remedied("f.csv", "a,b\n1,감사합니다\n2,한국\n".encode("euc_kr"), "'encoding: euc_kr'", set_keys,
             reads={"a": [1, 2], "b": ["감사합니다", "한국"]}),
    Remedied("g.csv", CSV.encode(), "not utf-16", remove_encoding, {"encoding": "utf-16"}),
    Remedied("h.txt", "Ein Wörterbuch hat Wörter und noch mehr Wörter".encode("latin-1"), "not UTF-8", set_keys,
             {"block": 2}, {"text": ["Ein Wörterbuch", "hat Wörter", "und noch", "mehr Wörter"]}),
    # delimited text
    Remedied("a.csv", f"# made by a tool\n# at noon, early\n{CSV}".encode(), "comment", set_keys),
    Remedied("b.csv", f"Title\nsecond line, with a comma\n\n{CSV}".encode(), "line 2: the line has 2 fields", set_keys),
    Remedied("c.csv", f"Sales of March\n{CSV.replace(',', ';')}".encode(), "is one field", set_keys),
    Remedied("i.csv", b"note\none;a\ntwo;b\n", "is one field", set_the_other_key, reads={"note": ["one;a", "two;b"]}),
    Remedied("d.csv", b"Price, EUR;Amount\n3;2\n4;5\n", "another separator", set_keys,
             reads={"Price, EUR": [3, 4], "Amount": [2, 5]}),
    Remedied("e.csv", ADULT.encode(), "looks like data", set_keys, reads={
        "column_1": [39, 50, 38, 41, 52, 43], "column_3": [13, 13, 9, 9, 13, 9],
        "column_2": ["State-gov", "Private", "State-gov", "Private", "Private", "State-gov"]}),
    Remedied("f.csv", b"7,1\n3,4\n5,6\n", "looks like data", set_the_other_key, reads={"7": [3, 5], "1": [4, 6]}),
    Remedied("g.csv", CSV.replace("45,Ulm", "45,Ulm,").encode(), "line 3: the line has 3 fields", correct_line,
             reads={"age": [31, 31, 28], "city": ["Köln", "Köln", "Bern"]}),
    Remedied("h.csv", CSV.replace("Ulm", '"Ulm"x').encode(), "line 3", correct_line,
             reads={"age": [31, 31, 28], "city": ["Köln", "Köln", "Bern"]}),
    Remedied("j.csv", b"a b\n1 x\n2 y\n", "every line is one field", set_keys, reads={"a": [1, 2], "b": ["x", "y"]}),
    Remedied("k.csv", b"a:b\n1:2\n3:4\n", "every line is one field", set_the_other_key,
             reads={"a:b": ["1:2", "3:4"]}),
    Remedied("l.csv", b"t,v,kind\n(s),(m/s),-\n" + b"1,2,a\n" * 6, "has units or further names", set_keys,
             reads={"t": [1] * 6, "v": [2] * 6, "kind": ["a"] * 6}),
    Remedied("m.csv", CSV.encode(), "is UTF-8 and not cp1252", remove_encoding, {"encoding": "cp1252"}),
    # json
    Remedied("d.json", b'{"a": {"0": 1, "1": 2}, "b": {"0": "x", "1": "y"}}', "an object a column", run_python,
             reads={"a": [1, 2], "b": ["x", "y"]}),
    Remedied("e.json", b'{"k": {"a": 1, "b": "x"}, "l": {"a": 2, "b": "y"}}', "2 objects under a key", run_python,
             reads={"key": ["k", "l"], "a": [1, 2], "b": ["x", "y"]}),
    Remedied("f.json", b'{"columns": ["a"], "index": [0, 1], "data": [[1], [2]]}', "in the order of 'columns'",
             run_python, reads={"a": [1, 2]}),
    Remedied("g.json", b'{"columns": ["a", "b"], "data": [[1, "x"], [2, "y"]]}', "'data' is a list of 2 lists",
             run_python, reads={"a": [1, 2], "b": ["x", "y"]}),
    Remedied("h.json", b'{"fields": [{"name": "a"}, {"name": "b"}], "rows": [[1, "x"], [2, "y"], [3, "z"]]}',
             "in the order of 'fields'", run_python, reads={"a": [1, 2, 3], "b": ["x", "y", "z"]}),
    Remedied("a.json", b'{"count": 2, "data": [{"a": 1}, {"a": 2}]}', "'data' is a list of 2 objects", run_python,
             reads={"a": [1, 2]}),
    Remedied("b.json", b'{"a": [1, 2], "b": ["x", "y"]}', "a list of 2 values a column", run_python,
             reads={"a": [1, 2], "b": ["x", "y"]}),
    Remedied("c.json", b'[{"a": 1},\n{"a": 2}\n{"a": 3}]', "line 3: Expecting ',' or ']'", start_with_comma,
             reads={"a": [1, 2, 3]}),
    # names, extensions and folders
    Remedied("a.dat", CSV.encode(), "set 'format'", set_keys),
    Remedied("e.md", b"One text.\n", "set 'format'", set_the_other_key, {"path": "*.md"}, {"text": ["One", "Two"]},
             {"e.md": b"One", "f.md": b"Two"}),
    Remedied("b.log", b'{"age": 1}\n{"age": 2}\n', "set 'format'", set_keys, reads={"age": [1, 2]}),
    Remedied("c.xls", CSV.replace(",", "\t").encode(), "set 'format'", set_keys),
    Remedied("d.parquet", CSV.encode(), "it holds text", set_keys),
    Remedied("e.parquet", CSV.encode(), "rename it", rename),
    Remedied("f.arrow", saved(TABLE.write_parquet), "Parquet", set_keys),
    Remedied("g.parquet", arrow(TABLE, stream=True), "Arrow", set_keys),
    Remedied("h.csv", arrow(TABLE), "is Arrow", set_keys),
    Remedied("i.csv", saved(TABLE.write_parquet), "rename it", rename),
    Remedied("j.zip", _zip_of_two(), "2 files ('b.csv', 'c.csv')", unzip),
    Remedied("k", CSV.encode(), "different formats (2 .csv, 1 .md", name_path, {"path": "k"}, ROWS,
             {"k/x/a.csv": CSV[:17].encode(), "k/b.csv": (CSV[:9] + CSV[17:]).encode(), "k/README.md": b"Data."}),
    Remedied("l", b"", "a folder of 2 datasets", name_path, {"path": "l"}, ROWS,
             {f"l/{split}/{name[3:]}": content for split in ("train", "test") for name, content in SAVED.items()}
             | {"l/dataset_dict.json": b'{"splits": ["train", "test"]}'}),
    # other formats
    Remedied("a.orc", saved(_orc), "is ORC", run_python),
    Remedied("b.avro", saved(TABLE.write_avro), "is Avro", run_python),
    Remedied("c.feather", saved(_feather_1), "is Feather of version 1", run_python),
    Remedied("d.db", saved(_sqlite), "is an SQLite database", run_python),
    Remedied("e.pkl", pickle.dumps(TABLE.to_pandas()), "is a pickle", run_python),
    Remedied("f.csv", saved(_sqlite), "is an SQLite database", run_python),
    Remedied("g.dta", saved(lambda path: TABLE.to_pandas().to_stata(path, write_index=False)), "is Stata", run_python),
    Remedied("h.libsvm", LIBSVM.encode(), "is libsvm", run_python, reads={
        "column_0": [31, 45, 28], "column_1": [1, 0, 1], "label": ["1", "0", "1"]}),
    Remedied("i.arff", ARFF.encode(), "is ARFF", run_python, reads={"age": [31, 45], "city": ["Koeln", "Ulm"]}),
]  # fmt: skip


@pytest.mark.parametrize("case", REMEDIES, ids=lambda case: f"{case.name}: {case.says}")
def test_a_remedy_is_carried_out_and_the_file_is_read(
    case: Remedied, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name, content in (case.files or {case.name: case.content}).items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(content)
    settings = {"path": case.name, **case.settings}
    with pytest.raises(BadInput) as refused:
        Files.model_validate(settings).load()
    assert case.says in str(refused.value)
    changed = settings | case.act(str(refused.value), tmp_path)
    rows = Files.model_validate(changed).load().rows
    found = {name: sorted(values, key=str) for name, values in rows.to_dict(as_series=False).items()}
    assert found == {name: sorted(values, key=str) for name, values in case.reads.items()}


@pytest.mark.parametrize("suffix", sorted(suffix for each in FOREIGN for suffix in each.suffixes))
def test_a_format_that_is_not_read_is_refused_by_its_name_with_a_remedy(suffix: str, tmp_path: Path) -> None:
    (tmp_path / f"a{suffix}").write_bytes(b"\x00\x01\x02")
    says = r"is .*which is not read; (convert|save|write|unpack|a pickle|download)"
    with pytest.raises(BadInput, match=says) as said:
        Files.model_validate({"path": f"a{suffix}"}, context={"base": tmp_path}).load()
    assert "'format'" not in str(said.value), "another format does not help"


def test_what_a_message_tells_people_to_run_holds_no_name_that_a_shell_would_run(tmp_path: Path) -> None:
    (tmp_path / "$(touch gone).orc").write_bytes(b"ORC")
    with pytest.raises(BadInput) as said:
        Files.model_validate({"path": "$(touch gone).orc"}, context={"base": tmp_path}).load()
    assert "gone" not in str(said.value).split("python -c")[1]
