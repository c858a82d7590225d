"""What Dagster has stored of a check becomes one record: by its last execution, or by those before it."""

from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import dagster as dg
import pytest

from outcross.resources.dagster_checks import (
    _FINISHED,
    _SUCCEEDED,
    CheckRecord,
    _Execution,
    _Materialisations,
    _record,
)

CHECK = dg.AssetCheckKey(dg.AssetKey("thing"), "ok")
(_FAILED,) = _FINISHED - {_SUCCEEDED}
PLANNED: Any = "PLANNED"
OTHER = dg.AssetKey("other")


@dataclass
class History:
    """An instance with the executions of a check that finished: (materialisation, outcome, time)."""

    finished: list[tuple[int | None, bool, float | None]]
    asked: int = 0

    @property
    def event_log_storage(self) -> "History":
        return self

    def get_asset_check_execution_history(
        self, check: dg.AssetCheckKey, *, limit: int, status: Any, partition_filter: Any
    ) -> list[Any]:
        assert (check, limit, set(status), partition_filter.key) == (CHECK, 20, _FINISHED, "a")
        self.asked += 1
        return [self._execution(*each) for each in self.finished]

    @staticmethod
    def _execution(materialisation: int | None, passed: bool, at: float | None) -> Any:
        target = None if materialisation is None else SimpleNamespace(storage_id=materialisation)
        return SimpleNamespace(
            status=_SUCCEEDED if passed else _FAILED,
            evaluation=SimpleNamespace(target_materialization_data=target),
            event=None if at is None else SimpleNamespace(timestamp=at),
        )


@pytest.mark.parametrize(
    ("status", "on", "latest", "passed"),
    [(_SUCCEEDED, 7, 7, True), (_FAILED, 7, 7, False), (_SUCCEEDED, 7, None, True), (_FAILED, None, None, False)],
)
def test_an_execution_that_finished_on_the_latest_materialisation_is_the_record(
    status: Any, on: int | None, latest: int | None, passed: bool
) -> None:
    history: Any = History([])
    found = _record(history, _Execution(CHECK, "a", status, on), latest)
    assert found == CheckRecord(passed=passed, on_latest=True, begun_since=False)
    assert history.asked == 0


@pytest.mark.parametrize(
    ("status", "finished", "record"),
    [
        (PLANNED, [], (None, False, True)),
        (_SUCCEEDED, [], (None, False, False)),
        (PLANNED, [(7, True, 1.0)], (True, True, True)),
        (PLANNED, [(7, True, 1.0), (7, False, 2.0)], (False, True, True)),
        (PLANNED, [(7, False, 2.0), (7, True, 1.0)], (False, True, True)),
        (PLANNED, [(7, True, 2.0), (7, False, None)], (True, True, True)),
        (PLANNED, [(6, False, 9.0), (7, True, 1.0)], (True, True, True)),
        (PLANNED, [(6, False, 9.0), (5, True, 1.0)], (False, False, True)),
        (PLANNED, [(None, True, 1.0)], (True, False, True)),
        (_SUCCEEDED, [(6, True, 1.0)], (True, False, False)),
        (_FAILED, [(6, False, 1.0), (7, True, 0.5)], (True, True, False)),
    ],
)
def test_else_the_newest_that_finished_counts_and_one_on_the_latest_materialisation_before_all(
    status: Any, finished: list[tuple[int | None, bool, float | None]], record: tuple[bool | None, bool, bool]
) -> None:
    history: Any = History(finished)
    found = _record(history, _Execution(CHECK, "a", status, 6), 7)
    assert (found.passed, found.on_latest, found.begun_since) == record


@pytest.mark.parametrize(
    ("ids", "latest"),
    [
        ({}, None),
        ({(CHECK.asset_key, "a"): 3}, 3),
        ({(CHECK.asset_key, None): 5}, 5),
        ({(CHECK.asset_key, "a"): 3, (CHECK.asset_key, None): 5}, 5),
        ({(CHECK.asset_key, "a"): 6, (CHECK.asset_key, None): 5}, 6),
        ({(CHECK.asset_key, "b"): 9, (OTHER, "a"): 9}, None),
    ],
)
def test_the_latest_materialisation_of_a_partition_is_its_own_or_one_of_the_whole_asset(
    ids: dict[tuple[dg.AssetKey, str | None], int], latest: int | None
) -> None:
    assert _Materialisations(ids).of(CHECK.asset_key, "a") == latest
