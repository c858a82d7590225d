"""A table fits its own corpus whole, whatever format its rows come in, and columns come back as what they were."""

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outcross.assets.corpus.corpus import Limits
from outcross.assets.corpus.intake.reading import read_batch
from outcross.resources.schema import Column, Role, Schema
from outcross.resources.sources import BreastCancer, Digits, Files, Population, PythonDocs
from outcross.resources.sources.columns import read_columns
from outcross.resources.sources.contract import RealData, Source
from outcross.resources.sources.locate import SourceFile
from outcross.resources.typed_rows import for_users, to_canonical, to_typed

ZONE = "Europe/Berlin"
FRAME = pl.DataFrame(
    {
        "day": [dt.date(2024, 2, 29), dt.date(1899, 12, 31), None],
        "midnight": [dt.datetime(2024, 4, 26), dt.datetime(1969, 12, 31), None],
        "moment": [dt.datetime(2024, 4, 26, 13, 37, 5, 250_000), dt.datetime(9999, 12, 31, 23, 59, 59), None],
        "zoned": [dt.datetime(2024, 3, 30, 23), dt.datetime(2024, 10, 27, 0, 30), None],
        "clock": [dt.time(17, 45, 35), dt.time(0, 0), None],
        "stay": [dt.timedelta(hours=30), dt.timedelta(hours=-5), None],
        "price": [Decimal("12.50"), Decimal("0.29"), None],
        "count": [Decimal(2), Decimal(-7), None],
        "income": [52300.0, 0.0, None],
        "share": [0.1, 12.25, None],
        "exact": [1 / 3, -1e-300, 1e300],
        "small": pl.Series([12.34, -0.1, None], dtype=pl.Float32),
        "large": pl.Series([2**62, 1, None], dtype=pl.UInt64),
        "byte": pl.Series([255, 0, None], dtype=pl.UInt8),
        "smoker": [True, False, None],
        "plan": ['a, "b"\n c', "d", None],
        "weight": [70, 80, 90],
        "Age": [30, 40, 50],
        "age": [31, 41, 51],
        "label": [0, 1, 0],
    },
    schema_overrides={"price": pl.Decimal(12, 2), "count": pl.Decimal(38, 0)},
).with_columns(pl.col("zoned").dt.replace_time_zone("UTC").dt.convert_time_zone(ZONE))
SUFFIXES = (".csv", ".parquet", ".jsonl")


def write(rows: pl.DataFrame, path: Path) -> Path:
    """Write rows; durations in CSV as pandas spells them, since Polars writes none."""
    if path.suffix == ".parquet":
        rows.write_parquet(path)
    elif path.suffix == ".jsonl":
        rows.write_ndjson(path)
    else:
        spans = [name for name, dtype in rows.schema.items() if dtype == pl.Duration]
        pandas = [str(each) if each is not None else None for each in rows[spans[0]].to_list()] if spans else []
        rows.with_columns(pl.Series(name, pandas, dtype=pl.String) for name in spans).write_csv(path)
    return path


def read(path: Path, data: RealData, source: Source | None = None) -> tuple[pl.DataFrame, list[str]]:
    """Read a file as a batch of the corpus of some data: its rows, and the reasons against those that do not fit."""
    options = {} if source is None else {"options": source.read_options()}
    chunks = list(read_batch(SourceFile(path.name, path), data.schema, Limits(), **options))
    reasons = [reason for chunk in chunks for reasons in chunk.misfits["reasons"] for reason in reasons]
    return pl.concat([chunk.rows for chunk in chunks]).select(data.schema.names), reasons


def typed_data(rows: pl.DataFrame = FRAME) -> RealData:
    return read_columns(rows, {"plan": _CATEGORY}, untyped=False, not_finite="error", where="frame")


_CATEGORY = Files.model_validate({"path": "x", "columns": {"plan": "categorical"}}).columns["plan"]


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_table_of_every_kind_fits_its_corpus_whole_in_every_format(tmp_path: Path, suffix: str) -> None:
    data = typed_data()
    rows, reasons = read(write(FRAME, tmp_path / f"batch{suffix}"), data)
    assert reasons == []
    for name in data.schema.names:
        assert rows[name].equals(data.rows[name]), name


@pytest.mark.parametrize("anchor", SUFFIXES)
@pytest.mark.parametrize("suffix", SUFFIXES)
def test_an_anchor_in_any_format_takes_its_own_rows_in_any_other(tmp_path: Path, anchor: str, suffix: str) -> None:
    rows = FRAME.drop("stay", "large")  # a CSV file says of neither what it is
    path = write(rows, tmp_path / f"anchor{anchor}")
    source = Files.model_validate({"path": str(path), "columns": {"plan": "categorical"}})
    data = source.load()
    found, reasons = read(write(rows, tmp_path / f"batch{suffix}"), data, source)
    assert reasons == []
    for name in data.schema.names:
        assert found[name].equals(data.rows[name]), name


def _population() -> Source:
    return Population.model_validate({"of": {"family": "gaussian", "dimensions": 2}, "rows": 20})


@pytest.mark.parametrize("source", [BreastCancer, Digits, PythonDocs, _population])
@pytest.mark.parametrize("suffix", SUFFIXES)
def test_the_rows_of_every_source_fit_its_corpus_whole(
    tmp_path: Path, suffix: str, source: Callable[[], Source]
) -> None:
    read_from = source()
    whole = read_from.load()
    schema = Schema(tuple(column for column in whole.schema.columns if column.role is not Role.IMAGE))
    data = RealData(rows=whole.rows.select(schema.names).head(50), schema=schema)
    rows, reasons = read(write(for_users(data.rows, schema), tmp_path / f"batch{suffix}"), data, read_from)
    assert reasons == []
    assert rows.equals(data.rows)


_VALUES = st.fixed_dictionaries(
    {
        "day": st.dates(),
        "moment": st.datetimes(min_value=dt.datetime(1, 1, 2), max_value=dt.datetime(9999, 12, 30)),
        "price": st.decimals(-(10**9), 10**9, places=3),
        "exact": st.floats(allow_nan=False, allow_infinity=False),
        "whole": st.integers(-(2**63), 2**63 - 1),
        "few": st.integers(-9999, 9999).map(lambda each: each / 100),
        "span": st.timedeltas(dt.timedelta(-9999), dt.timedelta(9999)),
    }
)


@settings(max_examples=40, deadline=None)
@given(st.lists(_VALUES, min_size=2, max_size=5))
def test_any_values_come_back_as_they_were_and_fit_in_every_format(values: list[dict[str, object]]) -> None:
    import tempfile

    frame = pl.DataFrame(values, schema_overrides={"price": pl.Decimal(15, 3)})
    data = read_columns(frame, {}, untyped=False, not_finite="error", where="frame")
    typed = to_typed(data.rows, data.schema)
    assert to_canonical(typed, data.schema).equals(data.rows)
    for name in ("day", "moment", "price", "whole", "span"):
        assert typed[name].equals(frame[name]), name
    with tempfile.TemporaryDirectory() as folder:
        for suffix in SUFFIXES:
            rows, reasons = read(write(frame, Path(folder) / f"a{suffix}"), data)
            assert reasons == []
            assert rows.equals(data.rows), suffix


def test_rows_keep_the_names_and_types_of_the_source_for_users() -> None:
    data = typed_data()
    shown = for_users(data.rows, data.schema)
    assert shown.columns == [name if name != "age" else "age_" for name in FRAME.columns]
    assert shown.schema["midnight"] == pl.Datetime("us")
    assert shown.schema["zoned"] == pl.Datetime("us", ZONE)
    assert shown.schema["price"] == pl.Decimal(12, 2)
    assert [shown.schema[name] for name in ("income", "smoker", "label")] == [pl.Int64, pl.Boolean, pl.Int64]
    same = ["day", "midnight", "moment", "zoned", "clock", "stay", "price", "smoker", "plan", "weight", "label"]
    assert shown.select(same).equals(FRAME.select(same))


def test_a_schema_of_the_version_before_reads_as_it_did(tmp_path: Path) -> None:
    fields = {"nullable": False, "shape": None, "levels": None}
    before = {
        "columns": [
            {"name": "day", "role": "numeric", "integer": True, **fields},
            {"name": "at", "role": "numeric", "integer": False, **fields},
            {"name": "smoker", "role": "categorical", "integer": False, **fields},
        ]
    }
    schema = Schema.from_json(before)
    assert schema.to_json() == before
    rows = pl.DataFrame({"day": [19_000, 3], "at": [1.5e9, 2.5], "smoker": ["true", "no"]})
    data = RealData(rows=rows, schema=schema)
    assert to_typed(rows, schema).equals(rows)
    batch = pl.DataFrame(
        {
            "day": [dt.date(2022, 1, 8), dt.date(1970, 1, 4)],
            "at": [dt.datetime(2017, 7, 14, 2, 40), dt.datetime(1970, 1, 1, 0, 0, 2, 500_000)],
            "smoker": ["true", "no"],
        }
    )
    assert read(write(batch, tmp_path / "a.parquet"), data)[0].equals(rows)
    assert read(write(rows, tmp_path / "b.csv"), data)[0].equals(rows)


@pytest.mark.parametrize(
    ("column", "value", "reason"),
    [
        ({"kind": "date", "unit": "d", "integer": True}, "2024-04-26 12:00", "which is no date"),
        ({"kind": "date", "unit": "d", "integer": True}, "19839", "which is no date"),
        ({"kind": "time", "unit": "s", "integer": True}, "12:00:00.5", "which is no time of day in whole seconds"),
        ({"kind": "decimal", "decimals": 2, "precision": 9}, "1.005", "which is no number of at most 2 decimals"),
        ({"kind": "datetime", "unit": "s", "zone": ZONE, "integer": True}, "2024-04-26 12:00", "with its offset"),
        ({"kind": "boolean", "role": Role.CATEGORICAL}, "maybe", "which is neither true nor false"),
        ({"kind": "whole", "role": Role.LABEL}, "1.5", "which is no whole number"),
    ],
)
def test_a_value_that_says_something_else_does_not_fit(
    tmp_path: Path, column: dict[str, object], value: str, reason: str
) -> None:
    schema = Schema((Column(**{"name": "x", "role": Role.NUMERIC, **column}),))  # type: ignore[arg-type]
    data = RealData(rows=pl.DataFrame(schema=schema.polars), schema=schema)
    _, reasons = read(write(pl.DataFrame({"x": [value]}), tmp_path / "a.csv"), data)
    assert len(reasons) == 1
    assert reasons[0].startswith(f"schema: column 'x' holds '{value}'")
    assert reason in reasons[0]
