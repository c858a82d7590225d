"""What became of columns is told before anything runs: on the terminal, in the store, by refusals."""

from pathlib import Path
from typing import Any

import polars as pl
import pytest
import yaml

from outcross.assets.anchor.make import load_study_rows, make_anchor
from outcross.assets.artefacts import Artefacts
from outcross.jobs.automation.restudy import measure_growth
from outcross.jobs.cli.find_corpus import open_corpus
from outcross.jobs.cli.study import _check_before_running
from outcross.jobs.cli.told_columns import notes_on_files, print_told
from outcross.jobs.files.corpus_files import CORPORA
from outcross.jobs.files.study_files import load_study
from outcross.resources.errors import BadInput
from outcross.resources.store import Store
from tests.jobs.workplace import SMALL

WORDS = ["again", "box", "late", "nice", "quick", "staff", "wrong", "refund", "parcel", "please"]
TABLE = {
    "price": [f"{place},5" for place in range(40)],
    "key": [f"k{place}" for place in range(40)],
    "kind": ["a", "b"] * 20,
}
TEXTS = [" ".join(WORDS[place * step % 10] for step in range(1, 9)) + f" {place}" for place in range(40)]
PRICE = (
    "column 'price': text read as numbers with a decimal comma: '0,5' is 0.5; "
    "'columns: {price: categorical}' keeps the text"
)


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OUTCROSS_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("COLUMNS", "400")


def write_study(folder: Path, table: dict[str, list[Any]], **changes: Any) -> Path:
    pl.DataFrame(table).write_csv(folder / "a.csv")
    path = folder / "small.yaml"
    path.write_text(yaml.safe_dump({**SMALL, "replicates": 2, "source": {"kind": "files", "path": "a.csv"}, **changes}))
    return path


def write_corpus(folder: Path, table: dict[str, list[Any]], **anchor: Any) -> Path:
    pl.DataFrame(table).write_csv(folder / "a.csv")
    source = {"kind": "files", "path": "a.csv", **anchor}
    path = folder / "mine.yaml"
    path.write_text(yaml.safe_dump({"corpus": "mine", "anchor": source, "bound": {"share": 0.3}}))
    return path


def test_a_study_says_what_became_of_its_columns_before_it_runs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    columns = _check_before_running(load_study(write_study(tmp_path, TABLE)), quiet=True)[0].columns
    print_told(columns)
    said = capsys.readouterr().err
    assert said.splitlines()[0] == PRICE
    assert "column 'key': differs in every row, as identifiers do: ignored; " in said
    assert len(said.splitlines()) == 2
    assert [record.name for record in columns] == ["price", "key", "kind"]


def test_the_store_keeps_what_became_of_columns_for_the_report(tmp_path: Path) -> None:
    artefacts = Artefacts(load_study(write_study(tmp_path, TABLE)), Store(str(tmp_path / "data")))
    make_anchor(artefacts)
    assert [(record.name, record.role) for record in artefacts.columns] == [
        ("price", "numeric"),
        ("key", "ignore"),
        ("kind", "categorical"),
    ]


def test_a_corpus_says_so_once_and_is_known_by_name_from_then_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write_corpus(tmp_path, TABLE)
    open_corpus(str(path), str(tmp_path / "data"))
    assert PRICE in capsys.readouterr().err.splitlines()
    assert CORPORA.find("mine", tmp_path / "home") == path.resolve()
    opened = open_corpus("mine", str(tmp_path / "data"))
    assert capsys.readouterr().err == ""
    assert [record.name for record in opened.columns if record.told] == ["price", "key"]


def test_a_corpus_refuses_to_guess_a_column_with_content_away(tmp_path: Path) -> None:
    table = {**TABLE, "clip": [f"clips/{place}.wav" for place in range(40)]}
    path = write_corpus(tmp_path, table)
    with pytest.raises(BadInput, match=r"column 'clip': holds names of files.*'columns: \{clip: ignore\}'"):
        open_corpus(str(path), str(tmp_path / "data"))
    write_corpus(tmp_path, table, columns={"clip": "ignore"})
    assert open_corpus(str(path), str(tmp_path / "data")).schema.names == ["price", "kind"]


COMMENTED = {"stars": [place % 19 for place in range(40)], "review": [*TEXTS[1:], ""], "kind": ["a", "b"] * 20}


def test_a_generator_of_tables_does_without_a_column_of_comments_and_says_so(tmp_path: Path) -> None:
    """The row without a comment stays, and the settings that the line names do what it says."""
    study = load_study(write_study(tmp_path, COMMENTED))
    data, *_ = _check_before_running(study, quiet=True)
    rows = load_study_rows(study).rows
    assert (data.schema.names, rows.height) == (["stars", "kind"], 40)
    (line,) = [record.line for record in data.columns if record.told]
    assert line.startswith("column 'review': has 9 words a row: read as text, which a generator of tables does not")
    settings = [yaml.safe_load(part)["columns"] for part in line.split("'") if part.startswith("columns: ")]
    stated = {"kind": "files", "path": "a.csv", "columns": settings[0]}
    again = load_study_rows(load_study(write_study(tmp_path, COMMENTED, source=stated)))
    assert again.rows.equals(rows)
    stated["columns"], ngram = settings[1], {"kind": "ngram"}
    alone = load_study_rows(load_study(write_study(tmp_path, COMMENTED, source=stated, generator=ngram)))
    assert (alone.schema.names, alone.rows.height) == (["review"], 39)


def test_the_rows_of_such_a_study_are_counted_as_it_models_them(tmp_path: Path) -> None:
    study = load_study(write_study(tmp_path, COMMENTED))
    artefacts = Artefacts(study, Store(str(tmp_path / "data")))
    make_anchor(artefacts)
    growth = measure_growth(study, artefacts.store)
    assert growth is not None
    assert growth.rows_now == growth.rows_then == 40


def test_a_column_that_is_stated_to_be_text_is_refused_with_the_settings_that_help(tmp_path: Path) -> None:
    source = {"kind": "files", "path": "a.csv", "columns": {"review": "text"}}
    with pytest.raises(BadInput) as raised:
        _check_before_running(load_study(write_study(tmp_path, COMMENTED, source=source)), quiet=True)
    assert "column 'review' reads as text" in str(raised.value)
    for setting in ("columns: {review: ignore}", "columns: {stars: ignore, kind: ignore}"):
        assert f"'{setting}'" in str(raised.value)
    with pytest.raises(BadInput, match=r"not 'stars', 'kind'; set 'columns: \{stars: ignore, kind: ignore\}'"):
        _check_before_running(load_study(write_study(tmp_path, COMMENTED, generator={"kind": "ngram"})), quiet=True)


@pytest.mark.parametrize("kind", ["study", "corpus"])
def test_what_was_guessed_of_a_file_is_said_on_the_terminal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], kind: str
) -> None:
    path = write_study(tmp_path, TABLE) if kind == "study" else write_corpus(tmp_path, TABLE)
    pl.DataFrame(TABLE).write_csv(tmp_path / "a.csv", separator=";")
    if kind == "study":
        study = load_study(path)
        data, *_ = _check_before_running(study, quiet=True)
        print_told(data.columns, notes_on_files(study.source, data.notes, data.columns, data.schema))
    else:
        open_corpus(str(path), str(tmp_path / "data"))
    said = capsys.readouterr().err.splitlines()
    assert said[0] == "file 'a.csv': the header is one field with ',', so ';' separates fields"
    assert said[1] == PRICE and len(said) == 3


def test_keys_and_values_that_yaml_reads_as_its_own_are_the_text_of_the_file(tmp_path: Path) -> None:
    table = {"2019": [1, 2] * 20, "yes": ["x", "y"] * 20, "null": ["NULL", "a"] * 20, "1.50": [1, -999] * 20}
    path = write_study(tmp_path, table)
    source = """source:
  kind: files
  path: a.csv
  nan: null
  null_values: [null, -999]
  columns: {2019: categorical, yes: group, null: label, 1.50: numeric}
"""
    path.write_text(yaml.safe_dump({key: value for key, value in SMALL.items() if key != "source"}) + source)
    with pytest.raises(BadInput, match="20 rows have no label"):
        load_study(path).source.load()
    path.write_text(path.read_text().replace("null: label", "null: categorical"))
    data = load_study(path).source.load()
    assert [column.role.value for column in data.schema.columns] == ["categorical", "group", "categorical", "numeric"]
    assert data.rows.head(2).rows() == [("1", "x", None, 1), ("2", "y", "a", None)]
