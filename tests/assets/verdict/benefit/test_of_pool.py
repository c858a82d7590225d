"""A learner that is trained on real rows and rows of a pool: what helps is judged against every free alternative."""

import pytest

from outcross.assets.artefacts import HOLDOUT, LEARNER, Artefacts
from outcross.assets.dataset.make import load_dataset
from outcross.assets.stored_verdicts import load_verdicts
from outcross.assets.study.study import Study
from outcross.assets.verdict.make import make_verdict
from outcross.jobs.running.plain_loop import run_plainly
from outcross.resources.store import Store
from tests.assets.verdict.recorded import kinds

SETTINGS = {
    "study": "bought",
    "source": {"kind": "files", "path": "real.csv", "columns": {"kind": "label"}},
    "real_rows": "own",
    "generator": {"kind": "pool", "path": "pool.csv"},
    "learner": {"kind": "classifier", "iterations": 10},
    "tests": {"later": "later.csv"},
    "generations": 2,
    "replicates": 3,
    "metrics": ["shapes"],
    "ladders": {"added": {"policy": "augment", "ratios": [2], "unequal_budget": "rows are added"}},
    "endpoints": {"learner_balanced_accuracy": {"tolerance": 0.1}, "column_shapes": {"tolerance": 0.1}},
}


@pytest.fixture(scope="module")
def artefacts(tmp_path_factory: pytest.TempPathFactory) -> Artefacts:
    folder = tmp_path_factory.mktemp("pool")
    kinds(400, seed=1, rare=0.2).write_csv(folder / "real.csv")
    kinds(600, seed=2, rare=0.5).write_csv(folder / "pool.csv")
    kinds(200, seed=3, rare=0.5).write_csv(folder / "later.csv")
    study = Study.model_validate(SETTINGS, context={"base": folder})
    artefacts = Artefacts(study, Store(folder / "data"))
    run_plainly(artefacts, study.lineages, checks=False)
    make_verdict(artefacts)
    return artefacts


def test_each_alternative_is_trained_on_real_rows_alone_in_its_own_way(artefacts: Artefacts) -> None:
    balances = {
        slot.arm: artefacts.provenance(slot.address(LEARNER))["learner"]["balance"]
        for slot in artefacts.slots
        if slot.generation == 1
    }
    assert balances == {
        "fixed-0": "none",
        "augment-2": "none",
        "repeat-2": "none",
        "resample-2-2": "none",
        "part-0.25": "none",
        "part-0.5": "none",
        "fixed-0-class-weights": "weights",
        "fixed-0-rows-of-rare-classes-repeated": "resample",
        "fixed-0-smote": "smote",
    }
    scores = {slot.arm: tuple(slot.load(LEARNER)["value"]) for slot in artefacts.slots if slot.generation == 1}
    assert len(set(scores.values())) == len(scores), "each was trained for itself"


def test_real_rows_are_resampled_to_the_shares_of_the_labels_that_each_mix_has(artefacts: Artefacts) -> None:
    mix, resampled = (
        load_dataset(next(slot for slot in artefacts.slots if slot.generation == 1 and slot.arm == arm))
        for arm in ("augment-2", "resample-2-2")
    )
    assert resampled["origin"].unique().to_list() == ["real"]
    held = artefacts.load(artefacts.address(HOLDOUT))["row_id"]
    assert not resampled["row_id"].is_in(held.implode()).any()
    label = artefacts.schema.label.name
    counts = [each.group_by("replicate", label).len().sort("replicate", label) for each in (mix, resampled)]
    assert counts[0].equals(counts[1])


def test_the_learners_endpoint_says_whether_the_pool_helps_and_one_of_the_pools_rows_does_not(
    artefacts: Artefacts,
) -> None:
    found = {each["endpoint"]: each for each in load_verdicts(artefacts).filter(reference="holdout").to_dicts()}
    learner = found["learner_balanced_accuracy"]
    assert learner["best_share"] == pytest.approx(2 / 3)
    assert learner["gain_over"] != "real rows alone", "weights and repeated rows do better than nothing here"
    assert learner["helps"] == (learner["gain_lower_95"] > 0)
    assert found["column_shapes"]["helps"] is None, "rows of a pool are the same in every mix"


def test_a_named_test_set_is_judged_beside_the_holdout_and_has_a_verdict_of_its_own(artefacts: Artefacts) -> None:
    slot = next(each for each in artefacts.slots if each.arm == "augment-2" and each.generation == 1)
    accuracy = slot.load(LEARNER).filter(metric="learner_accuracy", about="", replicate=0)
    by_reference = dict(accuracy.select("reference", "value").iter_rows())
    assert set(by_reference) == {"holdout", "later"} and by_reference["later"] != by_reference["holdout"]
    found = load_verdicts(artefacts).filter(endpoint="learner_balanced_accuracy", reference="later").to_dicts()
    assert len(found) == 1 and found[0]["primary"] is False and found[0]["helps"] is not None
