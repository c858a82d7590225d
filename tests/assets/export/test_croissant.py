"""Croissant: what the specification asks, share and provenance said, and nothing that a name can break."""

import dataclasses
import json
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

from outcross.assets.export import FORMATS, Description, croissant
from outcross.assets.export.corpus import describe_version
from outcross.resources.schema import Column, Role, Schema
from tests.assets.corpus.versions import FIRST, HOSTILE, SECOND, TRIMMED
from tests.assets.export.croissant_rules import problems
from tests.assets.export.exports import HOSTILE_DATASETS, generation, small_study, tame


def read(dataset: Description) -> dict[str, Any]:
    return json.loads(croissant.write(dataset))


def properties(node: dict[str, Any]) -> dict[str, Any]:
    return {each["name"]: each["sc:value"] for each in node["additionalProperty"]}


@pytest.mark.parametrize("dataset", [tame(FIRST), tame(SECOND), tame(TRIMMED)])
def test_a_version_keeps_the_rules(dataset: Description) -> None:
    assert problems(read(dataset)) == []


@pytest.mark.parametrize("dataset", HOSTILE_DATASETS.values(), ids=HOSTILE_DATASETS)
def test_a_hostile_corpus_keeps_the_rules(dataset: Description) -> None:
    assert problems(read(dataset)) == []


@pytest.mark.parametrize("text", HOSTILE[:8])
def test_a_column_is_found_again_under_its_own_name(text: str) -> None:
    dataset = HOSTILE_DATASETS[f"hostile-{HOSTILE.index(text)}"]
    field = read(dataset)["recordSet"][0]["field"][-1]
    assert field["name"] == field["source"]["extract"]["column"] == f"{text}1"
    assert unquote(field["@id"].rsplit("/", 1)[-1]) == f"{text}1"


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        ({"license": None}, "lacks license"),
        ({"conformsTo": ["http://mlcommons.org/croissant/1.0"]}, "Croissant 1.1"),
        ({"version": "two"}, "not semantic"),
        ({"rai:invented": 1}, "not known"),
        ({"distribution": []}, "leads nowhere"),
    ],
)
def test_the_rules_can_be_broken(broken: dict[str, Any], said: str) -> None:
    document = {key: value for key, value in (read(tame()) | broken).items() if value is not None}
    assert any(said in each for each in problems(document))


def test_share_depth_and_bound_are_said_in_numbers() -> None:
    said = properties(read(tame()))
    assert said["synthetic share, declared"] == 0.2
    assert said["synthetic share, estimated, upper 95 % limit"] == 0.26
    assert said["synthetic share, bound"] == 0.3
    assert (said["depth, deepest"], said["rows of depth 1"], said["rows by generator copula"]) == (1, 25, 25)


def test_synthetic_rows_are_said_to_be_there_or_not() -> None:
    assert read(tame(SECOND))["rai:hasSyntheticData"] is True
    assert read(tame(FIRST))["rai:hasSyntheticData"] is False
    assert "rai:dataCollectionType" not in read(tame(FIRST))


def test_what_nobody_knows_is_not_said() -> None:
    unknown = dataclasses.replace(SECOND.counts[1], origin="unknown", depth=None, generator=None)
    version = dataclasses.replace(SECOND, counts=(unknown,), declared_share=0.0, estimated=None)
    document = read(tame(version))
    assert "rai:hasSyntheticData" not in document
    assert any("Nobody declared" in each for each in document["rai:dataLimitations"])


def test_files_carry_their_digest_and_fields_their_type_and_whether_they_may_be_missing() -> None:
    document = read(tame())
    files = [node for node in document["distribution"] if node["@type"] == "cr:FileObject"]
    assert [(node["contentUrl"], node["sha256"]) for node in files] == [(p.path, p.sha256) for p in SECOND.parts]
    fields = {field["name"]: field for field in document["recordSet"][0]["field"]}
    assert fields["age"]["dataType"] == "sc:Integer"
    assert fields["hours"]["dataType"] == "sc:Float"
    assert fields["income"]["dataType"] == ["sc:Text", "cr:Label"]
    assert (fields["age"]["valueRequired"], fields["hours"]["valueRequired"]) == (True, False)


def test_an_image_is_an_array_of_its_pixels() -> None:
    schema = Schema((Column(name="image", role=Role.IMAGE, shape=(8, 8), levels=16),))
    field = read(describe_version(FIRST, schema))["recordSet"][0]["field"][-1]
    assert (field["dataType"], field["isArray"], field["arrayShape"]) == ("cr:UInt8", True, "64")


def test_provenance_names_the_parent_the_batch_and_how_the_batch_was_generated() -> None:
    document = read(tame())
    assert [each["@id"] for each in document["prov:wasDerivedFrom"]] == [
        "urn:outcross:corpora/adult:1",
        "urn:outcross:corpora/adult/batches/b2",
    ]
    sampled, ingested = document["prov:wasGeneratedBy"]
    assert properties(sampled) == {
        "generator": "copula",
        "generator version": "1",
        "seed": "4611686018427387905",
        "weights sha256": "b" * 64,
    }
    assert ingested["prov:endedAtTime"] == SECOND.at
    assert properties(ingested)["rows quarantined"] == "2"


def test_a_generator_that_no_step_names_is_named_all_the_same() -> None:
    first, *_ = read(tame(TRIMMED))["prov:wasGeneratedBy"]
    assert first["prov:wasAssociatedWith"] == {"@type": "prov:SoftwareAgent", "prov:label": "copula"}
    assert "seeds and weights are not on record" in first["sc:description"]


def test_rows_that_were_trimmed_are_a_table_of_their_own() -> None:
    document = read(tame(TRIMMED))
    assert [table["name"] for table in document["recordSet"]] == ["rows", "left_out"]
    assert any("leave out those" in each for each in document["rai:dataLimitations"])


@pytest.mark.parametrize(
    ("stated", "said"),
    [
        ("cc-by-4.0", "https://spdx.org/licenses/CC-BY-4.0.html"),
        ("https://example.com/terms", "https://example.com/terms"),
        ("javascript:alert(1)", {"@type": "sc:CreativeWork", "name": "javascript:alert(1)"}),
        ("ours, ask", {"@type": "sc:CreativeWork", "name": "ours, ask"}),
    ],
)
def test_a_licence_is_a_page_where_it_has_one(stated: str, said: Any) -> None:
    assert read(dataclasses.replace(tame(), licences=(stated,)))["license"] == [said]


def test_the_same_facts_give_the_same_bytes() -> None:
    for each in (form for name, form in FORMATS.items() if not name.startswith("statement")):
        facts = dataclasses.replace(tame(), suite={"name": "people_profile", "expectations": []})
        assert each.write(facts) == each.write(facts)


def test_a_generation_says_which_rows_models_weights_and_seeds_it_is_of(tmp_path: Path) -> None:
    artefacts = small_study(tmp_path)
    document = read(generation(artefacts, 2))
    assert problems(document) == []
    said = properties(document)
    assert (said["rows"], said["synthetic rows"], said["depth, deepest"]) == (240, 160, 2)
    assert said["synthetic share, declared"] == pytest.approx(2 / 3)
    steps = document["prov:wasGeneratedBy"]
    assert [step["prov:label"] for step in steps] == ["fit", "sample", "fit", "sample", "mix"]
    weights = artefacts.provenance(artefacts.address("model", 1, "accumulate"))["weights_sha256"]
    assert properties(steps[2])["weights sha256"] == properties(steps[3])["weights sha256"] == weights
    seeds = artefacts.provenance(artefacts.address("synthetic", 1, "accumulate"))["seeds"]
    assert properties(steps[3])["seeds"] == " ".join(f"{each}={seed}" for each, seed in seeds.items())
    for node in document["distribution"]:
        if node["@type"] == "cr:FileObject":
            content = (tmp_path / "small" / node["contentUrl"]).read_bytes()
            assert node["contentSize"] == f"{len(content)} B"
    first = read(generation(artefacts, 0))
    assert problems(first) == []
    assert first["rai:hasSyntheticData"] is False
    assert [step["prov:label"] for step in first["prov:wasGeneratedBy"]] == ["mix"]
