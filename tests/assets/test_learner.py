"""A study that names a learner: it is trained on each dataset, its scores are evaluations, and no model turns stale."""

import re
import shutil
import sys
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import yaml
from pydantic import ValidationError

from outcross.assets.anchor.make import make_anchor
from outcross.assets.artefacts import EVALUATION, HOLDOUT, LEARNER, THINGS, VERDICT, Artefacts, Slot
from outcross.assets.dataset.make import load_dataset, make_dataset
from outcross.assets.learner.kept import KeptScores, Scored
from outcross.assets.learner.make import make_learner
from outcross.assets.metrics.contract import Measurement
from outcross.assets.study.learners.classifier import ClassifierLearner
from outcross.assets.study.learners.contract import Lesson
from outcross.assets.study.preflight import check_study
from outcross.assets.study.requests import describe_requests
from outcross.assets.study.study import Study
from outcross.assets.verdict.make import make_verdict, verdict_is_current
from outcross.assets.verdict.make_report import make_report
from outcross.assets.verdict.written_report import read_report
from outcross.jobs.running.plain_loop import run_plainly
from outcross.resources import warehouse
from outcross.resources.commands.failure import ExternalError
from outcross.resources.errors import BadInput
from outcross.resources.store import Store
from tests.assets.study.test_external_learner import DISTANCE, MEAN, READ, settings_of

CLASSIFIER = {"kind": "classifier", "iterations": 4}
STUDY: dict[str, Any] = {
    "study": "taught",
    "source": {"kind": "breast_cancer"},
    "generator": {"kind": "copula", "draws": 4},
    "learner": CLASSIFIER,
    "rows": 60,
    "metrics": ["tail_mass"],
    "generations": 2,
    "replicates": 3,
    "ladders": {"substitution": {"policy": "fixed", "shares": [0, 1]}},
    "endpoints": {"learner_accuracy": {"tolerance": 0.05}, "learner_log_loss": {"absolute": 0.2}},
}


def study_of(**changes: Any) -> Study:
    content = {**STUDY, **changes}
    return Study.model_validate({key: value for key, value in content.items() if value is not None})


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Artefacts:
    artefacts = Artefacts(study_of(), Store(tmp_path_factory.mktemp("taught")))
    run_plainly(artefacts, artefacts.study.lineages, checks=True)
    make_verdict(artefacts)
    make_report(artefacts)
    return artefacts


def scores(slot: Slot) -> dict[tuple[int, str], float]:
    lines = slot.load(EVALUATION).filter(pl.col("metric").str.starts_with("learner_"), about="", reference="holdout")
    return {
        (replicate, metric): value for replicate, metric, value in lines.select("replicate", "metric", "value").rows()
    }


@pytest.mark.parametrize(("generation", "lineage"), [(0, "shared"), (1, "replace")])
def test_what_is_judged_was_trained_on_the_dataset_itself(finished: Artefacts, generation: int, lineage: str) -> None:
    slot, names = Slot(finished, generation, lineage), finished.schema.names
    rows = load_dataset(slot).filter(replicate=1)
    assert rows["origin"].unique().to_list() == ["real" if generation == 0 else "synthetic"]
    lesson = Lesson(
        rows=rows.select(names),
        weights=rows["weight"].to_numpy(),
        schema=finished.schema,
        seed=slot.seed(1, "learner"),
    )
    trained = ClassifierLearner.model_validate(CLASSIFIER).train(lesson)
    judged = trained.judge(finished.load(finished.address(HOLDOUT)).select(names))
    found = scores(slot)
    assert found.keys() == {(r, e.metric) for r in range(3) for e in ClassifierLearner().endpoints}
    for each in judged:
        if each.about == "":
            assert found[1, each.metric] == each.value
    assert slot.load(LEARNER)["rows"].unique().to_list() == [60]


def test_its_scores_are_in_sql_the_verdict_and_the_report(finished: Artefacts) -> None:
    counted = warehouse.query(
        finished.store, "SELECT count(*) AS n FROM evaluations WHERE metric = 'learner_accuracy' AND about = ''"
    )
    assert counted["n"].item() == 9
    verdicts = finished.load(finished.address(VERDICT))
    assert verdicts["endpoint"].to_list() == ["learner_accuracy", "learner_log_loss"]
    assert verdicts["definition"].unique().to_list() == ["utility falls"]
    assert "learner log loss (−ln of the probability that it gives to the label" in " ".join(verdicts["details"][1])
    assert "learner log loss" in read_report(finished).decode()


def test_another_learner_makes_stale_what_it_has_a_part_in_and_no_model(finished: Artefacts, tmp_path: Path) -> None:
    shutil.copytree(finished.store.path, tmp_path / "data")
    changed = Artefacts(study_of(learner={**CLASSIFIER, "iterations": 2}), Store(tmp_path / "data"))
    slot = Slot(changed, 1, "replace")
    current = {thing: changed.is_current(slot.address(thing)) for thing in (*THINGS, LEARNER)}
    assert current == {thing: thing not in {LEARNER, EVALUATION} for thing in current}
    assert not verdict_is_current(changed)
    without = Artefacts(study_of(learner=None, endpoints={"tail_mass": {"absolute": 0.2}}), Store(tmp_path / "data"))
    assert [without.is_current(slot.address(thing)) for thing in THINGS] == [True, True, True, False]
    before = {each: each.stat().st_mtime_ns for each in (tmp_path / "data").rglob("part.parquet")}
    earlier = scores(Slot(finished, 1, "replace"))
    run_plainly(changed, changed.study.lineages, checks=True, resume=True)
    remade = {each.parts[-4] for each, time in before.items() if each.stat().st_mtime_ns != time}
    assert remade == {LEARNER, EVALUATION, "evaluation_checks"}
    assert scores(slot) != earlier


def test_a_study_that_names_no_learner_has_the_fingerprints_it_had() -> None:
    with_one, without = study_of(), study_of(learner=None, endpoints={"tail_mass": {"absolute": 0.2}})
    for lineage in ("shared", "replace"):
        assert with_one.fingerprint(lineage) == without.fingerprint(lineage)
        assert without.fingerprint(lineage, judged=True) == without.fingerprint(lineage)
        assert with_one.fingerprint(lineage, judged=True) != with_one.fingerprint(lineage)


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "none is named": (
        {"learner": None},
        "'learner_accuracy' is an endpoint of a learner, and none is stated; add 'learner'",
    ),
    "of another": (
        {"endpoints": {"learner_rmse": {"tolerance": 0.1}}},
        "'learner_rmse' is not an endpoint .*; choose from .*learner_roc_auc",
    ),
    "no true zero": (
        {"endpoints": {"learner_log_loss": {"tolerance": 0.1}}},
        "'learner_log_loss' has no true zero.*state 'absolute: …' .in nats per row",
    ),
    "no holdout": (
        {"holdout": 0, "metrics": ["population"]},
        "'holdout: 0' leaves no rows to judge the learner on; raise 'holdout', or remove 'learner'",
    ),
}


@pytest.mark.parametrize(("changes", "reason"), REFUSED.values(), ids=REFUSED)
def test_a_file_that_no_learner_fits_is_refused(changes: dict[str, Any], reason: str) -> None:
    with pytest.raises(ValidationError, match=reason):
        study_of(**changes)


def test_data_that_no_learner_fits_are_refused_before_anything_runs() -> None:
    study = study_of(learner={"kind": "regressor"}, endpoints={"learner_rmse": {"tolerance": 0.1}})
    with pytest.raises(
        BadInput, match="study 'taught': learner 'regressor' predicts a target, but the source has none"
    ):
        check_study(study, study.source.load().schema, anchor_rows=400)


def test_scores_are_kept_until_all_are_there_and_damage_to_them_is_seen(finished: Artefacts, tmp_path: Path) -> None:
    kept = KeptScores(Store(tmp_path), Slot(finished, 0, "shared").address(LEARNER))
    own = [Measurement("learner_x", 0.5, 0.1), Measurement("learner_x", 0.25, 0.1, "sex=f")]
    scored = Scored({"holdout": own, "later": own[:1]}, "trained")
    kept.save("a", scored)
    assert kept.load("a") == scored
    assert kept.load("b") is None
    (file,) = tmp_path.rglob("score-a.json")
    file.write_bytes(file.read_bytes()[:20])
    assert kept.load("a") is None
    file.write_text('{"scores": [], "log": ""}')
    assert kept.load("a") is None
    kept.remove()
    assert not list(tmp_path.rglob("score-*"))


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ([], "replicate 0: learner 'classifier' gave no 'learner_accuracy'; make it return that score"),
        (
            [Measurement("learner_accuracy", float("nan"), 0.0)],
            "gave nan as 'learner_accuracy', which is no finite number",
        ),
    ],
)
def test_a_score_that_is_missing_or_no_number_is_refused_and_nothing_is_written(
    finished: Artefacts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, given: list[Measurement], reason: str
) -> None:
    shutil.copytree(finished.store.path, tmp_path / "data")
    slot = Slot(Artefacts(finished.study, Store(tmp_path / "data")), 1, "replace")
    before = slot.artefacts.store.digest(slot.address(LEARNER))
    monkeypatch.setattr("outcross.assets.study.learners.classifier.TrainedClassifier.judge", lambda *_: given)
    with pytest.raises(BadInput, match=reason):
        make_learner(slot)
    assert slot.artefacts.store.digest(slot.address(LEARNER)) == before


def external_study(folder: Path, judge: str = DISTANCE, **changes: Any) -> Artefacts:
    learner = settings_of(folder, MEAN.replace("'size'", "'mean radius'"), judge.replace("'size'", "'mean radius'"))
    content = {
        **STUDY,
        "rows": 20,
        "learner": learner,
        "endpoints": {"learner_distance": {"absolute": 1}},
        **changes,
    }
    return Artefacts(Study.model_validate(content, context={"base": folder}), Store(folder / "data"))


def test_a_study_with_a_learner_of_ones_own_reaches_its_verdict(tmp_path: Path) -> None:
    artefacts = external_study(tmp_path)
    run_plainly(artefacts, artefacts.study.lineages, checks=True)
    make_verdict(artefacts)
    make_report(artefacts)
    verdicts = artefacts.load(artefacts.address(VERDICT))
    assert "learner distance (what the study's own learner" in " ".join(verdicts["details"][0])
    assert "lower is better" in read_report(artefacts).decode()
    slot = Slot(artefacts, 1, "replace")
    holdout = artefacts.load(artefacts.address(HOLDOUT))["mean radius"].mean()
    trained = load_dataset(slot).filter(replicate=2)["mean radius"].mean()
    assert scores(slot)[2, "learner_distance"] == pytest.approx(holdout - trained)  # type: ignore[operator]


def test_what_a_failed_learner_said_is_kept_and_the_next_run_asks_for_nothing_twice(tmp_path: Path) -> None:
    ill = "print('ran', file=open('runs', 'a'))\nif open('runs').read().count('ran') == 3: sys.exit('ill today')\n"
    artefacts = external_study(tmp_path, READ + ill + DISTANCE)
    refused = tmp_path / "data/taught/refused/gen=00/lineage=shared"
    with pytest.raises(ExternalError, match=f"replicate 2: ended with exit code 1.*ill today.*kept in {refused}"):
        run_plainly(artefacts, [], checks=False)
    assert {each.name for each in refused.iterdir()} == {
        "learner-replicate-2.reason.txt",
        "learner-replicate-2.stderr.txt",
    }
    assert not artefacts.store.exists(artefacts.address(LEARNER, 0))
    run_plainly(artefacts, [], checks=False, resume=True)
    assert (tmp_path / "runs").read_text().count("ran") == 4, "the scores of two replicates were kept"
    assert not list((tmp_path / "data").rglob("score-*"))


def test_the_example_of_the_documents_is_a_study_of_which_the_program_learns(tmp_path: Path) -> None:
    docs = Path(__file__).parents[2] / "docs"
    (written,) = re.findall(r"```yaml\n(# centroids\.yaml\n.*?)```", (docs / "external.md").read_text(), re.DOTALL)
    content = yaml.safe_load(written.replace(".venv/bin/python", sys.executable))
    artefacts = Artefacts(
        Study.model_validate({**content, "replicates": 1, "rows": 60}, context={"base": docs / "external"}),
        Store(tmp_path),
    )
    make_anchor(artefacts)
    slot = Slot(artefacts, 0, "shared")
    make_dataset(slot)
    made = make_learner(slot)
    assert 0.8 < made.numbers["learner_accuracy"] < 1  # type: ignore[operator]
    assert artefacts.provenance(slot.address(LEARNER))["learner_log"] == {"0": "learned 2 classes from 60 rows\n"}


def test_a_study_says_how_often_it_will_run_a_learner_outside(tmp_path: Path) -> None:
    told = describe_requests(external_study(tmp_path).study, anchor_rows=400)
    assert told is not None
    assert told.startswith("Learner 'external' is trained and judged 9 times in the whole study (3 replicates)")
    assert describe_requests(study_of(), anchor_rows=400) is None
    with pytest.raises(
        ValidationError, match=r"no true zero.*in 'metrics' of the learner: '{better: lower, zero: true}'"
    ):
        external_study(tmp_path, endpoints={"learner_distance": {"tolerance": 0.1}})
    weighted = external_study(tmp_path, arms={"golden": {"policy": "weighted", "weight": 0.6}}).study
    with pytest.raises(BadInput, match="arm 'golden' weighs its rows, but learner 'external' does not support weights"):
        check_study(weighted, weighted.source.load().schema, anchor_rows=400)
