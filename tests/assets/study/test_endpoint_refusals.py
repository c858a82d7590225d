"""Each reason against an endpoint refuses it, alone, with a remedy that works, before anything runs."""

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
import yaml
from pydantic import ValidationError
from typer.testing import CliRunner

from outcross.assets.anchor.make import make_anchor
from outcross.assets.artefacts import Artefacts
from outcross.assets.instruments.probe import build_probe
from outcross.assets.metrics.registry import METRIC_OF
from outcross.assets.study.endpoint_refusals import REFUSALS_BY_DATA, REFUSALS_BY_FILE, REFUSALS_BY_ROWS, Rows, Setting
from outcross.assets.study.preflight import _check_endpoints, check_rows
from outcross.assets.study.study import Study
from outcross.resources.errors import BadInput
from outcross.resources.schema import Column, Role, Schema
from outcross.resources.store import Store
from tests.cases.endpoint_faults import BY_DATA, BY_FILE, BY_ROWS, BY_ROWS_MENDED, TABLE, X, Y, people

ARM = {"arms": {"replace": {"policy": "replace"}}, "generations": 2, "replicates": 1}
PLAIN = {"study": "refused", "source": {"kind": "college"}, "generator": {"kind": "copula"}, **ARM}
TARGET = Schema((X, Column(name="y", role=Role.NUMERIC, target=True)))
IN_COLOUR = Schema((Column(name="image", role=Role.IMAGE, shape=(8, 8), levels=255, channels=3),))
GROUPED = Schema((X, Y, Column(name="s", role=Role.GROUP)))


def study_with(endpoint: str, **changes: Any) -> Study:
    return Study.model_validate(PLAIN | {"endpoints": {endpoint: {"absolute": 0.1}}} | changes)


@pytest.mark.parametrize("refusal", BY_FILE)
def test_a_study_file_is_refused_for_exactly_this_reason(refusal: str) -> None:
    endpoint, changes = BY_FILE[refusal]
    metric = METRIC_OF[endpoint]
    reasons = {name: find(metric, changes.get("metrics")) for name, find in REFUSALS_BY_FILE.items()}
    assert [name for name, reason in reasons.items() if reason] == [refusal]
    with pytest.raises(ValidationError) as caught:
        study_with(endpoint, **changes)
    assert f"endpoint '{endpoint}' {reasons[refusal]}" in str(caught.value)
    assert "; " in str(reasons[refusal]), "a remedy follows"
    assert study_with(endpoint, metrics=[metric.name]), "which works"


@pytest.mark.parametrize("refusal", BY_DATA)
def test_data_refuse_an_endpoint_for_exactly_this_reason(refusal: str) -> None:
    endpoint, schema, changes = BY_DATA[refusal]
    study, metric = study_with(endpoint, **changes), METRIC_OF[endpoint]
    setting = Setting(endpoint=endpoint, metrics=study.metrics, generator=study.generator, schema=schema)
    reasons = {name: find(metric, setting) for name, find in REFUSALS_BY_DATA.items()}
    assert [name for name, reason in reasons.items() if reason] == [refusal]
    with pytest.raises(BadInput) as caught:
        _check_endpoints(study, schema)
    assert str(caught.value) == f"study 'refused': endpoint '{endpoint}' {reasons[refusal]}"
    assert "; " in str(reasons[refusal]), "a remedy follows"


@pytest.mark.parametrize(
    ("refusal", "schema", "changes"),
    [
        ("other_data", TABLE, {"endpoints": {"recall": {"tolerance": 0.1}}}),
        ("expensive_for_data", BY_DATA["expensive_for_data"][1], {"metrics": ["two_sample"]}),
        ("without_group", GROUPED, {}),
        ("without_likelihood", TABLE, {"generator": {"kind": "copula"}}),
        ("without_label", TABLE, {}),
        ("without_outcome", TARGET, {}),
        ("without_colour", IN_COLOUR, {}),
    ],
)
def test_the_remedy_against_data_works(refusal: str, schema: Schema, changes: dict[str, Any]) -> None:
    endpoint, _, before = BY_DATA[refusal]
    _check_endpoints(study_with(endpoint, **(before | changes)), schema)


def test_every_remedy_against_data_is_tried() -> None:
    (mark,) = test_the_remedy_against_data_works.pytestmark  # type: ignore[attr-defined]
    assert [refusal for refusal, *_ in mark.args[1]] == list(REFUSALS_BY_DATA)


@pytest.mark.parametrize("refusal", BY_ROWS)
def test_rows_refuse_an_endpoint_for_exactly_this_reason_and_others_do_not(refusal: str) -> None:
    endpoint, schema, anchor, holdout = BY_ROWS[refusal]
    rows = Rows(
        endpoint=endpoint,
        schema=schema,
        anchor=anchor,
        holdout=holdout,
        probe=lambda: build_probe(anchor, holdout, schema, seed=1),
    )
    reasons = {name: find(METRIC_OF[endpoint], rows) for name, find in REFUSALS_BY_ROWS.items()}
    assert [name for name, reason in reasons.items() if reason] == [refusal]
    with pytest.raises(BadInput) as caught:
        check_rows(study_with(endpoint), schema, anchor=anchor, holdout=holdout)
    assert str(caught.value) == f"study 'refused': endpoint '{endpoint}' {reasons[refusal]}"
    assert "; " in str(reasons[refusal]), "a remedy follows"
    other, anchor, holdout = BY_ROWS_MENDED[refusal]
    check_rows(study_with(endpoint), other, anchor=anchor, holdout=holdout)


def refused(endpoint: str, schema: Schema, anchor: pl.DataFrame, holdout: pl.DataFrame) -> str:
    with pytest.raises(BadInput) as caught:
        check_rows(study_with(endpoint), schema, anchor=anchor, holdout=holdout)
    return str(caught.value).removeprefix(f"study 'refused': endpoint '{endpoint}' ")


def test_the_largest_group_is_counted_and_the_remedy_fits() -> None:
    _, schema, anchor, holdout = BY_ROWS["few_rows"]
    needs = "needs a group with at least 30 rows in the holdout, but the largest, s=k, has 20; "
    found = [refused("group_gap", schema, rows, holdout) for rows in (anchor, people("ab", "klm", rows=240))]
    assert found[0] == f"{needs}add rows, merge levels, or choose another endpoint"
    assert found[1] == f"{needs}raise 'holdout', merge levels, or choose another endpoint"


def test_no_class_of_images_with_ten_rows_in_the_holdout_is_refused() -> None:
    schema = Schema((Column(name="i", role=Role.IMAGE, shape=(1, 1), levels=1), Y))
    rows = pl.DataFrame({"i": [[0], [1]] * 8, "y": ["a", "b"] * 8}, schema=schema.polars)
    for endpoint in ("class_recall", "worst_class_recall"):
        assert "a class with at least 10 rows in the holdout, but the largest, y=a, has 8" in refused(
            endpoint, schema, rows, rows
        )


@pytest.mark.parametrize("endpoint", ["utility", "balanced_accuracy", "roc_auc", "average_precision"])
def test_labels_that_no_column_tells_are_refused(endpoint: str) -> None:
    rows = people("aab").with_columns(x=0.0)
    told = refused(endpoint, BY_ROWS["few_rows"][1], rows, rows)
    assert told.startswith("cannot fall: trained on the real rows, the model has")


def test_a_target_that_no_column_tells_and_a_constant_one_are_refused() -> None:
    draws = np.random.default_rng(2).normal(size=(2, 2, 60))
    anchor, holdout = (pl.DataFrame({"x": x, "y": y}) for x, y in draws)
    assert "a constant prediction 0 " in refused("utility", TARGET, anchor, holdout)
    assert "cannot be measured" in refused("utility", TARGET, anchor, holdout.with_columns(y=1.0))


def test_a_rare_class_that_is_told_is_no_reason_to_refuse_balanced_accuracy() -> None:
    rows = people(["a"] * 19 + ["b"]).with_columns(x=(pl.col("y") == "b").cast(pl.Float64))
    check_rows(study_with("balanced_accuracy"), BY_ROWS["few_rows"][1], anchor=rows, holdout=rows)


@pytest.mark.parametrize("refusal", ["unmeasured", "without_group"])
def test_the_command_line_refuses_with_2_and_makes_nothing(
    refusal: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    endpoint, *_, changes = (BY_FILE | BY_DATA)[refusal]
    people = tmp_path / "people.csv"
    people.write_text("x,y\n" + "".join(f"{place},{'no' if place % 2 else 'yes'}\n" for place in range(60)))
    source = {"kind": "files", "path": str(people), "columns": {"y": "label"}}
    endpoints = {endpoint: {"tolerance": 0.1}}
    (tmp_path / "refused.yaml").write_text(yaml.safe_dump(PLAIN | changes | {"source": source, "endpoints": endpoints}))
    monkeypatch.setenv("OUTCROSS_HOME", str(tmp_path / "home"))
    from outcross.jobs.cli.app import app

    ran = CliRunner().invoke(app, ["study", str(tmp_path / "refused.yaml")])
    assert isinstance(ran.exception, BadInput) and ran.exception.exit_code == 2
    assert f"endpoint '{endpoint}'" in str(ran.exception)
    assert not list(tmp_path.rglob("*.parquet"))


def test_an_anchor_on_which_an_endpoint_cannot_be_measured_is_not_written(tmp_path: Path) -> None:
    people("ab", "klm").write_csv(tmp_path / "people.csv")
    source = {"kind": "files", "path": str(tmp_path / "people.csv"), "columns": {"y": "label", "s": "group"}}
    artefacts = Artefacts(study_with("rarest_group_utility", source=source), Store(tmp_path / "data"))
    with pytest.raises(BadInput, match="needs a group with at least 30 rows in the holdout"):
        make_anchor(artefacts)
    assert not list(tmp_path.rglob("*.parquet"))
