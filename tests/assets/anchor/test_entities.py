import numpy as np
import polars as pl
import pytest

from outcross.assets.anchor.entities import _correlation, _numbers, note_entities
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


def keyed(levels: int, each: int, **columns: Role) -> tuple[pl.DataFrame, Schema]:
    """Rows of so many keys with so many rows each; ``same`` is the key's own value, anything else is chance."""
    draws, keys = np.random.default_rng(3), np.repeat(np.arange(levels), each)
    values = {
        name: pl.Series(keys // 2 if name.startswith("same") else draws.permutation(len(keys)) % 7).cast(
            pl.Float64 if role is Role.NUMERIC else pl.String
        )
        for name, role in columns.items()
    }
    rows = pl.DataFrame({"key": [f"k{key:03}" for key in keys], **values}).sample(fraction=1, shuffle=True, seed=1)
    schema = (Column(name=name, role=role) for name, role in columns.items())
    return rows, Schema((Column(name="key", role=Role.CATEGORICAL), *schema))


@pytest.mark.parametrize(
    ("levels", "each", "noted"),
    [(20, 4, True), (19, 4, False), (30, 2, True), (30, 1, False), (20, 50, True), (20, 51, False)],
)
def test_a_key_has_twenty_values_or_more_with_two_to_fifty_rows_each(levels: int, each: int, noted: bool) -> None:
    notes = note_entities(*keyed(levels, each, same=Role.NUMERIC))
    assert len(notes) == noted
    assert not noted or f"'key' has {levels} values with {each} rows each, within which 'same' hardly vary" in notes[0]


@pytest.mark.parametrize(
    ("columns", "noted"),
    [
        ({"same1": Role.NUMERIC, "x": Role.NUMERIC}, "'same1' hardly"),
        ({"same1": Role.NUMERIC, "x": Role.NUMERIC, "y": Role.CATEGORICAL}, None),
        ({"same1": Role.NUMERIC, "t": Role.TEXT, "u": Role.TEXT}, "'same1' hardly"),
        (
            {f"same{place}": role for place, role in enumerate([Role.LABEL, Role.GROUP] * 2)},
            "'same0', 'same1', 'same2'",
        ),
        ({"t": Role.TEXT}, None),
    ],
)
def test_half_of_the_columns_that_are_compared_hardly_vary(columns: dict[str, Role], noted: str | None) -> None:
    notes = [note for note in note_entities(*keyed(40, 4, **columns)) if "column 'key'" in note]
    assert len(notes) == (noted is not None)
    assert noted is None or (noted in notes[0] and "same3" not in notes[0])


def test_of_very_many_columns_the_first_forty_are_compared() -> None:
    columns = {f"same{place}": Role.NUMERIC for place in range(20)} | {f"x{place}": Role.NUMERIC for place in range(30)}
    assert note_entities(*keyed(20, 4, **columns))
    assert not note_entities(*keyed(20, 4, **dict(reversed(columns.items()))))


@pytest.mark.parametrize(
    ("column", "noted"),
    [
        (Column(name="key", role=Role.GROUP), True),
        (Column(name="key", role=Role.NUMERIC, integer=True), True),
        (Column(name="key", role=Role.NUMERIC), False),
        (Column(name="key", role=Role.LABEL), False),
    ],
)
def test_a_category_a_group_or_whole_numbers_may_name_entities(column: Column, noted: bool) -> None:
    rows, schema = keyed(40, 4, same=Role.NUMERIC)
    if column.role is Role.NUMERIC:
        rows = rows.with_columns(pl.col("key").str.slice(1).cast(pl.Float64))
    notes = note_entities(rows, Schema((column, *schema.columns[1:])))
    assert any("column 'key'" in note for note in notes) is noted


def test_rows_without_a_key_are_rows_of_one_key() -> None:
    rows, schema = keyed(40, 4, same=Role.NUMERIC)
    some = rows.with_columns(pl.when(pl.col("key") != "k007").then("key").alias("key"))
    (note,) = note_entities(some, schema)
    assert note == note_entities(rows, schema)[0]


def intraclass(values: np.ndarray, groups: list[list[int]]) -> float:
    """The ICC(1) of Shrout & Fleiss from its analysis of variance, group by group, dimensions added up."""
    total = len(values)
    between = sum(len(each) * ((values[each].mean(axis=0) - values.mean(axis=0)) ** 2).sum() for each in groups)
    within = sum(((values[each] - values[each].mean(axis=0)) ** 2).sum() for each in groups)
    between, within = between / (len(groups) - 1), within / (total - len(groups))
    size = (total - sum(len(each) ** 2 for each in groups) / total) / (len(groups) - 1)
    return float((between - within) / (between + (size - 1) * within))


@pytest.mark.parametrize("sizes", [[3, 3, 3, 3], [1, 2, 5, 4, 1]])
@pytest.mark.parametrize("dimensions", [1, 3])
@pytest.mark.parametrize("pull", [0.0, 1.0, 5.0])
def test_rows_of_one_value_are_as_alike_as_an_analysis_of_variance_says(
    sizes: list[int], dimensions: int, pull: float
) -> None:
    draws, codes = np.random.default_rng(4), np.repeat(np.arange(len(sizes)), sizes)
    values = draws.normal(size=(len(codes), dimensions)) + pull * draws.normal(size=(len(sizes), dimensions))[codes]
    groups = [np.flatnonzero(codes == code).tolist() for code in range(len(sizes))]
    expected = intraclass(values, groups)
    assert _correlation(values, codes) == pytest.approx(expected, rel=1e-9)
    assert _correlation(values, 2 * codes + 1) == pytest.approx(expected, rel=1e-9), "codes that nobody has are none"


def test_no_spread_one_value_and_a_value_for_each_row_are_not_alike() -> None:
    values = np.arange(6.0)[:, None]
    assert _correlation(np.ones((6, 1)), np.array([0, 0, 1, 1, 2, 2])) == 0
    assert _correlation(values, np.zeros(6, dtype=np.int64)) == 0
    assert _correlation(values, np.arange(6)) == 0
    assert _correlation(values // 2, np.arange(6) // 2) == pytest.approx(1)
    assert _correlation(values, np.array([0, 0, 0, 0, 0, 1])) < 1


def test_a_missing_number_is_the_mean_and_levels_are_indicators_of_the_most_frequent() -> None:
    number, level = Column(name="x", role=Role.NUMERIC), Column(name="c", role=Role.CATEGORICAL)
    assert _numbers(pl.Series("x", [1.0, None, 3.0]), number).tolist() == [[1.0], [2.0], [3.0]]
    assert _numbers(pl.Series("x", [None, None], dtype=pl.Float64), number).tolist() == [[0.0], [0.0]]
    assert _numbers(pl.Series("c", ["b", "a", None, "b"]), level).tolist() == [[1, 0], [0, 1], [0, 0], [1, 0]]
    many = pl.Series("c", [f"l{place:02}" for place in range(25)] + ["l24"])
    found = _numbers(many, level)
    assert found.shape == (26, 20)
    assert found.sum(axis=1).tolist() == [1.0] * 19 + [0.0] * 5 + [1.0] * 2
