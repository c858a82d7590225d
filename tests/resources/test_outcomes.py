"""What a study predicts: a label that names classes, or a target that is a number."""

import polars as pl
import pytest

from outcross.resources.errors import BadInput
from outcross.resources.schema import Role, Schema
from outcross.resources.sources import Files

ROWS = 210


def read(tmp_path, values: list[object], **columns: str) -> Schema:
    pl.DataFrame({"x": range(ROWS), "y": values, "z": range(ROWS)}).write_parquet(tmp_path / "rows.parquet")
    return Files(path=str(tmp_path / "rows.parquet"), columns=columns).load().schema


def test_a_target_is_numeric_and_known_after_a_round_trip(tmp_path) -> None:
    schema = read(tmp_path, [n / 7 for n in range(ROWS)], y="target")
    assert schema.target is not None and schema.target.name == "y" and schema.target.role is Role.NUMERIC
    assert schema.label is None and schema.outcome is schema.target and schema.target in schema.numeric
    assert Schema.from_json(schema.to_json()) == schema


def test_schemas_without_a_target_are_written_as_before(tmp_path) -> None:
    written = read(tmp_path, [n / 7 for n in range(ROWS)]).to_json()
    assert not any("target" in column for column in written["columns"])


NO_CLASSES = {
    "decimals": ([(n % 5) / 2 for n in range(ROWS)], "it holds decimals; give the column the role 'target'"),
    "many numbers": ([n % 101 for n in range(ROWS)], r"101 different numbers \(at most 100\); give .* 'target'"),
    "few rows each": ([n % 43 for n in range(ROWS)], "43 levels in 210 rows, under 5 rows each; give .* 'target'"),
    "words": ([f"w{n % 106}" for n in range(ROWS)], "106 levels in 210 rows, under 2 .* 'categorical', 'text' or"),
}


@pytest.mark.parametrize("kind", NO_CLASSES)
def test_a_label_that_names_no_classes_is_refused_with_a_role_that_works(tmp_path, kind: str) -> None:
    values, reason = NO_CLASSES[kind]
    with pytest.raises(BadInput, match=f"column 'y': a label names classes, but .*{reason}"):
        read(tmp_path, values, y="label")
    read(tmp_path, values, y="categorical" if kind == "words" else "target")


@pytest.mark.parametrize(
    "values",
    [
        [n % 42 for n in range(ROWS)],
        [float(n % 10) for n in range(ROWS)],
        [f"w{n % 105}" for n in range(ROWS)],
        [n % 2 == 0 for n in range(ROWS)],
    ],
)
def test_other_labels_are_read(tmp_path, values: list[object]) -> None:
    schema = read(tmp_path, values, y="label")
    assert schema.label is not None and schema.outcome is schema.label


@pytest.mark.parametrize("other", ["target", "label"])
def test_two_columns_to_predict_are_refused(tmp_path, other: str) -> None:
    values = [n % 3 for n in range(ROWS)]
    pl.DataFrame({"x": values, "y": values, "z": range(ROWS)}).write_parquet(tmp_path / "two.parquet")
    with pytest.raises(BadInput, match=r"2 columns of the roles 'target' and 'label' .* utility is that of one"):
        Files(path=str(tmp_path / "two.parquet"), columns={"x": other, "y": "target"}).load()
