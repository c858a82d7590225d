"""The evaluation of tables: which measurements are stored, and which of them the checks and the UI read."""

import numpy as np
import polars as pl
import pytest

from outcross.assets.artefacts import EVALUATION, Artefacts, Slot
from outcross.assets.evaluation.make import EVALUATIONS, make_evaluation
from outcross.assets.study.health_bounds import Guard
from outcross.assets.study.study import Study
from outcross.assets.verdict import health
from outcross.jobs.running.plain_loop import run_plainly
from outcross.resources.store import Store


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Artefacts:
    study = Study.model_validate(
        {
            "study": "table",
            "source": {"kind": "breast_cancer"},
            "generator": {"kind": "copula"},
            "metrics": ["loss", "shapes", "tail_mass"],
            "generations": 3,
            "replicates": 2,
            "rows": 120,
            "arms": {"replace": {"policy": "replace"}},
        }
    )
    artefacts = Artefacts(study, Store(str(tmp_path_factory.mktemp("table"))))
    run_plainly(artefacts, study.lineages, checks=False)
    return artefacts


def evaluation(made: Artefacts, generation: int) -> pl.DataFrame:
    return made.load(made.address(EVALUATION, generation, "replace"))


def test_columns_have_lines_of_their_own_against_both_references(made: Artefacts) -> None:
    found = evaluation(made, 1)
    assert dict(found.schema) == EVALUATIONS
    lines = found.filter(metric="ks", replicate=0).group_by("reference", maintain_order=True).agg(pl.col("about"))
    (_, one), (_, other) = lines.rows()
    assert set(lines["reference"]) == {"holdout", "previous"}
    assert one == other
    assert one[0] == "" and len(set(one)) == 31
    assert set(found.filter(metric="loss")["about"]) == {""}
    assert not found.select("replicate", "reference", "metric", "about").is_duplicated().any()


def test_the_numbers_in_the_ui_are_medians_of_the_values_for_all_rows(made: Artefacts) -> None:
    numbers = make_evaluation(Slot(made, 1, "replace")).numbers
    whole = evaluation(made, 1).filter(metric="ks", reference="holdout", about="")
    assert whole.height == 2
    assert numbers["ks"] == pytest.approx(whole["value"].median())


def test_a_guard_compares_the_values_for_all_rows_replicate_by_replicate(
    made: Artefacts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health, "GUARDS", (Guard("ks", "drift", 0.1, "a test"),))
    (vital,) = health.health_vitals(Slot(made, 2, "replace"))
    first, last = (
        evaluation(made, generation).filter(metric="ks", reference="holdout", about="").sort("replicate")["value"]
        for generation in (0, 2)
    )
    worse = (last - first).to_numpy() / first.to_numpy().mean()
    assert vital.value == pytest.approx(np.median(worse))


def test_evaluations_are_read_by_part_in_sql(made: Artefacts) -> None:
    from outcross.resources.warehouse import query

    asked = "select about, count(*) as lines from evaluations where metric = 'ks' and about <> '' group by all"
    found = query(made.store, asked)
    assert found.height == 30
    assert set(found["lines"]) == {10}  # 2 replicates, 3 generations, of which two have a previous one
