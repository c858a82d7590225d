import re
from pathlib import Path
from typing import get_args

import pytest

from outcross.resources.endpoints import ENDPOINTS, ONLY_WHERE_NAMED, MetricFamily

DOCS = Path(__file__).parents[2] / "docs"


def named_in(text: str) -> set[str]:
    """Every name in code, and those between the first and the last of a numbered row."""
    names = set(re.findall(r"`(\w+)`", text))
    for stem, first, last in re.findall(r"`(\w+_)(\d)` ?[–…] ?`\1(\d)`", text):
        names |= {f"{stem}{number}" for number in range(int(first), int(last) + 1)}
    return names


@pytest.mark.parametrize("page", ["science.md", "studies.md"])
def test_every_endpoint_and_family_is_told(page: str) -> None:
    told = named_in((DOCS / page).read_text())
    assert set(ENDPOINTS) <= told
    if page == "studies.md":
        assert set(get_args(MetricFamily)) <= told


def test_every_endpoint_is_told_beside_its_reading() -> None:
    rows = re.findall(r"^\|[^|]*\| ([^|]+) \| ([^|]+) \|$", (DOCS / "science.md").read_text(), re.MULTILINE)
    told = {reading: named_in(names) for reading, names in rows}
    for endpoint in ENDPOINTS.values():
        if endpoint.metric != "utility_real":  # which stands beside utility
            assert endpoint.metric in told[endpoint.reading], endpoint.metric


def test_families_are_those_of_endpoints() -> None:
    families = {endpoint.measured_with: endpoint.modalities for endpoint in ENDPOINTS.values()}
    assert set(families) == set(get_args(MetricFamily))
    for family, modalities in ONLY_WHERE_NAMED.items():
        assert modalities <= families[family]  # type: ignore[index]
