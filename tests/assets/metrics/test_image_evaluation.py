"""The evaluation of images: which measurements are stored, and which need to be named in ``metrics``."""

from typing import Any

import pytest
from pydantic import ValidationError

from outcross.assets.artefacts import ANCHOR, EVALUATION, Artefacts
from outcross.assets.instruments.embedding import Embedding
from outcross.assets.study.preflight import check_study
from outcross.assets.study.study import Study
from outcross.jobs.running.plain_loop import run_plainly
from outcross.resources.errors import BadInput
from outcross.resources.schema import Schema
from outcross.resources.store import Store
from tests.assets.evaluation.images import measured, three_parts


def study(**changes: Any) -> Study:
    return Study.model_validate(
        {
            "study": "images",
            "source": {"kind": "digits"},
            "generator": {"kind": "cvae", "steps": 5},
            "metrics": ["class_recall", "closeness"],
            "generations": 2,
            "replicates": 2,
            "rows": 200,
            "arms": {"replace": {"policy": "replace"}},
            **changes,
        }
    )


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Artefacts:
    settings = study()
    artefacts = Artefacts(settings, Store(str(tmp_path_factory.mktemp("images"))))
    run_plainly(artefacts, settings.lineages, checks=False)
    return artefacts


def test_the_evaluation_records_the_embedding_which_is_fitted_to_the_anchor_alone(made: Artefacts) -> None:
    anchor = made.load(made.address(ANCHOR)).select(made.schema.names)
    named = made.provenance(made.address(EVALUATION, 1, "replace"))["embedding_sha256"]
    assert named == Embedding.fit(anchor, made.schema).digest
    assert named == made.provenance(made.address(EVALUATION, 0, "shared"))["embedding_sha256"]


def test_classes_have_lines_of_their_own_and_the_worst_is_named(made: Artefacts) -> None:
    found = made.load(made.address(EVALUATION, 1, "replace")).filter(replicate=0, reference="holdout")
    classes = found.filter(metric="class_recall")
    assert classes["about"].to_list() == ["", *(f"label={level}" for level in range(10))]
    whole, named = found.filter(metric="worst_class_recall").select("value", "about").rows()
    assert whole == (classes["value"].min(), "")
    assert classes.filter(about=named[1])["value"].item() == named[0] == whole[0]


def test_repeats_are_measured_against_the_holdout_only(made: Artefacts) -> None:
    found = made.load(made.address(EVALUATION, 1, "replace"))
    assert set(found.filter(metric="close_repeats")["reference"]) == {"holdout"}
    assert set(found.filter(metric="close_copies")["reference"]) == {"holdout", "previous"}


@pytest.mark.parametrize(
    ("metric", "endpoint"),
    [("two_sample", "two_sample_auc"), ("privacy", "copies"), ("closeness", "close_copies")],
)
def test_an_expensive_metric_is_measured_only_where_metrics_names_it(metric: str, endpoint: str) -> None:
    _, _, fresh, schema = three_parts("digits")
    assert endpoint not in measured("digits", fresh[:100])
    assert endpoint in measured("digits", fresh[:100], [metric])
    endpoints = {endpoint: {"absolute": 0.1}}
    check_study(study(metrics=[metric], endpoints=endpoints), schema, anchor_rows=400)
    with pytest.raises(
        (BadInput, ValidationError),
        match=rf"'{endpoint}' is off by default .*expensive; list 'metrics' explicitly and include '{metric}'",
    ):
        check_study(study(metrics=None, endpoints=endpoints), schema, anchor_rows=400)


def test_metrics_that_are_expensive_for_images_are_measured_for_tables_by_default() -> None:
    source = {"kind": "breast_cancer"}
    table = study(
        metrics=None, source=source, generator={"kind": "copula"}, endpoints={"two_sample_auc": {"absolute": 0.1}}
    )
    check_study(table, table.source.load().schema, anchor_rows=400)


def test_class_recall_needs_a_label() -> None:
    _, _, _, schema = three_parts("digits")
    bare = Schema(tuple(column for column in schema.columns if column.name != "label"))
    with pytest.raises(BadInput, match="'worst_class_recall' needs a label"):
        check_study(study(endpoints={"worst_class_recall": {"tolerance": 0.1}}), bare, anchor_rows=400)
