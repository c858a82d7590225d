"""The code location: quick to import, and the graph the study describes."""

import subprocess
import sys

import dagster as dg
import pytest

from assets.generations import asset_key, study_graph
from assets.study import Study
from jobs.definitions import definitions_of
from tests.jobs.workplace import SMALL

HEAVY = ("torch", "great_expectations", "pandas", "matplotlib", "plotly", "sklearn", "scipy", "PIL")


def test_importing_the_code_location_loads_no_heavy_library() -> None:
    code = f"import sys, jobs.definitions as d; d.defs(); print([m for m in {HEAVY!r} if m in sys.modules])"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert ran.stdout.strip() == "[]", ran.stderr


@pytest.fixture(scope="module")
def definitions() -> dg.Definitions:
    return definitions_of([Study.model_validate(SMALL)], root="nowhere")


def test_the_graph_is_a_chain_of_generations(definitions: dg.Definitions) -> None:
    graph = definitions.resolve_asset_graph()
    study = Study.model_validate(SMALL)
    parents = {
        key.to_user_string(): sorted(p.to_user_string() for p in graph.get(key).parent_keys)
        for key in graph.get_all_asset_keys()
    }
    assert parents["small/gen_00/dataset"] == ["small/anchor"]
    assert parents["small/gen_02/dataset"] == ["small/anchor", "small/gen_00/synthetic", "small/gen_01/synthetic"]
    assert parents["small/gen_02/model"] == ["small/gen_02/dataset"]
    assert parents["small/gen_02/synthetic"] == ["small/gen_02/model"]
    assert parents["small/gen_02/evaluation"] == [
        "small/gen_01/synthetic",
        "small/gen_02/model",
        "small/gen_02/synthetic",
        "small/holdout",
    ]
    assert parents["small/verdict"] == [f"small/gen_0{g}/evaluation" for g in range(3)]
    assert len(parents) == 2 + 4 * study.generations + 2


def test_the_holdout_leads_to_evaluations_alone(definitions: dg.Definitions) -> None:
    graph = definitions.resolve_asset_graph()
    children = graph.get(asset_key(Study.model_validate(SMALL), "holdout")).child_keys
    assert {key.path[-1] for key in children} == {"evaluation"}


def test_generation_zero_is_unpartitioned_and_the_others_are_by_lineage(definitions: dg.Definitions) -> None:
    graph = definitions.resolve_asset_graph()
    for key in graph.get_all_asset_keys():
        partitions = graph.get(key).partitions_def
        if len(key.path) == 3 and key.path[1] != "gen_00":
            assert partitions is not None
            assert partitions.get_partition_keys() == ["accumulate", "fixed-0", "fixed-0.5", "replace"]
        else:
            assert partitions is None


def test_every_asset_says_what_it_is_and_whose(definitions: dg.Definitions) -> None:
    for part in study_graph(Study.model_validate(SMALL)):
        if isinstance(part, dg.AssetsDefinition):
            for spec in part.specs:
                assert spec.description and spec.kinds and spec.owners and spec.group_name and spec.code_version


def test_a_changed_setting_changes_the_code_version_of_what_it_shapes() -> None:
    def versions(**changes: object) -> dict[str, str | None]:
        graph = study_graph(Study.model_validate({**SMALL, **changes}))
        specs = [spec for part in graph if isinstance(part, dg.AssetsDefinition) for spec in part.specs]
        return {spec.key.to_user_string(): spec.code_version for spec in specs}

    before, after = versions(), versions(seed=3)
    assert all(before[key] != after[key] for key in before)
    stricter = versions(endpoints={"loss": {"tolerance": 0.1}})
    assert stricter["small/verdict"] != before["small/verdict"]
    assert stricter["small/gen_01/model"] == before["small/gen_01/model"]


def test_every_check_says_what_it_holds_a_thing_to() -> None:
    graph = study_graph(Study.model_validate(SMALL))
    specs = [spec for part in graph if isinstance(part, dg.AssetChecksDefinition) for spec in part.check_specs]
    assert len({spec.name for spec in specs}) > 10
    assert all(spec.description and len(spec.description) > 20 for spec in specs)
