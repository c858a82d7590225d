"""OpenLineage: events of the form that its specification asks for, with a facet for share and depth."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import jsonschema
import pytest

from outcross.assets.export import Description, openlineage
from tests.assets.corpus.versions import FIRST, SECOND, TRIMMED
from tests.assets.export.exports import HOSTILE_DATASETS, generation, small_study, tame

_URI = {"type": "string", "format": "uri", "pattern": r"^[a-z]+:[!-~]+$"}
_FACETS = {
    "type": "object",
    "additionalProperties": {
        "type": "object",
        "required": ["_producer", "_schemaURL"],
        "properties": {"_producer": _URI, "_schemaURL": _URI},
    },
}
_DATASET = {
    "type": "object",
    "required": ["namespace", "name"],
    "properties": {
        "namespace": {"type": "string", "minLength": 1},
        "name": {"type": "string", "minLength": 1},
        "facets": _FACETS,
        "inputFacets": _FACETS,
        "outputFacets": _FACETS,
    },
    "additionalProperties": False,
}
RUN_EVENT = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "required": ["eventTime", "producer", "schemaURL", "run", "job"],
    "properties": {
        "eventType": {"enum": ["START", "RUNNING", "COMPLETE", "ABORT", "FAIL", "OTHER"]},
        "eventTime": {"type": "string", "format": "date-time"},
        "producer": _URI,
        "schemaURL": _URI,
        "run": {"type": "object", "required": ["runId"], "properties": {"facets": _FACETS}},
        "job": {"type": "object", "required": ["namespace", "name"], "properties": {"facets": _FACETS}},
        "inputs": {"type": "array", "items": _DATASET},
        "outputs": {"type": "array", "items": _DATASET},
    },
    "additionalProperties": False,
}
"""What OpenLineage 2-0-2 asks of a run event, in our words: the specification's own file is not ours to copy."""


def schema_of(name: str) -> dict[str, Any]:
    return json.loads((Path(openlineage.__file__).parent / name).read_text(encoding="utf-8"))


def read(dataset: Description) -> list[dict[str, Any]]:
    text = openlineage.write(dataset)
    assert text.endswith("\n")
    return [json.loads(line) for line in text[:-1].split("\n")]


def facets(event: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for holder in (event["run"], event["job"], *event["inputs"], *event["outputs"]):
        for kind in ("facets", "inputFacets", "outputFacets"):
            yield from holder.get(kind, {}).items()


def hold_to_the_rules(dataset: Description) -> None:
    own = {
        openlineage.COMPOSITION_SCHEMA: schema_of("composition_facet.json"),
        openlineage.STEP_SCHEMA: schema_of("step_facet.json"),
    }
    for event in read(dataset):
        jsonschema.validate(event, RUN_EVENT)
        UUID(event["run"]["runId"])
        for key, facet in facets(event):
            address = facet["_schemaURL"]
            if key.startswith("outcross_"):
                jsonschema.validate(facet, own[address])
            else:
                form = r"https://openlineage\.io/spec/facets/\d+-\d+-\d+/(\w+)\.json#/\$defs/\1"
                assert re.fullmatch(form, address), address


@pytest.mark.parametrize("dataset", [tame(FIRST), tame(SECOND), tame(TRIMMED)])
def test_a_version_keeps_the_rules(dataset: Description) -> None:
    hold_to_the_rules(dataset)


@pytest.mark.parametrize("dataset", HOSTILE_DATASETS.values(), ids=HOSTILE_DATASETS)
def test_a_hostile_corpus_keeps_the_rules(dataset: Description) -> None:
    hold_to_the_rules(dataset)


def test_the_facets_of_our_own_can_be_wrong() -> None:
    facet = read(tame())[-1]["outputs"][0]["facets"]["outcross_composition"]
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(facet | {"syntheticShareDeclared": 2}, schema_of("composition_facet.json"))


def test_a_version_is_made_from_its_parent_and_a_batch() -> None:
    sampled, ingested = read(tame())
    assert [each["name"] for each in ingested["inputs"]] == ["corpora/adult", "corpora/adult/batches/b2"]
    assert [each["name"] for each in ingested["outputs"]] == ["corpora/adult"]
    assert ingested["inputs"][0]["facets"]["version"]["datasetVersion"] == "1"
    assert ingested["outputs"][0]["facets"]["version"]["datasetVersion"] == "2"
    assert ingested["outputs"][0]["outputFacets"]["outputStatistics"]["rowCount"] == 25
    assert [each["name"] for each in sampled["outputs"]] == ["corpora/adult/batches/b2"]
    assert {"name": "weights sha256", "value": "b" * 64} in sampled["run"]["facets"]["outcross_step"]["facts"]


def test_share_and_depth_are_in_the_facet() -> None:
    facet = read(tame())[-1]["outputs"][0]["facets"]["outcross_composition"]
    assert (facet["syntheticShareDeclared"], facet["deepest"], facet["bound"]) == (0.2, 1, 0.3)
    assert facet["syntheticShareEstimated"]["lower"] == 0.17
    assert facet["withinBound"] is True
    assert [(each["origin"], each["rows"]) for each in facet["counts"]] == [("real", 100), ("synthetic", 25)]


def test_guards_are_assertions_about_what_came_in() -> None:
    found = read(tame())[-1]["inputs"][-1]["inputFacets"]["dataQualityAssertions"]["assertions"]
    assert [(each["assertion"], each["success"], each["severity"]) for each in found] == [
        ("drift.auc", False, "error"),
        ("range.nulls", True, "error"),
        ("tails.rare", False, "warn"),
    ]
    assert found[2]["actual"] == "not computed"


def test_columns_come_with_type_and_whether_they_may_be_missing() -> None:
    fields = {each["name"]: each for each in read(tame())[-1]["outputs"][0]["facets"]["schema"]["fields"]}
    assert fields["age"]["type"] == "BIGINT NOT NULL"
    assert fields["hours"]["type"] == "DOUBLE"


def test_a_run_keeps_its_id_and_another_has_another() -> None:
    ids = [event["run"]["runId"] for version in (FIRST, SECOND, TRIMMED) for event in read(tame(version))]
    assert len(set(ids)) == len(ids)
    assert ids == [event["run"]["runId"] for version in (FIRST, SECOND, TRIMMED) for event in read(tame(version))]


def test_a_generation_is_a_chain_of_events_each_made_from_the_one_before(tmp_path: Path) -> None:
    dataset = generation(small_study(tmp_path), 2)
    hold_to_the_rules(dataset)
    chain = [(event["job"]["name"], [each["name"] for each in event["inputs"]]) for event in read(dataset)]
    assert chain == [
        ("small/gen_00/shared/model.fit", ["small/gen_00/shared/dataset"]),
        ("small/gen_00/shared/synthetic.sample", ["small/gen_00/shared/model"]),
        ("small/gen_01/accumulate/model.fit", ["small/gen_01/accumulate/dataset"]),
        ("small/gen_01/accumulate/synthetic.sample", ["small/gen_01/accumulate/model"]),
        (
            "small/gen_02/accumulate/dataset.mix",
            ["small/anchor", "small/gen_00/shared/synthetic", "small/gen_01/accumulate/synthetic"],
        ),
    ]
    assertions = read(dataset)[-1]["inputs"][-1]["inputFacets"]["dataQualityAssertions"]["assertions"]
    assert [each["name"] for each in assertions] == ["policy: rows of replicate 0"]
