"""A16 and A17: what a pool of synthetic rows is worth, where the answer has a closed form."""

import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar, Literal

import numpy as np
import polars as pl

from outcross.assets.metrics.contract import Measurement
from outcross.assets.metrics.endpoint import Endpoint
from outcross.assets.stored_verdicts import Outcome
from outcross.assets.study.learners.contract import Learner, Lesson, TrainedLearner, learner_endpoint
from outcross.assets.study.study import Study
from outcross.assets.study.tolerance import EndpointSettings
from outcross.assets.verdict.benefit.benefit import Benefit
from outcross.assets.verdict.make import reach_verdicts
from outcross.assets.verdict.verdict import Verdict
from outcross.jobs.acceptance.comparison import Comparison, mean_and_error
from outcross.jobs.acceptance.measurements import Measurements
from outcross.jobs.acceptance.power import Control
from outcross.jobs.acceptance.result import Result
from outcross.jobs.acceptance.setting import Setting
from outcross.jobs.acceptance.theory.mixed_mean import MixedMean
from outcross.resources.schema import Modality
from outcross.resources.seeds import derive_seed, generator

COLUMNS = 20
"""Columns whose squared errors are averaged: that of one alone varies as χ² with one degree of freedom."""
POOL_ROWS = 20_000
SCORE = "learner_squared_error"
TOLERANCE = 0.1
BIASES = {"a16-weak": 1.25, "a16-middle": 2.0, "a16-strong": 4.0}
"""Study → n·b² of its pool."""
UNBIASED, SPREAD = "a16-unbiased", "a16-spread"
SPREAD_VARIANCE = 9.0
_IN_PLACE = (0.1, 0.2, 0.3, 0.5)


class MeanLearner(Learner):
    """The mean of each column, judged by its squared error: the population has the mean 0."""

    version: ClassVar[str] = "1"
    modalities: ClassVar[frozenset[Modality]] = frozenset({"table"})
    keeps_scores: ClassVar[bool] = False
    kind: Literal["mean"] = "mean"

    @property
    def endpoints(self) -> tuple[Endpoint, ...]:
        """The squared error, mean over columns."""
        return (learner_endpoint("squared_error", "lower", "squared error of the mean of the dataset"),)

    def train(self, lesson: Lesson) -> TrainedLearner:
        """Take the mean of the rows."""
        return _Mean(lesson.rows.select(lesson.schema.names).mean().to_numpy()[0])


class _Mean(TrainedLearner):
    def __init__(self, mean: np.ndarray) -> None:
        self._error = float((mean**2).mean())

    def judge(self, rows: pl.DataFrame) -> Sequence[Measurement]:
        return [Measurement(SCORE, self._error, float("nan"))]


def _theory(setting: Setting, bias: float, variance: float = 1.0) -> MixedMean:
    return MixedMean(rows=setting.rows, bias=bias, pool=POOL_ROWS, variance=variance)


def _write_pool(folder: Path, name: str, theory: MixedMean, seed: int) -> Path:
    """Write rows whose mean is exactly b and whose variance exactly v in every column."""
    drawn = generator(derive_seed("pool", name, seed)).standard_normal((theory.pool, COLUMNS))
    drawn = (drawn - drawn.mean(axis=0)) / drawn.std(axis=0, ddof=1) * np.sqrt(theory.variance)
    path = folder / f"{name}.parquet"
    rows = drawn + np.sqrt(theory.bias / theory.rows)
    pl.DataFrame(rows, schema=[f"x{column + 1}" for column in range(COLUMNS)]).write_parquet(path)
    return path


def _study(folder: Path, name: str, setting: Setting, theory: MixedMean, ladder: dict[str, Any]) -> Study:
    """Describe a study of one round of mixing, in which every replicate has real rows of its own."""
    real = round(setting.replicates * setting.rows * 1.05)
    study = Study.model_validate(
        {
            "study": name,
            "seed": setting.seed,
            "source": {
                "kind": "population",
                "rows": real,
                "seed": setting.seed,
                "of": {"family": "gaussian", "dimensions": COLUMNS},
            },
            "holdout": 0.02,
            "real_rows": "own",
            "rows": setting.rows,
            "generator": {"kind": "pool", "path": str(_write_pool(folder, name, theory, setting.seed))},
            "generations": 2,
            "replicates": setting.replicates,
            "metrics": ["neighbours"],
            "ladders": {"mix": ladder},
            "endpoints": {"coverage": {"tolerance": TOLERANCE}},
            "benefit": True,
        }
    )
    scored = {SCORE: EndpointSettings.model_validate({"tolerance": TOLERANCE})}
    return study.model_copy(update={"learner": MeanLearner(), "endpoints": scored, "metrics": ()})


def _ratios(bias: float) -> tuple[float, ...]:
    """Synthetic rows per real one at half the best share, at the best, and at that which gains nothing."""
    best = 1 / (2 * bias) if bias else 0.3
    return tuple(share / (1 - share) for share in (best / 2, best, 2 * best))


def _added(bias: float) -> dict[str, Any]:
    return {"policy": "augment", "ratios": list(_ratios(bias)), "unequal_budget": "rows are added"}


def _studies(setting: Setting, folder: Path) -> list[Study]:
    biased = [_study(folder, name, setting, _theory(setting, bias), _added(bias)) for name, bias in BIASES.items()]
    unbiased = _study(folder, UNBIASED, setting, _theory(setting, 0.0), _added(0.0))
    spread = _study(folder, SPREAD, setting, _theory(setting, 2.0, SPREAD_VARIANCE), _added(2.0))
    return [*biased, unbiased, spread]


def _arm_values(measurements: Measurements, study: str, arm: str, rows: int) -> np.ndarray:
    """Squared error of each replicate in the last generation, times n."""
    values: np.ndarray = rows * measurements.values(study, arm, SCORE)[-1]
    return values


def _gain(setting: Setting, measurements: Measurements, study: str, ratio: float, theory: MixedMean) -> Comparison:
    """What a mix gains over real rows alone, as a share of 1/n."""
    alone, mix = (_arm_values(measurements, study, arm, setting.rows) for arm in ("fixed-0", f"augment-{ratio:g}"))
    mean, error = mean_and_error(alone - mix)
    synthetic = round(ratio * setting.rows)
    share = synthetic / (setting.rows + synthetic)
    return Comparison(
        quantity=f"gain, nb²={theory.bias:g}, share {share:.3f}",
        exact=1 - theory.risk(real=setting.rows, synthetic=synthetic),
        measured=mean,
        standard_error=error,
    )


def _benefit(measurements: Measurements, study: str) -> Benefit:
    benefit = _verdict(measurements, study).benefit
    assert benefit is not None
    return benefit


def _verdict(measurements: Measurements, study: str) -> Verdict:
    (found,) = reach_verdicts(measurements.artefacts(study))
    return found


def _worth(setting: Setting, measurements: Measurements, study: str, rung: int, theory: MixedMean) -> Comparison:
    """What a row of a mix is worth; the interval of the verdict serves as its standard error."""
    mix = _benefit(measurements, study).mixes[rung]
    synthetic = round(_ratios(theory.bias)[rung] * setting.rows)
    found = mix.worth
    width = np.inf if found.lower is None or found.upper is None else found.upper - found.lower
    return Comparison(
        quantity=f"worth of a synthetic row, nb²={theory.bias:g}, share {mix.share:.3f}",
        exact=theory.worth(real=setting.rows, synthetic=synthetic),
        measured=np.nan if found.worth is None else found.worth,
        standard_error=width / (2 * 1.96),
    )


def _compare_added(setting: Setting, measurements: Measurements) -> list[Comparison]:
    found = []
    for study, bias in BIASES.items():
        theory, ratios = _theory(setting, bias), _ratios(bias)
        found += [_gain(setting, measurements, study, ratio, theory) for ratio in ratios]
        best = _benefit(measurements, study).best.share
        found.append(
            Comparison(quantity=f"best share tried, nb²={bias:g}", exact=1 / (2 * bias), measured=best, within=0.005)
        )
        found.append(_worth(setting, measurements, study, 1, theory))
    unbiased = _theory(setting, 0.0)
    found += [_worth(setting, measurements, UNBIASED, rung, unbiased) for rung in (1, 2)]
    safe = _verdict(measurements, UNBIASED).outcome == Outcome.SAFE_THROUGHOUT
    found.append(Comparison(quantity="an unbiased pool has no upper share", exact=1, measured=float(safe)))
    return found


def _compare_spread(setting: Setting, measurements: Measurements) -> list[Comparison]:
    """Negative control: a pool of another variance, by the formula of one with that of the real rows."""
    return [_gain(setting, measurements, SPREAD, _ratios(2.0)[1], _theory(setting, 2.0))]


def _expect_spread(setting: Setting) -> float:
    """Expected |z|: the difference of the risks over its error, √(2/columns) of a risk near 1 for each replicate."""
    synthetic = round(_ratios(2.0)[1] * setting.rows)
    risks = [
        _theory(setting, 2.0, variance).risk(real=setting.rows, synthetic=synthetic)
        for variance in (1.0, SPREAD_VARIANCE)
    ]
    return (risks[1] - risks[0]) / (risks[1] * math.sqrt(2 / COLUMNS / setting.replicates))


def _expected_z(setting: Setting, change: float) -> float:
    """|z| to expect if generation 0, real rows alone, were taken for the mix: two risks near 1, at most unrelated."""
    return change / math.sqrt(2 * 2 / COLUMNS / setting.replicates)


def _in_place(setting: Setting, folder: Path) -> list[Study]:
    ladder = {"policy": "fixed", "shares": list(_IN_PLACE)}
    return [_study(folder, "a17", setting, _theory(setting, 2.0), ladder)]


def _compare_in_place(setting: Setting, measurements: Measurements) -> list[Comparison]:
    found, theory = [], _theory(setting, 2.0)
    for share in _IN_PLACE:
        synthetic = round(share * setting.rows)
        arm = _arm_values(measurements, "a17", f"fixed-{share:g}", setting.rows)
        mean, error = mean_and_error(arm - _arm_values(measurements, "a17", "fixed-0", setting.rows))
        exact = theory.risk(real=setting.rows - synthetic, synthetic=synthetic) - 1
        found.append(Comparison(quantity=f"loss, share {share:g}", exact=exact, measured=mean, standard_error=error))
    verdict = _verdict(measurements, "a17")
    exact = float(np.sqrt(TOLERANCE / theory.bias))
    assert verdict.benefit is not None
    return [
        *found,
        Comparison(quantity="safe share, √(δ/nb²)", exact=exact, measured=verdict.safe_share or 0.0, within=0.03),
        Comparison(quantity="rows in place of real ones help", exact=0, measured=float(verdict.benefit.helps)),
    ]


def _compare_half(setting: Setting, measurements: Measurements) -> list[Comparison]:
    """Negative control: the wrong formula that damage grows as the share, not as its square."""
    last = _compare_in_place(setting, measurements)[len(_IN_PLACE) - 1]
    return [replace(last, quantity=f"{last.quantity}, by p·b²", exact=last.exact / _IN_PLACE[-1])]


def _expect_half(setting: Setting) -> float:
    exact = _IN_PLACE[-1] ** 2 * 2.0
    return exact * (1 / _IN_PLACE[-1] - 1) / ((1 + exact) * math.sqrt(2 / COLUMNS / setting.replicates))


A16 = Result(
    id="A16",
    claim="added to n real rows, a pool with bias b is best at the share 1/(2nb²), gains 1/(4nb²) there and nothing at "
    "twice the share; a row of an unbiased one is worth a real row",
    source="derived",
    setting=Setting(rows=100, generations=2, replicates=300),
    small=Setting(rows=100, generations=2, replicates=30),
    studies=_studies,
    compare=_compare_added,
    controls=(Control(_compare_spread, _expect_spread),),
    off_by_one=lambda setting: _expected_z(setting, 1 / (4 * min(BIASES.values()))),
    minimum=Setting(rows=40, generations=2, replicates=20),
)
A17 = Result(
    id="A17",
    claim="in place of real rows, a pool with bias b never helps, and is safe up to the share √(δ/nb²)",
    source="derived",
    setting=Setting(rows=100, generations=2, replicates=400),
    small=Setting(rows=100, generations=2, replicates=60),
    studies=_in_place,
    compare=_compare_in_place,
    controls=(Control(_compare_half, _expect_half),),
    off_by_one=lambda setting: _expected_z(setting, _IN_PLACE[-1] ** 2 * 2.0),
    minimum=Setting(rows=40, generations=2, replicates=20),
)
