"""The arms of real rows alone that a study runs where it asks for the benefit."""

import pytest
from pydantic import ValidationError

from outcross.assets.study.real_alone import REPEATED
from outcross.assets.study.study import Study

BASE = {
    "study": "mix",
    "source": {"kind": "population", "rows": 40, "of": {"family": "gaussian", "dimensions": 1}},
    "generator": {"kind": "gaussian"},
    "generations": 2,
    "replicates": 3,
    "endpoints": {"excess_risk": {"tolerance": 0.1}},
}
ADDED = {"added": {"policy": "augment", "ratios": [0.5, 1], "unequal_budget": "rows are added"}}
IN_PLACE = {"in-place": {"policy": "fixed", "shares": [0.2, 0.5]}}


def study(**settings: object) -> Study:
    return Study.model_validate({**BASE, **settings})


def test_rows_that_are_added_are_compared_with_real_rows_repeated_to_the_same_number() -> None:
    asked = study(ladders=ADDED, benefit=True)
    alone = asked.real_alone["added"]
    assert alone.alternatives == {REPEATED: ("repeat-0.5", "repeat-1")}
    rows = {name: asked.all_arms[name].mixing.dataset_rows(100, 1) for name in asked.lineages}
    assert [rows[name] for name in alone.alternatives[REPEATED]] == [rows["augment-0.5"], rows["augment-1"]]
    assert [rows[name] for name in alone.curve] == [25, 50]


def test_rows_in_place_of_real_ones_need_no_repetition_and_share_the_curve() -> None:
    asked = study(ladders=ADDED | IN_PLACE, benefit=True)
    assert asked.real_alone["in-place"].alternatives == {}
    assert asked.real_alone["in-place"].curve == asked.real_alone["added"].curve
    assert len(asked.lineages) == len({"fixed-0", "augment-0.5", "augment-1", "repeat-0.5", "repeat-1"}) + 2 + 2


def test_a_study_that_does_not_ask_has_no_such_arms_and_keeps_its_fingerprints() -> None:
    plain, asked = study(ladders=ADDED), study(ladders=ADDED, benefit=True)
    assert plain.real_alone == {} and set(asked.lineages) - set(plain.lineages) == {
        "repeat-0.5",
        "repeat-1",
        "part-0.25",
        "part-0.5",
    }
    for name in plain.lineages:
        assert plain.fingerprint(name) == asked.fingerprint(name)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"arms": {"replace": {"policy": "replace"}}, "endpoints": {}, "benefit": True}, "there are no 'ladders'"),
        ({"ladders": IN_PLACE, "costs": {"real": 4, "synthetic": 0.1}}, "'benefit: true' asks for; add it"),
        ({"ladders": IN_PLACE, "benefit": True, "costs": {"real": 0, "synthetic": 0.1}}, "greater than 0"),
    ],
)
def test_what_makes_no_sense_is_refused(settings: dict[str, object], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        study(**settings)
