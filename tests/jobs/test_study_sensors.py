"""What a study's sensors and observations do on their own: settings that changed, and sources that can."""

import warnings
from pathlib import Path
from typing import Any

import dagster as dg
import duckdb
import pytest

from outcross.assets.graph.unfinished import partitioned_check
from outcross.assets.study.study import Study
from outcross.jobs.automation import observation, restudy
from outcross.jobs.automation.restudy import may_have_changed
from outcross.resources.warehouse import _said
from tests.jobs.workplace import SMALL, own_instance

PACKAGED = Study.model_validate(SMALL)
CHANGED = dg.AssetMaterialization("settings")


@pytest.mark.parametrize(("changed", "asked"), [([CHANGED], dg.SensorResult), ([], dg.SkipReason)])
def test_settings_are_recorded_where_they_changed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, changed: list[Any], asked: type
) -> None:
    monkeypatch.setattr(observation, "changed_settings", lambda instance, study: iter(changed))
    with own_instance(tmp_path) as instance:
        found: Any = observation.settings_sensor(PACKAGED)(dg.build_sensor_context(instance=instance))
    assert isinstance(found, asked)
    if isinstance(found, dg.SensorResult):
        assert found.asset_events == changed


def test_a_source_is_observed_where_it_is_of_files(tmp_path: Path) -> None:
    files = Study.model_validate({**SMALL, "source": {"kind": "files", "path": "a.csv"}}, context={"base": tmp_path})
    jobs = [len(list(observation.observation(study).jobs or ())) for study in (files, PACKAGED)]
    assert jobs == [1, 0]


@pytest.mark.parametrize("seen", [(None, True), (True, None), (None, None)])
def test_a_source_that_was_not_read_or_not_observed_may_have_changed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, seen: tuple[Any, Any]
) -> None:
    study = Study.model_validate({**SMALL, "source": {"kind": "files", "path": "a.csv"}}, context={"base": tmp_path})
    read, observed = seen
    with own_instance(tmp_path) as instance:
        if read:
            metadata = {restudy.SOURCE_VERSION: "1"}
            key = restudy.asset_key(study, restudy.ANCHOR)
            instance.report_runless_asset_event(dg.AssetMaterialization(key, metadata=metadata))
        if observed:
            tags = {"dagster/data_version": "1"}
            instance.report_runless_asset_event(dg.AssetObservation(restudy.source_key(study), tags=tags))
        assert may_have_changed(instance, study)


def test_a_check_in_preview_is_specified_without_a_warning() -> None:
    with warnings.catch_warnings(record=True) as given:
        warnings.simplefilter("always")
        partitioned_check("sound", asset=dg.AssetKey("thing"), partitions_def=dg.StaticPartitionsDefinition(["a"]))
    assert given == []


def test_an_error_of_a_file_system_is_told_without_its_traceback() -> None:
    assert (
        _said(duckdb.IOException("Traceback (most recent call last):\n  File x\nOSError: no route"))
        == "OSError: no route"
    )
    assert _said(duckdb.BinderException("one\nline 2")) == "one\nline 2"
