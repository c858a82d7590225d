"""A ladder of rows in a study file: what it means, what is refused, and that a study keeps its store."""

from typing import Any

import pytest
from pydantic import ValidationError

from outcross.assets.study.study import Study

STUDY: dict[str, Any] = {
    "study": "sized",
    "source": {"kind": "population", "rows": 90, "of": {"family": "gaussian", "dimensions": 1}},
    "generator": {"kind": "gaussian"},
    "generations": 2,
    "replicates": 3,
    "ladders": {"substitution": {"policy": "fixed", "shares": [0.5, 1]}},
    "endpoints": {"loss": {"absolute": 0.5}},
}


def study(**changes: Any) -> Study:
    return Study.model_validate({**STUDY, **changes})


def test_a_list_of_rows_is_a_study_of_the_largest_with_the_smaller_ones_beside_it() -> None:
    sized = study(rows=[40, 10, 20])
    assert (sized.rows, sized.smaller_rows) == (40, (10, 20))
    assert [(each.study, each.rows) for each in sized.sizes] == [
        ("sized-rows-10", 10),
        ("sized-rows-20", 20),
        ("sized", 40),
    ]
    assert all(each.smaller_rows == () and list(each.lineages) == list(sized.lineages) for each in sized.sizes[:-1])
    assert study().sizes == (study(),) and study(rows=[40]) == study(rows=40)
    assert Study.model_validate(sized.model_dump(by_alias=True)) == sized


def test_sizes_that_are_added_leave_what_the_store_has() -> None:
    for lineage in ("shared", "fixed-0.5"):
        assert study(rows=[10, 20, 40]).fingerprint(lineage) == study(rows=40).fingerprint(lineage)
        assert study(rows=[10, 40]).sizes[0].fingerprint(lineage) != study(rows=40).fingerprint(lineage)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"rows": []}, "list at least one number, and none twice"),
        ({"rows": [10, 10]}, "none twice"),
        ({"rows": [1, 10]}, r"list whole numbers from 2 on, such as \[250, 500, 1000\]"),
        ({"rows": [10.5, 20]}, "list whole numbers"),
        ({"rows": [10, 20], "smaller_rows": [5]}, "'smaller_rows' too; keep the list"),
        ({"smaller_rows": [5]}, "needs 'rows', the largest size; list all sizes in 'rows' instead"),
        ({"rows": 10, "smaller_rows": [20]}, "list all sizes in 'rows', ascending"),
        ({"rows": [10, 20], "study": "s" * 55}, "longer than 60 characters; shorten 'study'"),
    ],
)
def test_sizes_that_cannot_be_are_refused_with_the_remedy(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        study(**changes)
