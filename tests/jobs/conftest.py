"""Small studies, run once for all tests and processes that only read or copy them."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
import typer.testing
from dagster._core.storage.defs_state.base import _current_storage

from tests.jobs.made_once import made_once
from tests.jobs.workplace import TWO, Workplace, make_workplace

typer.testing._get_command = cache(typer.testing._get_command)  # type: ignore[attr-defined] # else built at each call


@pytest.fixture(autouse=True)
def no_state_of_an_earlier_instance() -> Iterator[None]:
    """Dagster leaves a context variable set after an instance is entered twice; definitions would then read from it."""
    _current_storage.set(None)
    yield
    _current_storage.set(None)


@pytest.fixture(scope="session")
def done(tmp_path_factory: pytest.TempPathFactory) -> Workplace:
    """A finished study, which no test may change."""
    return Workplace(made_once(tmp_path_factory, "done", lambda folder: run_study(make_workplace(folder))))


def run_study(workplace: Workplace) -> None:
    workplace.run_json("study", "small.yaml")


@pytest.fixture(scope="session")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Workplace:
    """A study of two lineages, finished without a break, and a file with the seconds that it took."""

    def run(folder: Path) -> None:
        ran = make_workplace(folder, **TWO).run_json("study", "small.yaml")
        (folder / "seconds").write_text(str(ran["seconds"]))

    return Workplace(made_once(tmp_path_factory, "whole", run))
