"""A failed blocking check stops its lineage, in the same run and in later ones."""

from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import polars as pl
import pytest

from outcross.assets.artefacts import DATASET, SYNTHETIC, Artefacts
from outcross.assets.generations import asset_key
from outcross.assets.study.study import Study
from outcross.jobs.definitions import build_definitions
from outcross.jobs.running.study_jobs import job_names
from outcross.resources.store import Store
from tests.jobs.workplace import SMALL, own_instance


@pytest.fixture
def study() -> Study:
    return Study.model_validate(SMALL)


@pytest.fixture
def instance(tmp_path: Path) -> Iterator[dg.DagsterInstance]:
    with own_instance(tmp_path) as instance:
        yield instance


def execute(study: Study, instance: dg.DagsterInstance, root: Path, job: str, **options: object):
    job_definition = build_definitions([study], root=str(root)).resolve_job_def(job)
    return job_definition.execute_in_process(instance=instance, raise_on_error=False, **options)  # type: ignore[arg-type]


def spoil(artefacts: Artefacts, lineage: str) -> None:
    """Put the id of a holdout row into the anchor, as a faulty split would."""
    address = artefacts.address("anchor")
    anchor, holdout = artefacts.store.read(address), artefacts.store.read(artefacts.address("holdout"))
    leaked = anchor.with_columns(
        row_id=pl.when(pl.col("row") < 50).then(pl.lit(holdout["row_id"][0])).otherwise(pl.col("row_id"))
    )
    artefacts.store.write(address, leaked, provenance=artefacts.store.provenance(address))


def test_a_holdout_row_in_a_dataset_stops_its_lineage_now_and_later(
    study: Study, instance: dg.DagsterInstance, tmp_path: Path
) -> None:
    root, names = tmp_path / "data", job_names(study)
    artefacts = Artefacts(study, Store(root))
    assert execute(study, instance, root, names.start).success
    spoil(artefacts, "fixed-0.5")

    ran = execute(study, instance, root, names.lineages, partition_key="fixed-0.5")
    assert not ran.success
    assert artefacts.store.exists(artefacts.address(DATASET, 1, "fixed-0.5"))
    assert not artefacts.store.exists(artefacts.address(SYNTHETIC, 1, "fixed-0.5"))
    failed = [each for each in ran.get_asset_check_evaluations() if not each.passed]
    assert "holdout_overlap" in {each.check_name for each in failed}

    later = [asset_key(study, "model", 1)]
    again = execute(study, instance, root, names.lineages, partition_key="fixed-0.5", asset_selection=later)
    assert not again.success
    failure = next(event for event in again.all_events if event.is_step_failure).step_failure_data.user_failure_data
    assert "blocking checks failed upstream" in failure.description
    assert "holdout_overlap" in failure.description

    other = execute(study, instance, root, names.lineages, partition_key="replace")
    assert other.success, "another lineage, which reads no real rows, still runs"


def test_changed_settings_are_not_mixed_with_earlier_artefacts(
    study: Study, instance: dg.DagsterInstance, tmp_path: Path
) -> None:
    root, names = tmp_path / "data", job_names(study)
    assert execute(study, instance, root, names.start).success
    changed = study.model_copy(update={"seed": 99})
    ran = execute(changed, instance, root, names.lineages, partition_key="replace")
    assert not ran.success
    error = next(event for event in ran.all_events if event.is_step_failure).step_failure_data.error
    assert "StaleArtefact" in str(error) and "rematerialize it" in str(error)
