"""Each reason against an endpoint refuses it, alone, with a remedy that works, before anything runs."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import ValidationError
from typer.testing import CliRunner

from outcross.assets.metrics.registry import METRIC_OF
from outcross.assets.study.endpoint_refusals import REFUSALS_BY_DATA, REFUSALS_BY_FILE, Setting
from outcross.assets.study.preflight import _check_endpoints
from outcross.assets.study.study import Study
from outcross.resources.errors import BadInput
from outcross.resources.schema import Column, Role, Schema
from tests.cases.endpoint_faults import BY_DATA, BY_FILE, TABLE, X, Y

ARM = {"arms": {"replace": {"policy": "replace"}}, "generations": 2, "replicates": 1}
PLAIN = {"study": "refused", "source": {"kind": "college"}, "generator": {"kind": "copula"}, **ARM}
GROUPED = Schema((X, Y, Column(name="s", role=Role.GROUP)))


def study_with(endpoint: str, **changes: Any) -> Study:
    return Study.model_validate(PLAIN | {"endpoints": {endpoint: {"tolerance": 0.1}}} | changes)


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
    setting = Setting(metrics=study.metrics, generator=study.generator, schema=schema)
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
    ],
)
def test_the_remedy_against_data_works(refusal: str, schema: Schema, changes: dict[str, Any]) -> None:
    endpoint, _, before = BY_DATA[refusal]
    _check_endpoints(study_with(endpoint, **(before | changes)), schema)


def test_every_remedy_against_data_is_tried() -> None:
    (mark,) = test_the_remedy_against_data_works.pytestmark  # type: ignore[attr-defined]
    assert [refusal for refusal, *_ in mark.args[1]] == list(REFUSALS_BY_DATA)


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
