"""A verdict says nothing of the units that a table is held in, or of columns that do not matter."""

from collections.abc import Callable
from functools import cache
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
GENERATORS = [COPULA, GAUSSIAN, NETWORK]


def table() -> pl.DataFrame:
    """Persons with two numbers that go together; a person is an entity, so that the split asks no value."""
    random = np.random.default_rng(0)
    wage = random.normal(size=200)
    rent = 0.8 * wage + 0.6 * random.normal(size=200)
    return pl.DataFrame({"person": [f"p{each}" for each in range(200)], "wage": wage, "rent": rent})


def verdicts_of(folder: Path, rows: pl.DataFrame, generator: dict[str, Any], **changes: Any) -> list[Verdict]:
    folder.mkdir()
    rows.write_parquet(folder / "rows.parquet")
    settings = {
        "study": "units",
        "source": {"kind": "files", "path": "rows.parquet"},
        "entity": "person",
        "generator": generator,
        "generations": 2,
        "replicates": 4,
        "metrics": ["loss", "marginal_wasserstein"],
        "ladders": {"substitution": {"policy": "fixed", "shares": [0.3, 1]}},
        "endpoints": {"loss": {"gain": 0.1}, "marginal_wasserstein": {"absolute": 0.1}},
    } | changes
    study = Study.model_validate(settings, context={"base": folder})
    artefacts = Artefacts(study, Store(folder / "data"))
    run_plainly(artefacts, study.lineages, checks=False)
    make_verdict(artefacts)
    return reach_verdicts(artefacts)


def figures(verdict: Verdict) -> list[float]:
    curve = [value for rung in verdict.curve for value in (rung.mean, rung.lower, rung.upper)]
    assert verdict.safe_share is not None and verdict.lower_95 is not None
    return [verdict.safe_share, verdict.lower_95, *curve]


@pytest.fixture(scope="module", params=GENERATORS, ids=lambda each: str(each["kind"]))
def generator(request: pytest.FixtureRequest) -> dict[str, Any]:
    found: dict[str, Any] = request.param
    return found


@pytest.fixture(scope="module")
def of_the_table(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], list[Verdict]]:
    """Kind of a generator → the verdicts of the table as it is."""

    @cache
    def verdicts(kind: str) -> list[Verdict]:
        (settings,) = [each for each in GENERATORS if each["kind"] == kind]
        return verdicts_of(tmp_path_factory.mktemp(kind) / "study", table(), settings)

    return verdicts


@pytest.fixture
def base(generator: dict[str, Any], of_the_table: Callable[[str], list[Verdict]]) -> list[Verdict]:
    return of_the_table(generator["kind"])


@pytest.mark.parametrize(
    ("held", "to_the_bit"),
    [(pl.col("wage") * 1_024, True), (pl.col("wage") / 1_000_000 + 5, False)],
    ids=["a power of two", "in millions, moved"],
)
def test_units_change_no_verdict(
    base: list[Verdict], generator: dict[str, Any], held: pl.Expr, to_the_bit: bool, tmp_path: Path
) -> None:
    found = verdicts_of(tmp_path / "study", table().with_columns(held), generator)
    within = 1e-12 if to_the_bit else 1e-6
    for one, other in zip(found, base, strict=True):
        assert one.outcome == other.outcome
        assert figures(one) == pytest.approx(figures(other), rel=within, abs=max(1e-9, within))
    assert not to_the_bit or figures(found[1]) == figures(base[1]), "the loss alone holds the logarithm of the unit"


def test_a_column_of_noise_and_a_split_by_values_move_a_verdict_within_its_limits(
    of_the_table: Callable[[str], list[Verdict]], tmp_path: Path
) -> None:
    """Without an entity the split is by content, which a unit changes: it is as another draw of the holdout."""
    noise = pl.Series("noise", np.random.default_rng(1).normal(size=200))
    one = of_the_table(COPULA["kind"])
    others = [
        verdicts_of(tmp_path / "noise", table().with_columns(noise), COPULA),
        verdicts_of(tmp_path / "split", table().drop("person").with_columns(pl.col("wage") * 4), COPULA, entity=None),
    ]
    for found in others:
        for was, now in zip(one[0].curve, found[0].curve, strict=True):
            assert now.lower <= was.upper and was.lower <= now.upper, was.share
            assert now.share == 0 or now.mean != was.mean
