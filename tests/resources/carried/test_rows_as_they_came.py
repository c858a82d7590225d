"""Rows as they came: what each format keeps of a row, and how rows of several sources become lines or one table."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from outcross.resources.carried.as_came import CONTENT, LINE, NAME, AsCame
from outcross.resources.carried.carried import Carried
from outcross.resources.carried.json_lines import to_lines
from outcross.resources.carried.tables import to_table
from outcross.resources.errors import BadInput
from outcross.resources.schema import Column, Role, Schema
from outcross.resources.sources.files import Files
from outcross.resources.sources.read_as_came import read_as_came

SCHEMA = Schema(
    (
        Column(name="x", role=Role.NUMERIC, kind="decimal", decimals=2, precision=9),
        Column(name="kind", role=Role.CATEGORICAL, nullable=True),
    )
)
ROWS = pl.DataFrame({"x": [1.5, 2.25], "kind": ["a", None]}, schema=SCHEMA.polars)


def source(folder: Path, path: str, **keys: Any) -> Files:
    return Files.model_validate({"kind": "files", "path": path, **keys}, context={"base": folder})


def came_of(folder: Path, path: str, content: str | bytes, **keys: Any) -> AsCame:
    (folder / path).write_bytes(content.encode() if isinstance(content, str) else content)
    found = read_as_came(source(folder, path, **keys))
    assert found is not None
    return found


def both(first: AsCame, second: AsCame, order: list[tuple[int, int]]) -> Carried:
    """Rows of two sources, as pairs of source and place."""
    part, place = np.array(order).T
    return Carried(parts=(first, second), part=part, place=place)


@pytest.mark.parametrize(
    ("content", "lines"),
    [
        ('{"a":1.50, "b":"é\\u00e9"}\n\n  {"a": 1e400}  \r\n', ['{"a":1.50, "b":"é\\u00e9"}', '  {"a": 1e400}  ']),
        ('[{"a": 1},\n {"a":\n  2}]', ['{"a": 1}', '{"a":   2}']),
        ('{\n "a": [1,\n 2]}\n{"a": 3}', ['{  "a": [1,  2]}', '{"a": 3}']),
    ],
)
def test_an_object_of_json_is_the_text_that_it_came_as_on_one_line(
    tmp_path: Path, content: str, lines: list[str]
) -> None:
    assert came_of(tmp_path, "a.jsonl", content).lines() == lines
    assert came_of(tmp_path, "a.jsonl", content, rows_limit=2).rows == 2


def test_a_field_of_csv_is_its_text_and_an_empty_one_is_no_empty_text(tmp_path: Path) -> None:
    came = came_of(tmp_path, "a.csv", 'x,kind\n1.50,NA\n007,""\n-,\n', null_values=["NA", "-"])
    assert came.table.to_pydict() == {"x": ["1.50", "007", "-"], "kind": ["NA", "", None]}


def test_image_files_are_their_bytes_and_a_text_that_is_cut_has_no_rows(tmp_path: Path) -> None:
    from PIL import Image

    for name in ("a", "b"):
        Image.new("L", (2, 2), ord(name)).save(tmp_path / f"{name}.png")
    came = read_as_came(source(tmp_path, "*.png"))
    assert came is not None and came.are_pictures
    assert came.table.to_pylist()[1] == {NAME: "b.png", CONTENT: (tmp_path / "b.png").read_bytes()}
    (tmp_path / "a.txt").write_text("one two three four " * 90)
    assert read_as_came(source(tmp_path, "a.txt")) is None


def test_every_type_of_arrow_survives_the_store_and_files_with_other_columns_are_put_together(tmp_path: Path) -> None:
    table = pa.table(
        {
            "day": pa.array([0, 1], pa.date32()),
            "big": pa.array([Decimal(1), None], pa.decimal256(50, 2)),
            "half": pa.array(np.array([1, 2], np.float16)),
            "span": pa.array([1, 2], pa.duration("s")),
            "vector": pa.array([[1.0, 2.0], None], pa.list_(pa.float32(), 2)),
            "word": pa.array(["a", None]).dictionary_encode(),
        },
        metadata={"pandas": "{}"},
    )
    again = AsCame.decode(AsCame(format="arrow", table=table).encode(), format="arrow")
    assert again.table.equals(table, check_metadata=True)
    assert again.encode() == AsCame(format="arrow", table=table.slice(0)).encode()
    folder = tmp_path / "year=2026"
    folder.mkdir()
    pq.write_table(pa.table({"x": [1]}), tmp_path / "a.parquet")
    pq.write_table(pa.table({"x": [2], "y": ["b"]}), folder / "b.parquet")
    came = read_as_came(source(tmp_path, "**/*.parquet"))
    assert came is not None
    assert came.table.to_pylist() == [{"x": 1, "y": None, "year": None}, {"x": 2, "y": "b", "year": "2026"}]
    pq.write_table(pa.table({"x": ["text"]}), tmp_path / "c.parquet")
    with pytest.raises(BadInput, match=r"have different types in one column .* convert them to one type"):
        read_as_came(source(tmp_path, "?.parquet"))


def lines_of(*lines: str) -> AsCame:
    return AsCame(format="jsonl", table=pa.table({LINE: list(lines)}))


def test_lines_of_other_formats_have_what_is_modelled_in_its_type_and_what_is_carried_beside_it() -> None:
    fields = AsCame(format="csv", table=pa.table({"note": ["007", None], "x": ["1.50", "2,25"], "kind": ["a", ""]}))
    typed = AsCame(format="parquet", table=pa.table({"x": [1.5, 2.25], "kind": ["a", None], "raw": [b"\0", b"\1"]}))
    lines = to_lines(both(fields, lines_of('{"x":2.250,"kind":null}'), [(0, 0), (1, 0)]), ROWS, SCHEMA)
    assert [json.loads(line) for line in lines[:1]] == [{"note": "007", "x": "1.50", "kind": "a"}]
    assert lines[1] == '{"x":2.250,"kind":null}'
    bytes_left_out = to_lines(both(typed, typed, [(0, 0), (1, 1)]), ROWS, SCHEMA)
    assert [json.loads(line) for line in bytes_left_out] == [{"x": "1.50", "kind": "a"}, {"x": "2.25", "kind": None}]


def test_a_table_of_two_sources_has_the_types_of_the_first_in_the_order_of_the_rows() -> None:
    real = pa.table(
        {
            "x": pa.array([Decimal("1.50")], pa.decimal128(9, 2)),
            "kind": pa.array(["a"]).dictionary_encode(),
            "deep": pa.array([{"n": [1]}]),
        }
    )
    made = lines_of('{"x": 2.25, "kind": null, "more": 1}')
    found = to_table(both(AsCame(format="parquet", table=real), made, [(1, 0), (0, 0)]), ROWS[::-1], SCHEMA)
    assert found.schema.names == ["x", "kind", "deep", "more"]
    assert [found.schema.field(name).type for name in real.schema.names] == [each.type for each in real.schema]
    assert found.to_pylist() == [
        {"x": Decimal("2.25"), "kind": None, "deep": None, "more": 1},
        {"x": Decimal("1.50"), "kind": "a", "deep": {"n": [1]}, "more": None},
    ]


@pytest.mark.parametrize("form", ["parquet", "csv", "jsonl"])
def test_rows_of_which_everything_is_modelled_are_handed_over_as_well(form: str) -> None:
    table = pa.table({"x": ["1.50", "2.25"], "kind": ["a", None]})
    own = lines_of('{"x": 1.5, "kind": "a"}', '{"x": 2.25}') if form == "jsonl" else AsCame(format=form, table=table)
    found = to_table(both(own, own, [(0, 1), (1, 0)]), ROWS[::-1], SCHEMA)
    assert found.column("kind").to_pylist() == [None, "a"] and found.column_names == ["x", "kind"]


def test_the_types_of_carried_columns_do_not_depend_on_which_rows_are_asked_for() -> None:
    rows = ['{"x": 1.5, "kind": "a", "n": 1, "l": [1]}', '{"x": 2.25, "kind": null, "n": 1.5, "l": "one"}']
    made = lines_of(*rows)
    first, second = (to_table(both(made, made, [(0, place)]), ROWS[place : place + 1], SCHEMA) for place in (0, 1))
    assert first.schema == second.schema
    assert (first.column("n").to_pylist(), first.column("l").to_pylist()) == ([1.0], ["[1]"])
    none = Carried(parts=(made,), part=np.zeros(0, np.int64), place=np.zeros(0, np.int64))
    assert to_table(none, ROWS[:0], SCHEMA).schema == first.schema


def test_a_type_that_only_arrow_has_is_handed_over_as_it_came_and_spelled_in_lines() -> None:
    own = pa.table(
        {
            "x": pa.array([1.5, 2.25]),
            "kind": ["a", None],
            "key": pa.array([b"0123456789abcdef"] * 2, pa.uuid()),
            "big": pa.array([Decimal(7), None], pa.decimal256(60, 2)),
        }
    )
    carried = both(AsCame(format="parquet", table=own), AsCame(format="parquet", table=own), [(0, 0), (1, 1)])
    assert to_table(carried, ROWS, SCHEMA).equals(own)
    assert json.loads(to_lines(carried, ROWS, SCHEMA)[0]) == {"x": "1.50", "kind": "a", "big": "7.00"}


def test_a_carried_column_of_another_type_in_the_pool_is_refused_by_name() -> None:
    real, made = (
        AsCame(format="parquet", table=pa.table({"x": [1.0], "kind": ["a"], "at": at})) for at in ([1], ["y"])
    )
    with pytest.raises(BadInput, match=r"column 'at' is large_string in one source and int64 in another .* one type"):
        to_table(both(real, made, [(0, 0), (1, 0)]), ROWS, SCHEMA)
