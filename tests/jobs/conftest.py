"""The small study, run once for all tests and processes that only read or copy it."""

import json
import os
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from dagster._core.storage.defs_state.base import _current_storage
from filelock import FileLock

from tests.jobs.workplace import Workplace, make_workplace


@pytest.fixture(autouse=True)
def no_state_of_an_earlier_instance() -> Iterator[None]:
    """Dagster leaves a context variable set after an instance is entered twice; definitions would then read from it."""
    _current_storage.set(None)
    yield
    _current_storage.set(None)


@pytest.fixture(scope="session")
def done_in_seconds(tmp_path_factory: pytest.TempPathFactory) -> tuple[Workplace, float]:
    """A finished study, which no test may change, and how long it took."""
    session = os.environ.get("PYTEST_XDIST_TESTRUNUID", uuid.uuid4().hex)
    folder = tmp_path_factory.getbasetemp().parent / f"done-{session}"
    record = folder / "seconds.json"
    with FileLock(f"{folder}.lock"):
        if not record.exists():
            _run(folder, record)
    return Workplace(folder), json.loads(record.read_text())


@pytest.fixture(scope="session")
def done(done_in_seconds: tuple[Workplace, float]) -> Workplace:
    """A finished study, which no test may change."""
    return done_in_seconds[0]


def _run(folder: Path, record: Path) -> None:
    workplace = make_workplace(folder)
    ran = workplace.run_json("study", "small.yaml")
    record.write_text(json.dumps(ran["seconds"]))
