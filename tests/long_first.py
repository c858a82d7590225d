"""The order of tests: long ones first, so that none is left for the end of a run."""

import os
from pathlib import Path

import pytest


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let every worker begin with long files, the longest first; ``@pytest.mark.long(seconds=…)`` marks their tests.

    A run is over soonest where no long test is left for its end. Workers are given equal stretches of the order, and
    whoever is done takes from the end of another's.
    """
    workers = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    long: dict[Path, list[pytest.Item]] = {}
    seconds: dict[Path, float] = {}
    others = []
    for item in items:
        mark = item.get_closest_marker("long")
        if mark is None:
            others.append(item)
        else:
            long.setdefault(item.path, []).append(item)
            seconds[item.path] = max(seconds.get(item.path, 0.0), mark.kwargs["seconds"])
    files = sorted(long, key=lambda path: (-seconds[path], path))
    ordered: list[pytest.Item] = []
    for worker in range(workers):
        own = [item for file in files[worker::workers] for item in long[file]]
        stretch = (len(items) - len(ordered)) // (workers - worker)
        others_here = max(0, stretch - len(own))
        ordered += own + others[:others_here]
        others = others[others_here:]
    items[:] = ordered + others
