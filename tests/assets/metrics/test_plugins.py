"""Metrics out of other packages: a real distribution on the path, found by its entry point."""

import re
import shutil
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from pydantic import ValidationError

import outcross as oc
from outcross.assets.artefacts import EVALUATION, Artefacts
from outcross.assets.code_versions import part_versions
from outcross.assets.metrics.contract import Comparison, Measurement, RowMetric
from outcross.assets.metrics.registry import METRICS
from outcross.assets.stored_verdicts import load_verdicts
from outcross.assets.study.study import Study
from outcross.assets.verdict.make import make_verdict
from outcross.jobs.running.plain_loop import run_plainly
from outcross.resources.store import Store
from outcross.testing import LawBroken, check_metric

DOCS = Path(__file__).parents[3] / "docs"
OTHERS = """
from dataclasses import replace
from our_metrics.median_shift import METRIC

MISNAMED = METRIC
NOWHERE = replace(METRIC, name="nowhere", endpoints=())
ALIEN = replace(METRIC, name="alien", endpoints=(replace(METRIC.endpoints[0], metric="recall"),))
NO_METRIC = "median_shift"
TWICE = replace(METRIC, name="twice")
"""
POINTS = {
    "median_shift": "our_metrics.median_shift:METRIC",
    "misnamed": "our_metrics.others:MISNAMED",
    "nowhere": "our_metrics.others:NOWHERE",
    "alien": "our_metrics.others:ALIEN",
    "no_metric": "our_metrics.others:NO_METRIC",
    "twice": "our_metrics.others:TWICE",
    "missing": "our_metrics.gone:METRIC",
}
STUDY: dict[str, Any] = {
    "study": "shifted",
    "source": {"kind": "breast_cancer"},
    "generator": {"kind": "copula", "draws": 4},
    "metrics": ["median_shift"],
    "rows": 60,
    "generations": 2,
    "replicates": 3,
    "ladders": {"substitution": {"policy": "fixed", "shares": [0, 1]}},
    "endpoints": {"median_shift": {"absolute": 0.2}},
}


@pytest.fixture(autouse=True)
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A distribution on the path: the metric of docs/external, and others that cannot be used."""
    folder = tmp_path / "site"
    package = folder / "our_metrics"
    package.mkdir(parents=True)
    shutil.copy(DOCS / "external/median_shift.py", package)
    (package / "__init__.py").touch()
    (package / "others.py").write_text(OTHERS)
    install(folder, "our-metrics", "1.4", POINTS)
    monkeypatch.syspath_prepend(str(folder))
    for name in [name for name in sys.modules if name.startswith("our_metrics")]:
        monkeypatch.delitem(sys.modules, name)
    return folder


def install(folder: Path, name: str, version: str, points: dict[str, str]) -> None:
    info = folder / f"{name.replace('-', '_')}-{version}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
    lines = "".join(f"{kind} = {value}\n" for kind, value in points.items())
    (info / "entry_points.txt").write_text(f"[outcross.metrics]\n{lines}")


@pytest.fixture
def metric(site: Path) -> RowMetric:
    from our_metrics.median_shift import METRIC  # type: ignore[import-not-found]

    assert isinstance(METRIC, RowMetric)
    return METRIC


def refusal(**settings: Any) -> str:
    with pytest.raises(ValidationError) as raised:
        Study.model_validate({**STUDY, **settings})
    return str(raised.value)


def test_a_study_measures_it_and_reaches_a_verdict_on_it(tmp_path: Path) -> None:
    study = Study.model_validate(STUDY)
    store = Store(tmp_path / "store")
    artefacts = Artefacts(study, store)
    run_plainly(artefacts, study.lineages, checks=False)
    make_verdict(artefacts)
    lines = artefacts.load(artefacts.address(EVALUATION, 0)).filter(reference="holdout")
    assert lines.filter(about="")["direction"].to_list() == ["lower"] * 3
    assert lines["about"].n_unique() == 31 and lines["standard_error"].is_between(0, 1).all()
    assert artefacts.provenance(artefacts.address(EVALUATION, 0))["versions"] == {
        "metric 'median_shift'": "1 (our-metrics 1.4)"
    }
    verdict = load_verdicts(artefacts).row(0, named=True)
    assert verdict["endpoint"] == "median_shift" and "median shift" in verdict["sentence"]
    assert study.own_endpoints["median_shift"].meaning.startswith("distance of the medians"), "which a report shows"


def test_default_stands_for_what_is_measured_without_metrics() -> None:
    named, plain = (
        Study.model_validate({**STUDY, "metrics": names, "endpoints": {"coverage": {"tolerance": 0.1}}})
        for names in (["default", "median_shift"], None)
    )
    wanted = [{each.name for each in METRICS if each.is_wanted(study.metrics, "table")} for study in (named, plain)]
    assert wanted[0] == wanted[1] and [each.name for each in named.own_metrics] == ["median_shift"]
    assert part_versions(named, "evaluation").items() >= part_versions(plain, "evaluation").items()


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("median_shfit", "is not a metric (did you mean 'median_shift'?"),
        ("misnamed", "is named 'median_shift'; give it the name of its entry point"),
        ("nowhere", "measures no endpoint; declare at least one"),
        ("alien", "has the endpoint 'recall', which another metric has; rename it"),
        ("no_metric", "is no outcross.metrics.RowMetric but str; correct the entry point"),
        ("missing", "metric 'missing' of our-metrics 1.4 cannot be imported (ModuleNotFoundError"),
    ],
)
def test_what_cannot_be_used_is_refused_with_the_package_and_the_remedy(name: str, reason: str) -> None:
    assert reason in refusal(metrics=[name])


def test_an_endpoint_whose_metric_is_not_named_is_answered_with_the_metrics_of_other_packages() -> None:
    assert re.search(r"name its metric \(.*median_shift.*\) under 'metrics'", refusal(metrics=None))


def test_two_packages_that_offer_one_metric_or_two_metrics_with_one_endpoint_are_refused(site: Path) -> None:
    assert "'median_shift', which another metric has; rename it" in refusal(metrics=["median_shift", "twice"])
    install(site, "rival", "0.1", {"median_shift": "our_metrics.median_shift:METRIC"})
    assert "offered by our-metrics 1.4 and rival 0.1; install exactly one" in refusal()


def test_two_frames_are_measured_without_a_study() -> None:
    real = pl.DataFrame({"x": np.linspace(0, 1, 40), "y": np.linspace(0, 1, 40)})
    found = oc.measure(real, real.with_columns(pl.col("x") + 5), metrics=["median_shift"])
    assert found.filter(about="")["value"].item() > 3


def test_the_example_of_the_docs_fulfils_every_law(metric: RowMetric) -> None:
    check_metric(metric)


def _spoilt(measure: Callable[[Comparison], list[Measurement]]) -> Callable[[RowMetric], RowMetric]:
    return lambda metric: replace(metric, measure=measure)


def _again(comparison: Comparison) -> list[Measurement]:
    return [Measurement("median_shift", np.random.default_rng().random(), 0.0)]


def _raises(comparison: Comparison) -> list[Measurement]:
    return [Measurement("median_shift", 1 / (comparison.synthetic.n_unique() - 1), 0.0)]


@pytest.mark.parametrize(
    ("spoil", "law"),
    [
        (lambda metric: replace(metric, modalities=frozenset()), "it fulfils the contract: it is for"),
        (_spoilt(lambda _: [Measurement("other", 0.0, 0.0)]), "measures 'other', which is none of its endpoints"),
        (
            _spoilt(lambda _: [Measurement("median_shift", 0.0, 0.0, "x")]),
            "not measure 'median_shift' of all rows",
        ),
        (_spoilt(lambda _: [Measurement("median_shift", 0.0, 0.0)] * 2), "of all rows twice"),
        (_spoilt(lambda _: [Measurement("median_shift", 0.0, -1.0)]), "standard error of 'median_shift' is -1.0"),
        (_spoilt(lambda _: [Measurement("median_shift", 1.0, 0.0)]), "it measures nothing"),
        (_spoilt(_again), "has another value the second time"),
        (_spoilt(_raises), "raises ZeroDivisionError"),
    ],
)
def test_a_metric_that_breaks_a_law_is_told_which(
    metric: RowMetric, spoil: Callable[[RowMetric], RowMetric], law: str
) -> None:
    with pytest.raises(LawBroken, match=re.escape(law)):
        check_metric(spoil(metric))
