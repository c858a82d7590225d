"""What the UI shows of a finished study: where each part is and how to read it, numbers that plot, few pictures."""

import json
import math
import sqlite3
from collections import defaultdict
from collections.abc import Iterator

import dagster as dg
import polars as pl
import pytest

from outcross.assets.artefacts import DATASET, EVALUATION, MODEL, SYNTHETIC, THINGS, Artefacts, Slot
from outcross.assets.graph.columns import thing_columns
from outcross.assets.graph.curves import count_points, curve_points, curves_key
from outcross.assets.graph.keys import asset_key
from outcross.assets.graph.results import check_result, is_pictured
from outcross.assets.study.lineage import SHARED
from outcross.assets.study.study import Study
from outcross.jobs.definitions import build_definitions
from outcross.jobs.files.home import PACKAGE
from outcross.jobs.running.event_log import open_pooled
from outcross.jobs.running.study_jobs import lineage_keys, start_keys
from outcross.resources.store import Store
from outcross.resources.warehouse import query
from tests.jobs.workplace import SMALL, Workplace

STUDY = Study.model_validate(SMALL)
AT = {"gen": 1, "lineage": "fixed-0.5"}


@pytest.fixture(scope="module")
def artefacts(done: Workplace) -> Artefacts:
    return Artefacts(STUDY, Store(done.data))


@pytest.fixture(scope="module")
def instance(done: Workplace) -> Iterator[dg.DagsterInstance]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OUTCROSS_INSTANCE", str(done.folder / "home" / "dagster"))
        with open_pooled(str(PACKAGE)) as opened:
            yield opened


def materialised(instance: dg.DagsterInstance, key: dg.AssetKey, partition: str | None = None) -> dict[str, object]:
    wanted = dg.AssetRecordsFilter(key, asset_partitions=None if partition is None else [partition])
    (record,) = instance.fetch_materializations(wanted, limit=1).records
    assert record.asset_materialization is not None
    return {name: each.value for name, each in record.asset_materialization.metadata.items()}


@pytest.mark.parametrize("thing", THINGS)
def test_an_asset_says_where_its_part_is_how_many_rows_it_has_and_which_query_reads_them(
    instance: dg.DagsterInstance, artefacts: Artefacts, thing: str
) -> None:
    for generation, lineage in ((0, None), (1, "fixed-0.5")):
        shown = materialised(instance, asset_key(STUDY, thing, generation), lineage)
        there = pl.read_parquet(str(shown["path"]))
        assert there.equals(artefacts.store.read(artefacts.address(thing, generation, lineage)))
        assert shown["dagster/partition_row_count" if generation else "dagster/row_count"] == there.height
        assert query(artefacts.store, str(shown["query"])).height == there.height


def test_the_source_and_the_verdict_say_so_as_well(instance: dg.DagsterInstance, artefacts: Artefacts) -> None:
    for thing in ("anchor", "holdout", "verdict"):
        shown = materialised(instance, asset_key(STUDY, thing))
        assert query(artefacts.store, str(shown["query"])).height == shown["dagster/row_count"]
        if thing != "verdict":
            columns = shown["dagster/column_schema"]
            assert isinstance(columns, dg.TableSchema)
            assert [each.name for each in columns.columns] == pl.read_parquet(str(shown["path"])).columns


def test_the_columns_that_an_asset_lists_are_those_of_its_parts(artefacts: Artefacts) -> None:
    for thing in THINGS:
        (listed,) = thing_columns(thing).values()
        there = artefacts.store.column_types(artefacts.address(thing, 1, "fixed-0.5"))
        shown = {column.name: column.type for column in listed.columns}
        assert shown.items() <= {name: str(dtype) for name, dtype in there.items()}.items()
        rest = [name for name in there if name not in shown]
        assert rest == (artefacts.schema.names if thing == SYNTHETIC else []), thing


def test_the_query_of_the_synthetic_rows_traces_one_to_its_model_its_dataset_and_its_seeds(
    artefacts: Artefacts,
) -> None:
    graph = build_definitions([STUDY], root="nowhere").resolve_asset_graph()
    traced = query(artefacts.store, graph.get(asset_key(STUDY, SYNTHETIC, 1)).metadata["trace_of_a_row"].value)
    assert sorted(traced["lineage"]) == sorted(STUDY.lineages)
    line = traced.filter(lineage="fixed-0.5").row(0, named=True)
    slot = Slot(artefacts, 1, "fixed-0.5")
    assert line["row_id"] == slot.load(SYNTHETIC)["row_id"][0]
    assert int(line["sample_seed"]) == slot.seed(0, "sample") and line["fit_seed"] == slot.seed(0, "fit")
    assert line["weights_sha256"] == artefacts.provenance(slot.address(MODEL))["weights_sha256"]
    dataset = slot.address(DATASET)
    assert json.loads(line["made_from"]) == {str(dataset): artefacts.store.digest(dataset)}


def test_the_curves_have_every_metric_of_every_arm_and_generation(
    instance: dg.DagsterInstance, artefacts: Artefacts
) -> None:
    key = curves_key(STUDY)
    partitions = build_definitions([STUDY]).resolve_asset_graph().get(key).partitions_def
    assert isinstance(partitions, dg.MultiPartitionsDefinition)
    keys = list(partitions.get_partition_keys())
    assert keys[:3] == ["accumulate|00", "accumulate|01", "accumulate|02"], "a plot goes along one arm after another"
    assert instance.get_materialized_partitions(key) == set(keys)
    for partition in keys:
        lineage, generation = partition.split("|")
        evaluation = artefacts.load(artefacts.address(EVALUATION, int(generation), lineage))
        held_out = evaluation.filter(reference="holdout", about="", metric="recall")["value"]
        shown = materialised(instance, key, partition)
        assert shown["recall"] == pytest.approx(held_out.median()), partition
        assert "loss" in shown and all(isinstance(value, float) for value in shown.values())


def test_the_first_point_of_a_split_arm_is_that_of_its_own_replicates(artefacts: Artefacts) -> None:
    halves = {"accumulate": {"policy": "accumulate", "lineages": 2}}
    shared = Slot(Artefacts(Study.model_validate({**SMALL, "arms": halves}), artefacts.store), 0, SHARED)
    shown = {point.partition: point.metadata["loss"].value for point in curve_points(shared)}
    evaluation = artefacts.store.read(artefacts.address(EVALUATION, 0)).filter(metric="loss", about="")
    for half, replicates in enumerate(((0, 1), (2, 3))):
        own = evaluation.filter(pl.col("replicate").is_in(replicates))["value"].median()
        assert shown[f"accumulate.{half}|00"] == pytest.approx(own)


def test_a_run_reports_as_many_points_as_its_plan_counts(done: Workplace) -> None:
    reported: dict[str, int] = defaultdict(int)
    for kind, _, event in events(done):
        if kind == "ASSET_MATERIALIZATION":
            reported[json.loads(event)["run_id"]] += 1
    keys = lineage_keys(STUDY)
    assert set(reported.values()) == {len(keys) + count_points(STUDY, keys)}
    assert count_points(STUDY, start_keys(STUDY)) == len(STUDY.lineages)


def events(done: Workplace) -> Iterator[tuple[str, str, str]]:
    """The events of the lineages' runs: type, step and JSON of each."""
    for path in (done.folder / "home" / "dagster" / "history" / "runs").glob("*.db"):
        with sqlite3.connect(path) as database:
            read = "select dagster_event_type, coalesce(step_key, ''), event from event_logs"
            if path.stem != "index":  # which has events of assets a second time
                yield from (line for line in database.execute(read) if '"small_lineages"' in line[2])


def test_pictures_are_in_the_event_log_once_and_at_one_step_of_a_generation(done: Workplace) -> None:
    pictured = defaultdict(list)
    for kind, step, event in events(done):
        for _ in range(event.count("data:image/png")):
            about = json.loads(event)["dagster_event"]["event_specific_data"]["materialization"]
            pictured[kind, step].append(about["partition"])
    assert set(pictured) == {("ASSET_MATERIALIZATION", f"small__gen_0{g}__synthetic") for g in (1, 2)}
    for lineages in pictured.values():
        assert sorted(lineages) == sorted(STUDY.lineages)


def test_only_the_first_lineage_of_a_split_arm_is_pictured() -> None:
    halves = {"accumulate": {"policy": "accumulate", "lineages": 2}}
    split = Study.model_validate({**SMALL, "arms": halves})
    pictured = [name for name in (SHARED, *split.lineages) if is_pictured(split, name)]
    assert pictured == [SHARED, "accumulate.0", "fixed-0", "fixed-0.5", "replace"]


def test_the_event_log_of_a_lineage_and_generation_is_small(done: Workplace) -> None:
    steps = len(STUDY.lineages) * (STUDY.generations - 1)
    assert sum(len(event) for _, _, event in events(done)) / steps < 120_000, "it was 238 kB, 48 % of it pictures"


VITALS = {
    "check": pl.String(),
    "metric": pl.String(),
    "group": pl.String(),
    "value": pl.Float64(),
    "lower": pl.Float64(),
    "upper": pl.Float64(),
    "passed": pl.Boolean(),
}


def shown_check(*lines: tuple[str, str, float | None, float | None, float | None, bool]) -> dg.AssetCheckResult:
    vitals = pl.DataFrame([("policy", *line) for line in lines], schema=VITALS, orient="row")
    return check_result(dg.AssetKey(["s", "gen_01", "dataset"]), "policy", vitals, blocking=True)


def test_a_check_shows_one_number_for_each_metric_that_of_the_group_nearest_to_its_bound() -> None:
    result = shown_check(
        ("rows", "replicate 0", 3.0, None, 9.0, True),
        ("rows", "replicate 1", 8.0, None, 9.0, True),
        ("weight", "", 1.0, 1.0, 1.0, True),
    )
    assert {name: each.value for name, each in result.metadata.items()} == {"rows": 8.0, "weight": 1.0}
    assert all(isinstance(each, dg.FloatMetadataValue) for each in result.metadata.values())
    assert result.passed and result.description is None


def test_a_check_that_failed_shows_a_table_with_failures_first_and_says_how_many_are_left_out() -> None:
    passing = [("rows", f"replicate {each}", 1.0, None, 9.0, True) for each in range(30)]
    result = shown_check(
        *passing, ("rows", "the last", 12.0, None, 9.0, False), ("weight", "", math.nan, 1.0, 1.0, False)
    )
    table = result.metadata["vitals"]
    assert isinstance(table, dg.TableMetadataValue)
    assert [each.name for each in table.schema.columns] == ["metric", "group", "value", "lower", "upper", "passed"]
    assert [line.data["passed"] for line in table.records] == [False, False, *[True] * 18]
    assert result.metadata["more_vitals"].value == 12
    assert result.metadata["rows"].value == 12.0, "the number is that of the group that failed"
    assert result.metadata["weight"].value == table.records[1].data["value"] == "not computable", "JSON has no NaN"
    assert not result.passed and result.description == (
        "rows the last: 12, allowed −∞ to 9; weight : not computable, allowed 1"
    )
