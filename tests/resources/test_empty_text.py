"""An empty text is a value, and a missing one is none: in the files of a source, and in the batches of a corpus."""

from pathlib import Path

import polars as pl
import pytest
import yaml

from outcross.assets.corpus.corpus import Limits
from outcross.assets.corpus.intake.reading import read_batch
from outcross.resources.schema import Schema
from outcross.resources.sources.files import Files
from outcross.resources.sources.formats.delimited import read_delimited
from outcross.resources.sources.locate import locate

TABLE = pl.DataFrame(
    {"word": ["", "a", None, "b"] * 5, "always": ["x", "", "y", "z"] * 5, "number": [1.5, None, 2, 3] * 5}
)


def write(table: pl.DataFrame, path: Path, *, quote_all: bool = False) -> Path:
    if path.suffix == ".csv":
        table.write_csv(path, quote_style="always" if quote_all else "necessary")
    else:
        table.write_parquet(path) if path.suffix == ".parquet" else table.write_ndjson(path)
    return path


@pytest.mark.parametrize("suffix", [".csv", ".parquet", ".jsonl"])
def test_each_format_keeps_empty_texts_beside_missing_values(tmp_path: Path, suffix: str) -> None:
    data = Files(path=str(write(TABLE, tmp_path / f"a{suffix}"))).load()
    assert data.rows.equals(TABLE)
    assert [(column.blank, column.nullable) for column in data.schema.columns] == [
        (True, True),
        (True, False),
        (False, True),
    ]


def test_the_terminal_says_which_fields_are_missing_and_the_remedy_works(tmp_path: Path) -> None:
    path = str(write(TABLE, tmp_path / "a.csv"))
    line = next(record.line for record in Files(path=path).load().columns if record.name == "word")
    assert line.startswith(
        "column 'word': 5 quoted empty fields (\"\") are an empty text, a value of its own, and the 5 empty fields are "
        "missing values; "
    )
    settings = yaml.safe_load(line.split('"')[-2])
    assert Files(path=path, **settings).load().rows["word"].null_count() == 10


def test_where_every_field_is_quoted_an_empty_number_is_missing(tmp_path: Path) -> None:
    table = TABLE.select("number", day=pl.Series(["2024-01-01", None, "2024-02-01", None] * 5), sure=pl.lit("x"))
    path = write(table.cast(pl.String).fill_null(""), tmp_path / "a.csv", quote_all=True)
    data = Files(path=str(path)).load()
    assert data.rows["number"].equals(TABLE["number"])
    assert data.rows["day"].null_count() == 10
    assert [column.kind for column in data.schema.columns] == ["float", "date", "text"]
    assert not [record for record in data.columns if record.told]


@pytest.mark.parametrize(
    ("line", "values"),
    [
        ('"",1', ["", "1"]),
        (",1", [None, "1"]),
        ('"a,"",b",""', ['a,",b', ""]),
        ('5" x,""', ['5" x', ""]),
        ('"""",""""""', ['"', '""']),
        ('" ",\ufdd0', [" ", "\ufdd0"]),
    ],
)
def test_only_a_field_of_two_quotes_is_an_empty_text(line: str, values: list[str | None]) -> None:
    rows, _ = read_delimited(f'a,b\n"",""\n{line}\n', name="a.csv")
    assert rows.row(1) == tuple(values)


@pytest.mark.parametrize("anchor", [".csv", ".parquet"])
@pytest.mark.parametrize("batch", [".csv", ".parquet", ".jsonl"])
def test_a_batch_of_any_format_has_the_values_of_its_anchor(tmp_path: Path, anchor: str, batch: str) -> None:
    schema = Files(path=str(write(TABLE, tmp_path / f"a{anchor}"))).load().schema
    assert read_whole(write(TABLE, tmp_path / f"b{batch}"), schema).equals(TABLE)


def test_a_program_that_writes_no_quotes_is_understood_where_no_value_is_missing(tmp_path: Path) -> None:
    schema = Files(path=str(write(TABLE, tmp_path / "a.parquet"))).load().schema
    TABLE.to_pandas().to_csv(tmp_path / "b.csv", index=False)
    assert read_whole(tmp_path / "b.csv", schema)["always"].equals(TABLE["always"])


def test_where_the_anchor_has_no_empty_text_a_quoted_field_is_missing_as_it_was_before(tmp_path: Path) -> None:
    anchor = TABLE.with_columns(pl.col("word").replace("", "c"), pl.col("always").replace("", "c"))
    schema = Files(path=str(write(anchor, tmp_path / "a.csv"))).load().schema
    assert not any(column.blank for column in schema.columns)
    assert read_whole(write(TABLE.filter(always="x"), tmp_path / "b.csv"), schema)["word"].to_list() == [None] * 5


def read_whole(path: Path, schema: Schema) -> pl.DataFrame:
    (file,) = locate([path.name], base=path.parent)
    chunks = list(read_batch(file, schema, Limits()))
    assert not [reason for chunk in chunks for reason in chunk.misfits["reasons"].to_list()]
    return pl.concat([chunk.rows for chunk in chunks]).select(schema.names)
