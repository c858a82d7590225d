"""Files read by the columns of other rows: each value as its column says, and what does not fit is refused."""

from pathlib import Path
from typing import Any

import polars as pl
import pytest

from outcross.resources.errors import BadInput
from outcross.resources.schema import Column, Role, Schema
from outcross.resources.sources.files import Files
from outcross.resources.sources.read_as import read_as

SCHEMA = Schema(
    (
        Column(name="age", role=Role.NUMERIC, integer=True, kind="whole"),
        Column(name="pay", role=Role.NUMERIC, nullable=True, kind="float", decimals=1),
        Column(name="since", role=Role.NUMERIC, integer=True, kind="date", unit="d"),
        Column(name="sold", role=Role.LABEL, kind="text"),
    )
)
HEADER = "age,pay,since,sold"
ROW = "30,1.25,1970-01-03,yes"


def read(folder: Path, text: str, name: str = "made.csv", **keys: Any) -> pl.DataFrame:
    (folder / name).write_text(text)
    source = Files.model_validate({"kind": "files", "path": name, **keys}, context={"base": folder})
    return read_as(source, SCHEMA, what="pool").rows


def test_values_are_read_as_the_columns_say_and_others_are_dropped(tmp_path: Path) -> None:
    rows = read(tmp_path, f"sold,note,{HEADER.removesuffix(',sold')}\nyes,hm,30,1.25,1970-01-03\nno,,31,,1970-01-01\n")
    assert rows.to_dict(as_series=False) == {
        "age": [30, 31], "pay": [1.2, None], "since": [2, 0], "sold": ["yes", "no"],
    }  # fmt: skip


def test_json_lines_and_words_for_missing_values_are_read_too(tmp_path: Path) -> None:
    line = '{"age": 30, "pay": "none", "since": "1970-01-03", "sold": "yes"}'
    rows = read(tmp_path, line, "made.jsonl", null_values={"pay": ["none"]})
    assert rows.row(0) == (30, None, 2, "yes")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (f"{HEADER}\n", "rows"),
        (
            "age,pay,since\n30,1,1970-01-03\n",
            "lacks the column 'sold', the label, which the anchor has (it has 'age', ",
        ),
        ("years,pay,since\n30,1,1970-01-03\n", "lacks the columns 'age', 'sold', of which 'sold' is the label"),
        (f"{HEADER}\n{ROW}\n,1,1970-01-03,no\n", "column 'age': row 2 has no value, and the anchor's always has one"),
        (f"{HEADER}\nold,1,1970-01-03,no\nyoung,1,1970-01-03,no\n", "row 1 holds 'old', which is no"),
        (f"{HEADER}\nold,1,1970-01-03,no\nyoung,1,1970-01-03,no\n", "and 1 more rows do not fit; correct these rows"),
        (f'{HEADER}\n30,1,1970-01-03,""\n', "column 'sold': row 1 has no value"),
        (f"{HEADER}\n30,1,yesterday,no\n", "column 'since': row 1 holds 'yesterday', which is no date"),
    ],
)
def test_rows_that_do_not_fit_are_refused_with_the_place_and_the_remedy(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(BadInput) as refused:
        read(tmp_path, text)
    assert words in str(refused.value)
    assert "made.csv" in str(refused.value)


def test_conversations_are_rendered_by_the_template_and_kept_beside_the_text(tmp_path: Path) -> None:
    (tmp_path / "made.jsonl").write_text('{"prompt": "What is it?", "response": "A pool."}\n')
    keys = {"kind": "files", "path": "made.jsonl", "template": "prompt-response"}
    source = Files.model_validate(keys, context={"base": tmp_path})
    found = read_as(source, Schema((Column(name="text", role=Role.TEXT),)), what="pool")
    assert "What is it?" in found.rows["text"][0] and "A pool." in found.rows["text"][0]
    assert found.others.columns == ["prompt", "response"]
