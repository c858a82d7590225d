import re
from pathlib import Path

import pytest

import outcross.assets.metrics
from outcross.assets.metrics.registry import ENDPOINTS, FILES, METRIC_OF, METRICS, check_metric

DOCS = Path(__file__).parents[3] / "docs"
ROOM = Path(outcross.assets.metrics.__file__).parent


def named_in(text: str) -> set[str]:
    """Return every name in code quotes, and those between the first and the last of a numbered series."""
    names = set(re.findall(r"`(\w+)`", text))
    for stem, first, last in re.findall(r"`(\w+_)(\d)` ?[–…] ?`\1(\d)`", text):
        names |= {f"{stem}{number}" for number in range(int(first), int(last) + 1)}
    return names


@pytest.mark.parametrize("page", ["science.md", "studies.md"])
def test_every_endpoint_and_metric_is_documented(page: str) -> None:
    documented = named_in((DOCS / page).read_text())
    assert set(ENDPOINTS) <= documented
    if page == "studies.md":
        assert {metric.name for metric in METRICS} <= documented


def test_every_endpoint_is_documented_with_its_reading() -> None:
    rows = re.findall(r"^\|[^|]*\| ([^|]+) \| ([^|]+) \|$", (DOCS / "science.md").read_text(), re.MULTILINE)
    documented = {reading: named_in(names) for reading, names in rows}
    for endpoint in ENDPOINTS.values():
        if endpoint.metric != "utility_real":  # the table lists it with utility
            assert endpoint.metric in documented[endpoint.reading], endpoint.metric


def test_every_file_of_a_metric_is_registered_once() -> None:
    declaring = {path.stem for path in ROOM.glob("*.py") if re.search("^METRIC = ", path.read_text(), re.MULTILINE)}
    assert sorted(FILES) == sorted(declaring)


def test_names_of_metrics_and_of_endpoints_are_unique() -> None:
    assert len({metric.name for metric in METRICS}) == len(METRICS)
    endpoints = [endpoint.metric for metric in METRICS for endpoint in metric.endpoints]
    assert sorted(endpoints) == sorted(ENDPOINTS) == sorted(METRIC_OF)


def test_a_metric_is_expensive_only_for_data_that_it_is_defined_for() -> None:
    for metric in METRICS:
        assert metric.endpoints
        assert metric.opt_in <= metric.modalities


def test_an_unknown_metric_is_refused_with_the_list_of_metrics() -> None:
    assert check_metric("frechet") == "frechet"
    with pytest.raises(
        ValueError, match=r"'fid' is not a metric; choose from default, population, loss, .*frechet, .*closeness"
    ):
        check_metric("fid")


def test_an_evaluation_lists_metrics_in_the_order_of_earlier_versions() -> None:
    """Existing evaluations keep the order in which the code writes them; a new metric comes after these."""
    before = [
        "population",
        "loss",
        "scaling",
        "frechet",
        "neighbours",
        "variance_ratio",
        "entropy_ratio",
        "class_survival",
        "rare_survival",
        "vendi",
        "words",
        "cross_entropy",
        "ngram_entropy",
        "zipf_slope",
        "repetition_rate",
        "line_structure",
        "empty_rows",
        "self_bleu",
        "near_duplicates",
        "frontier",
        "utility",
        "shapes",
        "pairs",
        "marginal_wasserstein",
        "tail_mass",
        "rare_mass",
        "two_sample",
        "privacy",
        "groups",
        "kernel_distance",
        "class_recall",
        "spectrum",
        "closeness",
    ]
    assert [metric.name for metric in METRICS][: len(before)] == before
