"""A verdict on loss says nothing of the units that a table is held in, or of columns that do not matter."""

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from outcross.assets.artefacts import Artefacts
from outcross.assets.study.study import Study
from outcross.assets.verdict.make import make_verdict, reach_verdicts
from outcross.assets.verdict.verdict import Verdict
from outcross.jobs.running.plain_loop import run_plainly
from outcross.resources.store import Store

COPULA: dict[str, Any] = {"kind": "copula"}
GAUSSIAN: dict[str, Any] = {"kind": "gaussian"}
NETWORK: dict[str, Any] = {"kind": "autoregressive", "steps": 5}


def table() -> pl.DataFrame:
    """Persons with two numbers that go together; a person is an entity, so that the split asks no value."""
    random = np.random.default_rng(0)
    wage = random.normal(size=200)
    rent = 0.8 * wage + 0.6 * random.normal(size=200)
    return pl.DataFrame({"person": [f"p{each}" for each in range(200)], "wage": wage, "rent": rent})


def verdict_of(folder: Path, rows: pl.DataFrame, generator: dict[str, Any]) -> Verdict:
    folder.mkdir()
    rows.write_parquet(folder / "rows.parquet")
    settings = {
        "study": "units",
        "source": {"kind": "files", "path": "rows.parquet"},
        "entity": "person",
        "generator": generator,
        "generations": 2,
        "replicates": 4,
        "metrics": ["loss"],
        "ladders": {"substitution": {"policy": "fixed", "shares": [0.3, 1]}},
        "endpoints": {"loss": {"gain": 0.1}},
    }
    study = Study.model_validate(settings, context={"base": folder})
    artefacts = Artefacts(study, Store(folder / "data"))
    run_plainly(artefacts, study.lineages, checks=False)
    make_verdict(artefacts)
    (verdict,) = reach_verdicts(artefacts)
    return verdict


def figures(verdict: Verdict) -> list[float]:
    curve = [value for rung in verdict.curve for value in (rung.mean, rung.lower, rung.upper)]
    assert verdict.safe_share is not None and verdict.lower_95 is not None
    return [verdict.safe_share, verdict.lower_95, *curve]


@pytest.fixture(scope="module", params=[COPULA, GAUSSIAN, NETWORK], ids=lambda each: str(each["kind"]))
def generator(request: pytest.FixtureRequest) -> dict[str, Any]:
    found: dict[str, Any] = request.param
    return found


@pytest.fixture(scope="module")
def base(generator: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> Verdict:
    return verdict_of(tmp_path_factory.mktemp("base") / "study", table(), generator)


@pytest.mark.parametrize(
    "held",
    [pl.col("wage") * 1_000, pl.col("wage") / 1_000_000 + 5, pl.col("wage") * 0.1],
    ids=["in thousandths", "in millions, moved", "in tens"],
)
def test_units_change_no_verdict(base: Verdict, generator: dict[str, Any], held: pl.Expr, tmp_path: Path) -> None:
    found = verdict_of(tmp_path / "study", table().with_columns(held), generator)
    assert found.outcome == base.outcome
    assert figures(found) == pytest.approx(figures(base), rel=1e-6, abs=1e-9)
