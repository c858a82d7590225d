"""A1, A9 and A10: estimating a mean from fresh real, fixed real and synthetic rows."""

import math
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import polars as pl

from outcross.assets.study.study import Study
from outcross.assets.verdict.dose_response import Ladder
from outcross.assets.verdict.verdict import Verdict, verdict
from outcross.jobs.acceptance.comparison import ALLOWED_ERRORS, Comparison, compare_mean
from outcross.jobs.acceptance.measurements import Measurements
from outcross.jobs.acceptance.power import Control, expected_z, off_by_one
from outcross.jobs.acceptance.result import Result
from outcross.jobs.acceptance.setting import Setting
from outcross.jobs.acceptance.studies import population_study
from outcross.jobs.acceptance.theory import gaussian_chain, golden_ratio, mean_estimation
from outcross.jobs.acceptance.theory.exact import Exact
from outcross.resources.errors import BadInput

TOLERANCES = (0.10, 0.25, 0.50, 1.0)
SHARES = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8)
AT_THE_TOLERANCE = (0.5, 0.6)
"""Shares that are put exactly at the tolerance, to count how often a study calls them safe."""
STUDY_REPLICATES = 20
"""Replicates of one simulated study; A1's replicates are cut into as many such studies as possible."""

_KNOWN = {"kind": "gaussian", "covariance": "known"}
_DIMENSIONS = 40
_OF = {"family": "gaussian", "dimensions": _DIMENSIONS}


def _a1(setting: Setting, _: Path) -> list[Study]:
    ladders = {"fresh": {"policy": "fresh", "shares": list(SHARES)}}
    return [
        population_study(
            "a1",
            setting,
            of=_OF,
            generator=_KNOWN,
            arms={},
            fresh_rows=setting.rows,
            ladders=ladders,
            endpoints={"excess_risk": {"tolerance": TOLERANCES[0]}},
        )
    ]


def _read_ladder(measurements: Measurements, study: str) -> Ladder:
    return Ladder(
        "fresh", "fresh", tuple((rung.share, rung.arm) for rung in measurements.studies[study].rungs["fresh"])
    )


def _compare_risk(
    measurements: Measurements, study: str, arm: str, law: Exact, name: str, *, dimensions: int
) -> Comparison:
    """Compare the risk of the last model, in units of σ²/T, the risk of the first model."""
    rows = measurements.studies[study].rows or 0
    return compare_mean(law, name, measurements.values(study, arm, "excess_risk")[-1] * rows, columns=dimensions)


def _compare_a1(setting: Setting, measurements: Measurements) -> list[Comparison]:
    ladder, evaluations, last = _read_ladder(measurements, "a1"), measurements.evaluations, setting.generations
    risks = [
        _compare_risk(
            measurements,
            "a1",
            arm,
            mean_estimation.fresh_risk(share=share, generation=last),
            f"risk ratio at share {share:g}",
            dimensions=_DIMENSIONS,
        )
        for share, arm in ladder.rungs
    ]
    # The tolerance is 0.02 at the default number of replicates; the error grows as 1/√replicates.
    within = 0.02 * max(1.0, math.sqrt(A1.setting.replicates / setting.replicates))
    shares = []
    for tolerance in TOLERANCES:
        exact = mean_estimation.safe_share(tolerance, generation=last)
        if exact > SHARES[-1]:
            continue  # beyond the ladder: the verdict does not extrapolate
        reached = _reach(evaluations, ladder, tolerance=tolerance, seed=setting.seed)
        measured = reached.safe_share if reached.safe_share is not None else math.nan
        shares.append(
            Comparison(quantity=f"verdict's s*, δ={tolerance:g}", exact=exact, measured=measured, within=within)
        )
    return [
        *risks,
        _compare_second_risk(setting, measurements, ladder.rungs[-1]),
        *shares,
        *_compare_errors(setting, evaluations, ladder),
    ]


def _compare_second_risk(setting: Setting, measurements: Measurements, rung: tuple[float, str]) -> Comparison:
    """Compare the risk of the second model at a rung, which differs most from those next to it."""
    share, arm = rung
    values = measurements.values("a1", arm, "excess_risk")[1] * setting.rows
    return compare_mean(_fresh_risk(share, 2), f"risk ratio at share {share:g}, n=2", values, columns=_DIMENSIONS)


def _reach(evaluations: pl.DataFrame, ladder: Ladder, *, tolerance: float, seed: int) -> Verdict:
    return verdict(evaluations, ladder, endpoint="excess_risk", tolerance=tolerance, seed=seed, forecast=False)


def _compare_errors(setting: Setting, evaluations: pl.DataFrame, ladder: Ladder) -> list[Comparison]:
    """Cut the replicates into studies of twenty, and count those that call a share safe which is at the tolerance."""
    studies = [
        each.with_columns(pl.col("replicate") % STUDY_REPLICATES)
        for each in evaluations.with_columns(group=pl.col("replicate") // STUDY_REPLICATES)
        .filter(pl.col("group") < setting.replicates // STUDY_REPLICATES)
        .partition_by("group", include_key=False)
    ]
    # A correct 95 % limit passes it in 1 to 7 % of 400 studies; fewer studies measure that less exactly.
    within = 0.03 * max(1.0, math.sqrt(400 / len(studies)))
    found = []
    for share in AT_THE_TOLERANCE:
        tolerance = mean_estimation.fresh_risk(share=share, generation=setting.generations).mean - 1
        # Beside the control alone: smaller shares would have to be shown safe before.
        alone = replace(ladder, rungs=tuple(rung for rung in ladder.rungs if rung[0] in {0, share}))
        reached = [_reach(each, alone, tolerance=tolerance, seed=number) for number, each in enumerate(studies)]
        passed = float(np.mean([each.lower_95 is not None and each.lower_95 >= share for each in reached]))
        name = f"share of {len(studies)} studies that call {share:g} safe, δ its risk − 1"
        found.append(Comparison(quantity=name, exact=0.04, measured=passed, within=within))
    return found


def _control_a1(setting: Setting, measurements: Measurements) -> list[Comparison]:
    """Negative control: ignore that synthetic rows carry the last model's error, so that no share costs anything."""
    share, arm = _read_ladder(measurements, "a1").rungs[-1]
    name = f"risk ratio at share {share:g}, if synthetic rows were as good as real ones"
    return [_compare_risk(measurements, "a1", arm, Exact(1.0, 2.0), name, dimensions=_DIMENSIONS)]


def _fresh_risk(share: float, generation: int) -> Exact:
    return mean_estimation.fresh_risk(share=share, generation=generation)


def _expect_a1(setting: Setting) -> float:
    right = _fresh_risk(SHARES[-1], setting.generations)
    return expected_z(right.mean, 1.0, Exact(1.0, 2.0), setting.replicates, columns=_DIMENSIONS)


def _require_tenths(result: str, setting: Setting) -> None:
    if setting.rows % 10:
        raise BadInput(f"{result}: --rows {setting.rows} cannot be cut into tenths; choose a multiple of 10")


A1 = Result(
    id="A1",
    claim="the largest tolerable share has a closed form, s* = √(δ/(1+δ)), and the verdict finds it",
    source="derived",
    setting=Setting(rows=10, generations=6, replicates=8000),
    small=Setting(rows=20, generations=3, replicates=60, seed=11),
    studies=_a1,
    compare=_compare_a1,
    controls=(Control(_control_a1, _expect_a1),),
    off_by_one=lambda setting: max(
        off_by_one(partial(_fresh_risk, share), {2, setting.generations}, setting.replicates, columns=_DIMENSIONS)
        for share in SHARES
    ),
    minimum=Setting(rows=10, generations=3, replicates=2 * STUDY_REPLICATES),
    requirements=partial(_require_tenths, "A1"),
)

_SHARE, _BIAS = 0.9, 0.8
_WIDTH = 20
_WIDE = {"family": "gaussian", "dimensions": _WIDTH}


def _a9(setting: Setting, _: Path) -> list[Study]:
    arms = {name: {"policy": name, "share": _SHARE} for name in ("fresh", "fixed")}
    biased = {"kind": "gaussian", "covariance": "diagonal", "ddof": 1, "sampling_bias": _BIAS}
    fresh = setting.rows // 10
    return [
        population_study("a9", setting, of=_WIDE, generator=_KNOWN, arms=arms, fresh_rows=fresh),
        population_study(
            "a9-bias", _few_generations(setting), of=_WIDE, generator=biased, arms={"replace": {"policy": "replace"}}
        ),
    ]


def _few_generations(setting: Setting) -> Setting:
    """Limit the biased study to eleven models: ten of them are fitted on biased rows, and λ^10 is about 0.1."""
    return setting.with_changes(generations=min(11, setting.generations))


def _compare_effective_rows(measurements: Measurements, arm: str, law: Exact, name: str) -> Comparison:
    """Compare n_e/n_r = 1/(risk ratio·(1 − s)): real rows alone with the same risk, per real row of a generation."""
    risk = _compare_risk(measurements, "a9", arm, law, name, dimensions=_WIDTH)
    measured, exact = 1 / (risk.measured * (1 - _SHARE)), 1 / (risk.exact * (1 - _SHARE))
    error = risk.standard_error * exact / risk.exact
    return Comparison(quantity=name, exact=exact, measured=measured, standard_error=error)


def _compare_a9(setting: Setting, measurements: Measurements) -> list[Comparison]:
    last, biased = setting.generations, _few_generations(setting).generations
    fresh = mean_estimation.fresh_risk(share=_SHARE, generation=last)
    fixed = mean_estimation.fixed_risk(share=_SHARE, generation=last)
    shrunk = gaussian_chain.biased_variance(bias=_BIAS, rows=setting.rows, generation=biased)
    variances = measurements.values("a9-bias", "replace", "fitted_variance")[-1]
    return [
        _compare_effective_rows(measurements, "fresh", fresh, f"n_e/n_r, fresh real rows, s={_SHARE:g}, n={last}"),
        _compare_effective_rows(measurements, "fixed", fixed, f"n_e/n_r, the same real rows, s={_SHARE:g}, n={last}"),
        compare_mean(shrunk, f"E[S] with λ={_BIAS:g} in {biased - 1} generations", variances, columns=_WIDTH),
    ]


def _control_a9(setting: Setting, measurements: Measurements) -> list[Comparison]:
    fresh = mean_estimation.fresh_risk(share=_SHARE, generation=setting.generations)
    return [
        _compare_effective_rows(
            measurements, "fixed", fresh, "n_e/n_r, the same real rows, by the formula of fresh ones"
        )
    ]


def _expect_a9(setting: Setting) -> float:
    fresh, fixed = (
        risk(share=_SHARE, generation=setting.generations)
        for risk in (mean_estimation.fresh_risk, mean_estimation.fixed_risk)
    )
    # Of n_e/n_r, the inverse of the risk, in errors of the wrong formula's inverse.
    return expected_z(fresh.mean**2 / fixed.mean, fresh.mean, fresh, setting.replicates, columns=_WIDTH)


def _off_by_one_a9(setting: Setting) -> float:
    return off_by_one(
        lambda each: gaussian_chain.biased_variance(bias=_BIAS, rows=setting.rows, generation=each),
        {_few_generations(setting).generations},
        setting.replicates,
        columns=_WIDTH,
    )


A9 = Result(
    id="A9",
    claim="synthetic rows help fresh real rows but not fixed ones; sampling bias shrinks the variance by λ",
    source="Alemohammad et al. 2024, arXiv 2307.01850",
    setting=Setting(rows=20, generations=60, replicates=800),
    small=Setting(rows=30, generations=4, replicates=100, seed=17),
    studies=_a9,
    compare=_compare_a9,
    controls=(Control(_control_a9, _expect_a9),),
    off_by_one=_off_by_one_a9,
    minimum=Setting(rows=10, generations=3, replicates=20),
    requirements=partial(_require_tenths, "A9"),
)

_RATIOS = (1.0, 3.0)
_STEPS = (-0.16, -0.08, 0.0, 0.08, 0.16)


def _weights(ratio: float) -> list[float]:
    return [round(round(golden_ratio.best_weight(ratio), 2) + step, 3) for step in _STEPS]


def _a10(setting: Setting, _: Path) -> list[Study]:
    return [
        population_study(
            f"a10-k{ratio:g}",
            setting,
            of=_WIDE,
            generator=_KNOWN,
            arms={
                f"w{weight:g}": {"policy": "weighted", "weight": weight, "ratio": ratio, "real": "fresh"}
                for weight in _weights(ratio)
            },
            fresh_rows=setting.rows,
        )
        for ratio in _RATIOS
    ]


def _compare_sweep(setting: Setting, measurements: Measurements, ratio: float) -> list[Comparison]:
    """Compare the risk at each weight."""
    return [
        _compare_risk(
            measurements,
            f"a10-k{ratio:g}",
            f"w{weight:g}",
            golden_ratio.weighted_risk(weight=weight, ratio=ratio, generation=setting.generations),
            f"risk ratio at w={weight:g}, k={ratio:g}",
            dimensions=_WIDTH,
        )
        for weight in _weights(ratio)
    ]


def _compare_best_weight(
    setting: Setting, measurements: Measurements, ratio: float, exact: float, name: str
) -> Comparison:
    """Compare the exact best weight with the minimum of a cubic fitted to the log risks of the sweep."""
    weights = _weights(ratio)
    risks = [each.measured for each in _compare_sweep(setting, measurements, ratio)]
    curve = np.polynomial.Polynomial.fit(weights, np.log(risks), 3)
    grid = np.linspace(weights[0], weights[-1], 2001)
    lowest = float(grid[np.argmin(curve(grid))])
    return Comparison(quantity=f"{name}, k={ratio:g}", exact=exact, measured=lowest, within=_within(setting))


def _within(setting: Setting) -> float:
    """Return the tolerance of the best weight: 0.02 at the default replicates; the error grows as 1/√replicates."""
    return 0.02 * max(1.0, math.sqrt(A10.setting.replicates / setting.replicates))


def _weighted_risk(ratio: float, generation: int) -> Exact:
    weight = _weights(ratio)[0]
    return golden_ratio.weighted_risk(weight=weight, ratio=ratio, generation=generation)


def _compare_second(setting: Setting, measurements: Measurements, ratio: float) -> Comparison:
    """Compare the risk of the second model at the least weight, where the loop is far from its limit."""
    study, weight = f"a10-k{ratio:g}", _weights(ratio)[0]
    values = measurements.values(study, f"w{weight:g}", "excess_risk")[1] * (measurements.studies[study].rows or 0)
    return compare_mean(
        _weighted_risk(ratio, 2), f"risk ratio at w={weight:g}, k={ratio:g}, n=2", values, columns=_WIDTH
    )


def _control_a10(setting: Setting, measurements: Measurements) -> list[Comparison]:
    return [
        _compare_best_weight(
            setting, measurements, ratio, 1 / (1 + ratio), "best weight, if every row weighed the same"
        )
        for ratio in _RATIOS
    ]


def _expect_a10(setting: Setting) -> float:
    return min(
        ALLOWED_ERRORS * abs(golden_ratio.best_weight(ratio) - 1 / (1 + ratio)) / _within(setting) for ratio in _RATIOS
    )


A10 = Result(
    id="A10",
    claim="the best weight of the real rows is (√(1+4k) − 1)/(2k), at k = 1 the inverse golden ratio",
    source="He et al. 2025, arXiv 2502.18049",
    setting=Setting(rows=10, generations=6, replicates=4000),
    small=Setting(rows=6, generations=5, replicates=500, seed=18),
    studies=_a10,
    compare=lambda setting, measurements: [
        comparison
        for ratio in _RATIOS
        for comparison in (
            *_compare_sweep(setting, measurements, ratio),
            _compare_second(setting, measurements, ratio),
            _compare_best_weight(setting, measurements, ratio, golden_ratio.best_weight(ratio), "best weight"),
        )
    ],
    controls=(Control(_control_a10, _expect_a10),),
    off_by_one=lambda setting: min(
        off_by_one(partial(_weighted_risk, ratio), {2}, setting.replicates, columns=_WIDTH) for ratio in _RATIOS
    ),
    minimum=Setting(rows=4, generations=5, replicates=500),
)
