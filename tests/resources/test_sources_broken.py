"""Bad data raises ``BadInput`` with the thing, the fault and the remedy, and never another exception."""

import io
import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from polars.testing.parametric import dataframes
from pydantic import ValidationError

from outcross.resources.errors import BadInput
from outcross.resources.schema import Role
from outcross.resources.sources import Files
from outcross.resources.sources.formats import FORMATS
from outcross.resources.sources.formats.contract import ReadLimits
from outcross.resources.sources.locate import SourceFile
from tests.resources.broken_data import BROKEN, Broken

LIMITS = ReadLimits(rows=1_000, text_bytes=2**20, unpacked_bytes=2**20)


def load(folder: Path, **options: object) -> pl.DataFrame:
    return Files.model_validate(options, context={"base": folder}).load().rows


def assert_canonical_or_refused(folder: Path, **options: object) -> None:
    with suppress(BadInput):
        data = Files.model_validate(options, context={"base": folder}).load()
        assert dict(data.rows.schema) == data.schema.polars
        assert all(column.nullable or not data.rows[column.name].null_count() for column in data.schema.columns)


@pytest.mark.parametrize("broken", BROKEN, ids=lambda broken: broken.name)
def test_the_error_names_the_thing_and_the_remedy(broken: Broken, tmp_path: Path) -> None:
    broken.write(tmp_path)
    with pytest.raises(BadInput) as raised:
        load(tmp_path, **broken.settings)
    for part in broken.says:
        assert part in str(raised.value)
    assert any(mark in str(raised.value) for mark in (";", "at least")), "a message ends with a remedy"


def test_secrets_in_an_address_are_not_repeated(tmp_path: Path) -> None:
    with pytest.raises(BadInput) as raised:
        load(tmp_path, path="http://ann:pass@127.0.0.1:9/a.csv?token=hush")
    assert "pass" not in str(raised.value) and "hush" not in str(raised.value)


@pytest.mark.parametrize(
    "setting",
    [
        {"role": "numeric", "levels": 3},
        {"role": "label", "integer": True},
        {"role": "image", "levels": 256},
        {"role": "image", "shape": [0, 4]},
        {"role": "rumour"},
        "rumour",
    ],
)
def test_settings_that_contradict_themselves_are_refused_before_anything_is_read(setting: object) -> None:
    with pytest.raises(ValidationError):
        Files.model_validate({"path": "a.csv", "columns": {"a": setting}})


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)
OPTIONS = st.fixed_dictionaries(
    {"nan": st.sampled_from(["error", "null"])},
    optional={"columns": st.sampled_from(list(Role)).map(lambda role: {"col0": role.value})},
)
ANYTHING = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@ANYTHING
@given(
    content=st.binary(max_size=200),
    name=st.sampled_from(
        ["a.csv", "a.tsv", "a.json", "a.jsonl", "a.txt", "a.csv.gz", "a.parquet", "a.arrow", "a.zip", "a.data"]
    ),
    start=st.sampled_from(
        [b"", b"PK\x03\x04", b"\x1f\x8b", b"BZh9", b"\x28\xb5\x2f\xfd", b"\xff\xfe", b"ARROW1\0\0", b"[{"]
    ),
)
def test_any_bytes_load_or_are_refused(tmp_path: Path, content: bytes, name: str, start: bytes) -> None:
    (tmp_path / name).write_bytes(start + content)
    with suppress(BadInput):
        assert len(load(tmp_path, path=name, block=2)) >= 2


@ANYTHING
@given(frame=dataframes(min_cols=1, max_cols=3, min_size=2, max_size=6), options=OPTIONS)
def test_columns_of_any_type_in_any_role_are_canonical_or_refused(
    tmp_path: Path, frame: pl.DataFrame, options: dict[str, Any]
) -> None:
    frame.write_parquet(tmp_path / "a.parquet")
    assert_canonical_or_refused(tmp_path, path="a.parquet", **options)


@settings(ANYTHING, max_examples=15)
@given(values=st.lists(JSON, min_size=2, max_size=6), options=OPTIONS)
@example(values=[None, None], options={"nan": "error"})
@example(values=[1, 2.5, "3"], options={"nan": "error"})
@example(values=[True, "true", 1], options={"nan": "error"})
@example(values=[2**70, -(2**70)], options={"nan": "error", "columns": {"col0": "numeric"}})
@example(values=[float("nan"), float("inf"), 1.0], options={"nan": "null"})
@example(values=[[1, 2], {"a": None}, "x"], options={"nan": "error", "columns": {"col0": "categorical"}})
@example(values=[{"a": 1}, {"b": [[]]}], options={"nan": "error", "columns": {"col0": "image"}})
@example(values=["", "\u0000", "\ud800"], options={"nan": "error", "columns": {"col0": "text"}})
def test_json_values_of_any_kind_in_any_role_are_canonical_or_refused(
    tmp_path: Path, values: list[Any], options: dict[str, Any]
) -> None:
    (tmp_path / "a.jsonl").write_text("\n".join(json.dumps({"col0": value}) for value in values))
    assert_canonical_or_refused(tmp_path, path="a.jsonl", **options)


@ANYTHING
@given(data=st.data(), write=st.sampled_from(["write_parquet", "write_ipc", "write_ipc_stream"]))
def test_a_binary_file_with_damaged_bytes_loads_or_is_refused(tmp_path: Path, data: st.DataObject, write: str) -> None:
    buffer = io.BytesIO()
    getattr(pl.DataFrame({"a": range(50), "b": ["x", "y"] * 25}), write)(buffer)
    content = bytearray(buffer.getvalue())
    for place in data.draw(st.lists(st.integers(0, len(content) - 1), min_size=1, max_size=5)):
        content[place] = data.draw(st.integers(0, 255))
    name = "a.parquet" if write == "write_parquet" else "a.arrow"
    (tmp_path / name).write_bytes(content)
    with suppress(BadInput):
        assert len(load(tmp_path, path=name)) >= 2
    with suppress(BadInput):
        assert list(FORMATS[name[2:]].blocks(SourceFile(name, tmp_path / name), rows=10, limits=LIMITS))


@pytest.mark.parametrize("write", ["write_parquet", "write_ipc", "write_ipc_stream"])
def test_no_byte_set_to_zero_loses_rows_in_silence(tmp_path: Path, write: str) -> None:
    buffer = io.BytesIO()
    getattr(pl.DataFrame({"a": [1, 2]}), write)(buffer)
    name = "a.parquet" if write == "write_parquet" else "a.arrow"
    for place in range(len(buffer.getvalue())):
        content = bytearray(buffer.getvalue())
        content[place] = 0
        (tmp_path / name).write_bytes(content)
        with suppress(BadInput):
            source = SourceFile(name, tmp_path / name)
            read = sum(len(block.rows) for block in FORMATS[name[2:]].blocks(source, rows=10, limits=LIMITS))
            assert read == 2, place
