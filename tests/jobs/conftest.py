"""The small study, run once for all tests and processes that only look at it or copy it."""

import json
import os
import uuid
from pathlib import Path

import pytest
from filelock import FileLock

from tests.jobs.workplace import Workplace, make_workplace


@pytest.fixture(scope="session")
def done_in_seconds(tmp_path_factory: pytest.TempPathFactory) -> tuple[Workplace, float]:
    """A finished study, which no test may change, and how long it took."""
    session = os.environ.get("PYTEST_XDIST_TESTRUNUID", uuid.uuid4().hex)
    folder = tmp_path_factory.getbasetemp().parent / f"done-{session}"
    told = folder / "seconds.json"
    with FileLock(f"{folder}.lock"):
        if not told.exists():
            _run(folder, told)
    return Workplace(folder), json.loads(told.read_text())


@pytest.fixture(scope="session")
def done(done_in_seconds: tuple[Workplace, float]) -> Workplace:
    """A finished study, which no test may change."""
    return done_in_seconds[0]


def _run(folder: Path, told: Path) -> None:
    workplace = make_workplace(folder)
    ran = workplace.run_json("study", "small.yaml")
    told.write_text(json.dumps(ran["seconds"]))
