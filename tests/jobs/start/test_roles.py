"""What the columns of somebody's file are taken for."""

import polars as pl
import pytest

from outcross.jobs.start.roles import Roles, choose_roles
from outcross.resources.errors import BadInput
from outcross.resources.schema import Column, Role, Schema
from outcross.resources.sources.column_record import records_of
from outcross.resources.sources.contract import RealData

ROWS = pl.DataFrame(
    {
        "fnlwgt": [1.5, 2.5, 3.5, 4.5],
        "weight": [60.5, 70.5, 80.5, 90.5],
        "stars": [1.0, 2.0, 2.0, 5.0],
        "wage": [1.5, 2.25, 3.5, 9.0],
        "sex": ["f", "m", "f", "m"],
        "id": ["a", "b", "c", "d"],
    }
)


def roles(**asked: object) -> Roles:
    numeric, categorical = ("fnlwgt", "weight", "stars", "wage"), ("sex",)
    columns = [Column(name=name, role=Role.NUMERIC) for name in numeric]
    columns += [Column(name=name, role=Role.CATEGORICAL) for name in categorical]
    schema = Schema(columns=tuple(columns))
    data = RealData(rows=ROWS, schema=schema, notes=[])
    return choose_roles(data, records_of(schema, ROWS), **{"label": None, "groups": (), **asked})  # type: ignore[arg-type]


def test_a_survey_weight_is_left_out_aloud_and_the_weight_of_a_body_is_not() -> None:
    found = roles()
    assert found.columns == {"fnlwgt": "ignore"}
    assert any("'fnlwgt', by its name a survey weight" in line for line in found.said)


def test_a_weight_that_is_asked_for_keeps_the_role_that_was_asked() -> None:
    assert roles(label="fnlwgt").columns == {"fnlwgt": "target"}


@pytest.mark.parametrize(("label", "role"), [("sex", "label"), ("stars", "label"), ("wage", "target")])
def test_few_whole_numbers_and_categories_are_classes_and_other_numbers_a_target(label: str, role: str) -> None:
    found = roles(label=label)
    assert (found.columns[label], found.label) == (role, role)


def test_without_a_label_it_says_what_is_not_measured_and_which_columns_might_be_one() -> None:
    found = roles(groups=("sex",))
    assert found.label is None and found.groups and found.columns["sex"] == "group"
    assert found.said[0] == (
        "Label: none, so that no model's use is measured. If one predicts 'sex' or another column, name it with "
        "--label."
    )


@pytest.mark.parametrize("asked", [{"label": "sex", "groups": ("sex",)}, {"groups": ("sex", "sex")}])
def test_a_column_has_one_role(asked: dict[str, object]) -> None:
    with pytest.raises(BadInput, match="name a column twice"):
        roles(**asked)
