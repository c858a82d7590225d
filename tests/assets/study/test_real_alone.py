"""The arms of real rows alone that a study runs where it asks for the benefit."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from outcross.assets.study.real_alone import REPEATED, RESAMPLED
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


MIXED = {
    "source": {"kind": "breast_cancer"},
    "learner": {"kind": "classifier"},
    "endpoints": {"learner_accuracy": {"tolerance": 0.1}},
    "ladders": IN_PLACE,
}


def test_the_alternatives_of_a_classifier_are_arms_of_real_rows_alone() -> None:
    asked = study(**MIXED, benefit=True)
    alone = asked.real_alone["in-place"]
    assert list(alone.alternatives) == [RESAMPLED, "class weights", "rows of rare classes repeated", "SMOTE"]
    assert alone.alternatives[RESAMPLED] == ("resample-0-0.2", "resample-0-0.5"), "as many rows as the mix"
    assert alone.alternatives["SMOTE"] == ("fixed-0-smote", "fixed-0-smote"), "one arm serves every rung"
    learner = asked.learner_of("fixed-0-smote")
    assert learner is not None and learner.model_dump()["balance"] == "smote"
    assert asked.learner_of("fixed-0") == asked.learner_of("shared") == asked.learner
    assert asked.all_arms["fixed-0-smote"].mixing.share(1) == 0


def test_real_rows_are_resampled_where_there_is_a_label_that_is_not_balanced_yet(tmp_path: Path) -> None:
    (tmp_path / "real.csv").write_text("a,b\n1,x\n2,y\n")
    external = {
        "kind": "external",
        "train": ["a", "{train}", "{model}", "{seed}"],
        "judge": ["a", "{model}", "{test}", "{out}"],
        "metrics": {"auc": "higher"},
    }
    own = {**MIXED, "learner": external, "endpoints": {"learner_auc": {"absolute": 0.1}}, "ladders": ADDED}

    def alternatives(columns: dict[str, str]) -> dict[str, tuple[str, ...]]:
        source = {"kind": "files", "path": str(tmp_path / "real.csv"), "columns": columns}
        return study(**own | {"source": source}, benefit=True).real_alone["added"].alternatives

    assert alternatives({"b": "label"})[RESAMPLED] == ("resample-0.5-0.5", "resample-1-1")
    assert RESAMPLED not in alternatives({})
    balanced = study(**MIXED | {"learner": {"kind": "classifier", "balance": "smote"}}, benefit=True)
    assert balanced.real_alone["in-place"].alternatives == {}


def test_an_alternative_of_the_learner_changes_what_is_judged_and_nothing_else_of_a_store() -> None:
    asked, plain = study(**MIXED, benefit=True), study(**MIXED)
    for name in plain.lineages:
        assert plain.fingerprint(name) == asked.fingerprint(name)
        assert plain.fingerprint(name, judged=True) == asked.fingerprint(name, judged=True)
    judged = [asked.fingerprint(name, judged=True) for name in ("fixed-0", "fixed-0-smote", "fixed-0-class-weights")]
    assert len(set(judged)) == 3
    assert plain.rungs == asked.rungs, "no rung is taken for an alternative"


def test_a_learner_on_a_pool_asks_by_default(tmp_path: Path) -> None:
    (tmp_path / "made.csv").write_text("a,b\n1,2\n")
    pool = {"generator": {"kind": "pool", "path": str(tmp_path / "made.csv")}}
    assert study(**MIXED | pool).asks_benefit
    assert not study(**MIXED | pool, benefit=False).asks_benefit
    assert not study(**MIXED).asks_benefit
