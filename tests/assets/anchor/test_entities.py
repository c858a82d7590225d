import numpy as np
import polars as pl
import pytest

from outcross.assets.anchor.entities import note_entities
from outcross.assets.anchor.parts import read_parts
from outcross.resources.errors import BadInput
from outcross.resources.schema import Column, Role, Schema
from outcross.resources.sources import BreastCancer, Files

PANEL = Schema(
    (
        Column(name="patient", role=Role.CATEGORICAL),
        Column(name="month", role=Role.NUMERIC, integer=True),
        Column(name="glucose", role=Role.NUMERIC),
        Column(name="status", role=Role.LABEL),
    )
)


def panel(*, patients: int = 40, months: int = 6, alike: bool = True) -> pl.DataFrame:
    """Rows of patients, each with a level of its own, or with values that have nothing to do with the patient."""
    draws = np.random.default_rng(1)
    level = np.repeat(draws.normal(0, 3, patients), months) if alike else draws.normal(0, 3, patients * months)
    return pl.DataFrame(
        {
            "patient": [f"P{number:02}" for number in range(patients) for _ in range(months)],
            "month": list(range(months)) * patients,
            "glucose": level + draws.normal(0, 1, patients * months),
            "status": np.where(level > 1, "sick", "well"),
        },
        schema=PANEL.polars,
    )


def test_a_column_of_few_rows_a_value_within_which_others_hardly_vary_is_noted() -> None:
    (note,) = note_entities(panel(), PANEL)
    assert "column 'patient' has 40 values with 6 rows each" in note and "'glucose', 'status' hardly vary" in note
    assert "set 'entity: patient'" in note


@pytest.mark.parametrize(
    "rows", [panel(alike=False), panel(patients=10), panel(patients=20, months=60), panel(months=1)]
)
def test_other_columns_are_not(rows: pl.DataFrame) -> None:
    assert note_entities(rows, PANEL) == []


def test_a_bundled_table_has_none() -> None:
    data = BreastCancer().load()
    assert note_entities(data.rows, data.schema) == []


@pytest.fixture
def source(tmp_path) -> Files:
    panel().with_columns(day=pl.date(2024, 1, 1) + pl.duration(days=pl.col("month"))).write_csv(tmp_path / "panel.csv")
    return Files(path=str(tmp_path / "panel.csv"), columns={"status": "label", "day": "ignore"})


def test_an_entity_is_not_modelled_and_stays_on_one_side(source: Files) -> None:
    data, parts = read_parts(source, holdout=0.25, seed=1, entity="patient")
    assert data.schema.names == ["month", "glucose", "status"]
    assert not [note for note in data.notes if "entity" in note]
    assert parts.anchor.columns == ["row", "row_id", *data.schema.names, "patient"]
    assert not set(parts.anchor["patient"]) & set(parts.holdout["patient"])


def test_an_entity_with_a_role_is_modelled(source: Files) -> None:
    declared = Files(path=source.path, columns={"patient": "categorical", "status": "label", "day": "ignore"})
    data, parts = read_parts(declared, holdout=0.25, seed=1, entity="patient")
    assert "patient" in data.schema.names
    assert not set(parts.anchor["patient"]) & set(parts.holdout["patient"])


def test_without_an_entity_the_note_tells_of_it(source: Files) -> None:
    data, parts = read_parts(source, holdout=0.25, seed=1)
    assert any("set 'entity: patient'" in note for note in data.notes)
    assert set(parts.anchor["patient"]) & set(parts.holdout["patient"])


@pytest.mark.parametrize("time", ["month", "day"])
def test_a_time_of_any_role_orders_the_rows(source: Files, time: str) -> None:
    data, parts = read_parts(source, holdout=0.3, seed=1, time=time)
    assert "day" not in data.schema.names
    assert parts.anchor["month"].max() < parts.holdout["month"].min()  # type: ignore[operator]


@pytest.mark.parametrize(
    ("keys", "reason"),
    [
        ({"entity": "person"}, "'entity: person': the source has no column 'person', only 'patient'"),
        ({"time": "when"}, "'time: when': the source has no column 'when'"),
        ({"time": "status"}, "'time: status': the column holds String values, which are in no order of time"),
    ],
)
def test_a_key_that_names_no_such_column_is_refused(source: Files, keys: dict[str, str], reason: str) -> None:
    with pytest.raises(BadInput, match=reason):
        read_parts(source, holdout=0.25, seed=1, **keys)


def test_rows_without_an_entity_are_refused(tmp_path) -> None:
    (tmp_path / "some.csv").write_text("who,x\na,1\n,2\nb,3\n")
    with pytest.raises(BadInput, match="'entity: who': 1 rows have no entity; fill them, or drop these rows"):
        read_parts(Files(path=str(tmp_path / "some.csv")), holdout=0.3, seed=1, entity="who")


def test_a_bundled_source_is_split_by_a_column_of_its_own() -> None:
    _, parts = read_parts(BreastCancer(), holdout=0.2, seed=1, time="mean radius")
    assert parts.anchor["mean radius"].max() < parts.holdout["mean radius"].min()  # type: ignore[operator]
