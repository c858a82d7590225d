"""What every test gets."""

import os
from collections.abc import Iterator

import pytest
from hypothesis import settings

settings.register_profile("outcross", deadline=None)  # no test asserts time
settings.load_profile("outcross")


def pytest_xdist_auto_num_workers() -> int:
    """One worker more than there are cores: those that wait for a daemon or a browser leave theirs to the others."""
    return (os.cpu_count() or 1) + 1


LONG = (
    "jobs/test_restart",
    "jobs/test_ui",
    "jobs/test_real_data",
    "jobs/test_command_line",
    "acceptance/test_results",
    "jobs/test_known_answer",
    "jobs/test_bench",
    "jobs/test_corpora_daemon",
    "jobs/test_overhead",
    "jobs/test_external",
    "jobs/test_schedules",
)
"""Files whose tests take longest, longest first."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let every worker begin with long files: a run is over soonest where no long test is left for its end.

    Workers are given equal stretches of the order, and whoever is done takes from the end of another's.
    """
    workers = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    long: list[list[pytest.Item]] = [[] for _ in LONG]
    others = []
    for item in items:
        place = next((at for at, name in enumerate(LONG) if name in item.path.as_posix()), None)
        (others if place is None else long[place]).append(item)
    ordered: list[pytest.Item] = []
    for worker in range(workers):
        own = [item for file in long[worker::workers] for item in file]
        stretch = (len(items) - len(ordered)) // (workers - worker)
        taken = max(0, stretch - len(own))
        ordered += own + others[:taken]
        others = others[taken:]
    items[:] = ordered + others


@pytest.fixture(autouse=True)
def _environment_of_its_own() -> Iterator[None]:
    """Commands run in this process set where Dagster keeps its things: no later test may inherit that."""
    kept = dict(os.environ)
    yield
    os.environ.clear()
    os.environ.update(kept)
