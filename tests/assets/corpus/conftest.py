from collections.abc import Iterator

import pytest

from outcross.resources.compute import bounded_threads


@pytest.fixture(autouse=True, scope="session")
def threads_as_in_a_step() -> Iterator[None]:
    with bounded_threads():
        yield
