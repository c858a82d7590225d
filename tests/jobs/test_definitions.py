"""The code location: it imports quickly and has the graph that the study describes."""

import subprocess
import sys
import warnings

import dagster as dg
import pytest

from outcross.assets.corpus.corpus import Corpus
from outcross.assets.graph.keys import asset_key
from outcross.assets.graph.study import study_graph
from outcross.assets.graph.tags import asset_tags
from outcross.assets.study.study import Study
from outcross.jobs.definitions import build_definitions
from outcross.resources.generators.copula.settings import Copula
from tests.jobs.workplace import SMALL

HEAVY = ("torch", "great_expectations", "pandas", "matplotlib", "plotly", "sklearn", "scipy", "PIL")


def test_importing_the_code_location_loads_no_heavy_library() -> None:
    code = f"import sys, outcross.jobs.definitions as d; d.defs(); print([m for m in {HEAVY!r} if m in sys.modules])"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert ran.stdout.strip() == "[]", ran.stderr


@pytest.fixture(scope="module")
def definitions() -> dg.Definitions:
    return build_definitions([Study.model_validate(SMALL)], root="nowhere")


def test_the_graph_is_a_chain_of_generations(definitions: dg.Definitions) -> None:
    graph = definitions.resolve_asset_graph()
    study = Study.model_validate(SMALL)
    parents = {
        key.to_user_string(): sorted(p.to_user_string() for p in graph.get(key).parent_keys)
        for key in graph.get_all_asset_keys()
    }
    assert parents["small/gen_00/dataset"] == ["small/anchor"]
    assert parents["small/gen_02/dataset"] == [
        "small/anchor",
        "small/gen_00/synthetic",
        "small/gen_01/synthetic",
        "small/settings",
    ]
    assert parents["small/anchor"] == parents["small/holdout"] == ["small/source"]
    assert parents["small/source"] == parents["small/settings"] == []
    assert parents["small/gen_02/model"] == ["small/gen_02/dataset"]
    assert parents["small/gen_02/synthetic"] == ["small/gen_02/model"]
    assert parents["small/gen_02/evaluation"] == [
        "small/gen_01/synthetic",
        "small/gen_02/model",
        "small/gen_02/synthetic",
        "small/holdout",
    ]
    assert parents["small/verdict"] == [f"small/gen_0{g}/evaluation" for g in range(3)]
    assert parents["small/curves"] == parents["small/verdict"]
    assert len(parents) == 4 + 4 * study.generations + 4


def test_the_graph_of_a_large_study_grows_with_its_generations_and_not_with_its_lineages() -> None:
    arms = {f"many-{n}": {"policy": "fixed", "share": n / 10, "lineages": 50} for n in range(1, 5)}
    large = {**SMALL, "generations": 20, "replicates": 50, "arms": arms, "ladders": {}}
    graph = build_definitions([Study.model_validate(large)], root="nowhere").resolve_asset_graph()
    assert len(graph.get(dg.AssetKey(["small", "gen_19", "model"])).partitions_def.get_partition_keys()) == 200
    assert len(graph.get_all_asset_keys()) == 4 + 4 * 20 + 4
    assert len(graph.asset_check_keys) == 9 * 20 + 6 * 19 + 2


def test_the_holdout_leads_to_evaluations_alone(definitions: dg.Definitions) -> None:
    graph = definitions.resolve_asset_graph()
    children = graph.get(asset_key(Study.model_validate(SMALL), "holdout")).child_keys
    assert {key.path[-1] for key in children} == {"evaluation"}


def test_generation_zero_is_unpartitioned_and_the_others_are_by_lineage(definitions: dg.Definitions) -> None:
    graph = definitions.resolve_asset_graph()
    for key in graph.get_all_asset_keys():
        partitions = graph.get(key).partitions_def
        if key.path[1:] == ["settings"] or (len(key.path) == 3 and key.path[1] != "gen_00"):
            assert partitions is not None
            assert partitions.get_partition_keys() == ["accumulate", "fixed-0", "fixed-0.5", "replace"]
        elif key.path[-1] != "curves":
            assert partitions is None


def test_every_asset_has_a_description_and_owners(definitions: dg.Definitions) -> None:
    for part in study_graph(Study.model_validate(SMALL)):
        if isinstance(part, dg.AssetChecksDefinition):
            continue
        if isinstance(part, dg.SourceAsset):
            assert part.description and part.group_name, "Dagster gives what is observed no owners"
            assert part.tags["outcross/study"] == "small" and "dagster/kind/yaml" in part.tags
            continue
        for spec in [part] if isinstance(part, dg.AssetSpec) else part.specs:
            assert spec.description and spec.kinds and spec.owners and spec.group_name
            assert spec.code_version or spec.key.path[-1] == "curves", "no step makes the curves"


def test_the_catalogue_finds_assets_by_study_generation_thing_and_generator(definitions: dg.Definitions) -> None:
    graph = definitions.resolve_asset_graph()
    tags = {
        key.to_user_string(): {k: v for k, v in graph.get(key).tags.items() if k.startswith("outcross/")}
        for key in graph.get_all_asset_keys()
    }
    common = {"outcross/study": "small", "outcross/generator": "copula"}
    assert tags["small/gen_01/model"] == {**common, "outcross/thing": "model", "outcross/generation": "1"}
    for thing in ("anchor", "holdout", "curves", "verdict", "report"):
        assert tags[f"small/{thing}"] == {**common, "outcross/thing": thing}


def test_a_generator_whose_kind_is_no_tag_is_still_tagged() -> None:
    plain = Study.model_validate(SMALL)
    odd = plain.model_copy(update={"generator": plain.generator.model_copy(update={"kind": "my gen/é" + "x" * 70})})
    value = asset_tags(odd, "model", 1)["outcross/generator"]
    assert value.startswith("my-gen--x") and len(value) == 63
    assert dg.AssetSpec("a", tags={"outcross/generator": value})


def test_a_changed_setting_or_generator_changes_the_code_version_of_the_assets_it_affects(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def versions(**changes: object) -> dict[str, str | None]:
        graph = study_graph(Study.model_validate({**SMALL, **changes}))
        specs = [spec for part in graph if isinstance(part, dg.AssetsDefinition) for spec in part.specs]
        return {spec.key.to_user_string(): spec.code_version for spec in specs}

    before, after = versions(), versions(seed=3)
    once = {key for key in before if "gen_" not in key or "gen_00" in key}
    assert {key for key in before if before[key] != after[key]} == once, "lineages depend on their settings instead"
    stricter = versions(endpoints={"loss": {"gain": 0.1}})
    assert stricter["small/verdict"] != before["small/verdict"]
    assert stricter["small/gen_01/model"] == before["small/gen_01/model"]
    monkeypatch.setattr(Copula, "version", "raised")
    raised = {key for key, version in versions().items() if before[key] != version and "gen_01" in key}
    assert raised == {f"small/gen_01/{thing}" for thing in ("model", "synthetic", "evaluation")}


def test_every_check_has_a_description() -> None:
    graph = study_graph(Study.model_validate(SMALL))
    specs = [spec for part in graph if isinstance(part, dg.AssetChecksDefinition) for spec in part.check_specs]
    assert len({spec.name for spec in specs}) > 10
    assert all(spec.description and len(spec.description) > 20 for spec in specs)


@pytest.fixture(scope="module")
def guarded() -> dg.Definitions:
    """Two corpora: one watches a folder, one has its bound from a study."""
    source = {"kind": "breast_cancer"}
    watched = Corpus.model_validate(
        {"corpus": "small", "anchor": source, "bound": {"share": 0.2}, "inbox": "s3://bucket/in"}
    )
    bounded = Corpus.model_validate({"corpus": "my-own", "anchor": source, "bound": {"study": "small"}})
    return build_definitions([Study.model_validate(SMALL)], [watched, bounded], root="nowhere")


def test_a_corpus_has_its_batches_and_its_audit_next_to_a_study_of_the_same_name(guarded: dg.Definitions) -> None:
    graph = guarded.resolve_asset_graph()
    for name in ("small", "my-own"):
        batch, audit = graph.get(dg.AssetKey([name, "batch"])), graph.get(dg.AssetKey([name, "audit"]))
        assert isinstance(batch.partitions_def, dg.DynamicPartitionsDefinition)
        assert batch.partitions_def.name == f"{name}_batches"
        assert audit.partitions_def is None and audit.parent_keys == {batch.key}
        assert dg.AssetKey([name, "bound"]) in batch.parent_keys
        assert batch.group_name == audit.group_name == f"corpus_{name.replace('-', '_')}"
        assert batch.owners == ["team:data"] and batch.description and audit.description
        (check,) = graph.get_check_keys_for_assets({batch.key})
        assert check.name == "admitted_whole"
    assert graph.get(asset_key(Study.model_validate(SMALL), "anchor"))


def test_defining_studies_and_corpora_gives_no_warning() -> None:
    own = {"corpus": "own", "anchor": {"kind": "breast_cancer"}, "bound": {"study": "small"}, "inbox": "s3://b/in"}
    with warnings.catch_warnings(record=True) as given:
        warnings.simplefilter("always")
        of_dagster_itself = "Property `OpDefinition.version` is deprecated"  # where it takes in an observable asset
        warnings.filterwarnings("ignore", message=of_dagster_itself, category=DeprecationWarning)
        build_definitions(
            [Study.model_validate(SMALL)], [Corpus.model_validate(own)], root="nowhere"
        ).get_repository_def()
    assert [str(each.message) for each in given] == []


def test_a_verdict_leads_to_the_bound_the_batches_and_the_audit_of_the_corpora_that_it_bounds(
    guarded: dg.Definitions,
) -> None:
    graph = guarded.resolve_asset_graph()
    bound, batch = graph.get(dg.AssetKey(["my-own", "bound"])), graph.get(dg.AssetKey(["my-own", "batch"]))
    assert bound.parent_keys == {dg.AssetKey(["small", "verdict"])}
    assert batch.parent_keys == {bound.key, dg.AssetKey(["small", "gen_00", "synthetic"])}
    stated = graph.get(dg.AssetKey(["small", "bound"]))
    assert stated.parent_keys == set(), "a share that the file states comes from nowhere else"
    assert stated.automation_condition is None and bound.automation_condition is not None
    for name in ("small", "my-own"):
        assert graph.get(dg.AssetKey([name, "audit"])).freshness_policy is not None


def test_sensors_and_schedules_are_defined_with_their_jobs(guarded: dg.Definitions) -> None:
    repository = guarded.get_repository_def()
    assert {each.name for each in repository.sensor_defs} == {
        "small_automation",
        "small_settings",
        "small_inbox",
        "my_own_bound",
        "alerts_noted",
        "alerts_posted",
    }
    assert {each.name for each in repository.schedule_defs} == {
        "small_nightly_audit",
        "small_weekly_digest",
        "my_own_nightly_audit",
        "my_own_weekly_digest",
        "my_own_weekly_restudy",
    }
    for name in ("small_ingest", "small_audit", "my_own_ingest", "my_own_audit", "my_own_restudy"):
        assert repository.get_job(name).tags["outcross/corpus"] in {"small", "my-own"}
    assert all(each.description for each in [*repository.sensor_defs, *repository.schedule_defs])
