"""A pool and named test sets in Dagster's graph, in the plan of what is missing, and on the command line."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
import yaml

from outcross.assets.artefacts import POOL, SYNTHETIC, Artefacts
from outcross.assets.graph.keys import pool_files_key
from outcross.assets.graph.observed import last_observed
from outcross.assets.study.study import Study
from outcross.jobs.definitions import build_definitions
from outcross.jobs.running.plan import Plan
from outcross.jobs.running.study_jobs import job_names
from outcross.resources.store import Store
from tests.assets.pool.test_pool_study import STUDY, rows, write_files
from tests.jobs.cli.in_process import Ran, outcross
from tests.jobs.workplace import own_instance

TWO: dict[str, Any] = STUDY | {"generations": 2, "metrics": ["variance_ratio"]}


def write_study(folder: Path, **changes: Any) -> Path:
    write_files(folder)
    path = folder / "bought.yaml"
    path.write_text(yaml.safe_dump(TWO | changes))
    return path


@pytest.fixture
def instance(tmp_path: Path) -> Iterator[dg.DagsterInstance]:
    with own_instance(tmp_path) as made:
        yield made


def test_the_graph_leads_from_the_files_through_the_pool_to_what_is_drawn() -> None:
    graph = build_definitions([Study.model_validate(TWO)], root="nowhere").resolve_asset_graph()
    parents = {
        key.to_user_string(): {parent.to_user_string().removeprefix("bought/") for parent in graph.get(key).parent_keys}
        for key in graph.get_all_asset_keys()
    }
    assert parents["bought/pool"] == {"pool_files", "anchor", "holdout", "tests"}
    assert parents["bought/tests"] == parents["bought/anchor"] == {"source"}
    assert parents["bought/gen_01/model"] == {"gen_01/dataset", "pool"}
    assert parents["bought/gen_01/synthetic"] == {"gen_01/model", "pool"}
    assert "tests" in parents["bought/gen_01/evaluation"]


def test_a_run_makes_the_pool_and_a_changed_pool_is_planned_again(tmp_path: Path, instance: dg.DagsterInstance) -> None:
    write_files(tmp_path)
    study = Study.model_validate(TWO, context={"base": tmp_path})
    artefacts = Artefacts(study, Store(tmp_path / "data"))
    definitions = build_definitions([study], root=str(tmp_path / "data"))
    start = definitions.resolve_job_def(job_names(study).start)

    assert start.execute_in_process(instance=instance).success
    assert Plan(artefacts, instance).start() is None
    event = instance.get_latest_materialization_event(dg.AssetKey(["bought", "pool"]))
    assert event is not None and event.asset_materialization is not None
    assert event.asset_materialization.metadata["of_anchor"].value > 0

    drawn = artefacts.store.digest(artefacts.address(SYNTHETIC, 0))
    with (tmp_path / "made.jsonl").open("a") as file:
        file.write('{"x": 0.123, "y": 0.456, "kind": "a"}\n')
    run = Plan(artefacts, instance).start()
    assert run is not None and dg.AssetKey(["bought", POOL]) in run.keys
    assert start.execute_in_process(instance=instance).success
    assert artefacts.store.digest(artefacts.address(SYNTHETIC, 0)) != drawn
    assert Plan(artefacts, instance).start() is None

    rows(12, 9).write_csv(tmp_path / "bench.csv")
    assert Plan(artefacts, instance).start() is not None

    seen = last_observed(instance, pool_files_key(study))
    rows(70, 8).write_ndjson(tmp_path / "made.jsonl")
    with dg.build_schedule_context(instance, scheduled_execution_time=datetime(2026, 1, 1, tzinfo=UTC)) as context:
        assert definitions.resolve_schedule_def("bought_source_nightly").evaluate_tick(context).run_requests
    assert definitions.resolve_job_def("bought_source").execute_in_process(instance=instance).success
    now = last_observed(instance, pool_files_key(study))
    assert seen is not None and now is not None and now.version != seen.version


REFUSED = [
    ({"rows": 80}, "arm 'replace' takes 80 rows of the pool a generation, and the pool has 64"),
    ({"generator": {"kind": "pool", "path": "absent.jsonl"}}, "absent.jsonl"),
    ({"generator": {"kind": "pool", "path": "bench.csv"}}, "none of its 12 rows may be drawn"),
    ({"generator": {"kind": "pool", "path": "made.jsonl", "columns": {}}}, "generator.pool.columns: no such key here"),
    ({"generator": {"kind": "pool", "path": "made.jsonl", "encoding": "x"}}, "generator.pool: 'encoding': "),
    ({"tests": {"bench": "absent.csv"}}, "absent.csv"),
    ({"endpoints": {"loss": {"gain": 0.1}}, "metrics": ["loss"]}, "generator 'pool' has no likelihood"),
]


@pytest.mark.parametrize(("changes", "words"), REFUSED)
def test_a_study_that_its_pool_cannot_serve_ends_with_status_2_before_anything_runs(
    tmp_path: Path, changes: dict[str, Any], words: str
) -> None:
    write_study(tmp_path, **changes)
    ran: Ran = outcross(tmp_path, "study", "bought.yaml")
    assert ran.code == 2, ran.said
    assert words in ran.said
    assert not list(tmp_path.rglob("part.parquet"))
