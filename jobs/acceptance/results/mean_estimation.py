"""A1, A9 and A10: estimating a mean from fresh, kept and synthetic rows."""

import math
from functools import partial

import numpy as np
import polars as pl

from outcross.assets.study.study import Study
from outcross.assets.verdict.dose_response import Ladder
from outcross.assets.verdict.verdict import verdict
from outcross.jobs.acceptance.comparison import Comparison, against
from outcross.jobs.acceptance.measurements import Looks
from outcross.jobs.acceptance.result import Result, Setting
from outcross.jobs.acceptance.studies import population_study
from outcross.jobs.acceptance.theory import gaussian_chain, golden_ratio, mean_estimation
from outcross.jobs.acceptance.theory.exact import Exact
from outcross.resources.errors import BadInput

TOLERANCES = (0.10, 0.25, 0.50, 1.0)
SHARES = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8)
COVERED = (0.25, 0.50)
"""The tolerances whose lower limits are counted."""
STUDY_REPLICATES = 20
"""Replicates of one simulated study: A1's cohort is cut into as many studies as it holds."""

_KNOWN = {"kind": "gaussian", "covariance": "known"}
_DIMENSIONS = 5
_OF = {"family": "gaussian", "dimensions": _DIMENSIONS}


def _a1(setting: Setting) -> list[Study]:
    ladders = {"fresh": {"policy": "fresh", "shares": list(SHARES)}}
    fresh = setting.rows - int(setting.rows * SHARES[0])
    return [
        population_study(
            "a1",
            setting,
            of=_OF,
            generator=_KNOWN,
            arms={},
            fresh_rows=fresh,
            ladders=ladders,
            endpoints={"excess_risk": {"tolerance": TOLERANCES[0]}},
        )
    ]


def _ladder(looks: Looks, study: str) -> Ladder:
    return Ladder("fresh", "fresh", tuple((rung.share, rung.arm) for rung in looks.studies[study].rungs["fresh"]))


def _risk(looks: Looks, study: str, arm: str, law: Exact, name: str, *, dimensions: int) -> Comparison:
    """The risk of the last model in units of σ²/T, the first model's."""
    rows = looks.studies[study].rows or 0
    return against(law, name, looks.values(study, arm, "excess_risk")[-1] * rows, columns=dimensions)


def _a1_compare(setting: Setting, looks: Looks) -> list[Comparison]:
    ladder, evaluations, last = _ladder(looks, "a1"), looks.evaluations, setting.generations
    risks = [
        _risk(
            looks,
            "a1",
            arm,
            mean_estimation.fresh_risk(share=share, generation=last),
            f"risk ratio at share {share:g}",
            dimensions=_DIMENSIONS,
        )
        for share, arm in ladder.rungs
    ]
    # Within .02 on the full cohort; a smaller one scatters more.
    within = 0.02 * max(1.0, math.sqrt(A1.setting.replicates / setting.replicates))
    shares = []
    for tolerance in TOLERANCES:
        exact = mean_estimation.safe_share(tolerance, generation=last)
        if exact > SHARES[-1]:
            continue  # beyond the ladder, where the verdict extends nothing
        reached = verdict(evaluations, ladder, endpoint="excess_risk", tolerance=tolerance, seed=setting.seed)
        measured = reached.safe_share if reached.safe_share is not None else math.nan
        shares.append(
            Comparison(quantity=f"verdict's s*, δ={tolerance:g}", exact=exact, measured=measured, within=within)
        )
    return [*risks, *shares, *_coverage(setting, evaluations, ladder)]


def _coverage(setting: Setting, evaluations: pl.DataFrame, ladder: Ladder) -> list[Comparison]:
    """Cut the cohort into studies of twenty replicates, and count the limits that lie below s*."""
    studies = [
        each.with_columns(pl.col("replicate") % STUDY_REPLICATES)
        for each in evaluations.with_columns(group=pl.col("replicate") // STUDY_REPLICATES)
        .filter(pl.col("group") < setting.replicates // STUDY_REPLICATES)
        .partition_by("group", include_key=False)
    ]
    # A limit of 95 % that is right lies between 93 and 99 %; fewer studies than 400 say so less exactly.
    within = 0.03 * max(1.0, math.sqrt(400 / len(studies)))
    found = []
    for tolerance in COVERED:
        exact = mean_estimation.safe_share(tolerance, generation=setting.generations)
        reached = [
            verdict(each, ladder, endpoint="excess_risk", tolerance=tolerance, seed=number)
            for number, each in enumerate(studies)
        ]
        below = float(np.mean([each.lower_95 is None or each.lower_95 <= exact for each in reached]))
        name = f"lower limits below s*, δ={tolerance:g}, {len(studies)} studies"
        found.append(Comparison(quantity=name, exact=0.96, measured=below, within=within))
    return found


def _a1_control(setting: Setting, looks: Looks) -> list[Comparison]:
    """Forget that synthetic rows carry the last model's error: then no share would cost anything."""
    share, arm = _ladder(looks, "a1").rungs[-1]
    name = f"risk ratio at share {share:g}, were synthetic rows as good as real ones"
    return [_risk(looks, "a1", arm, Exact(1.0, 2.0), name, dimensions=_DIMENSIONS)]


def _whole_shares(result: str, setting: Setting) -> None:
    if setting.rows % 10:
        raise BadInput(f"{result}: --rows {setting.rows} cannot be cut into tenths; choose a multiple of 10")


A1 = Result(
    id="A1",
    claim="how much is too much has a closed form: s* = √(δ/(1+δ)), and the verdict finds it",
    source="derived",
    setting=Setting(rows=10, generations=6, replicates=8000),
    small=Setting(rows=10, generations=6, replicates=800),
    studies=_a1,
    compare=_a1_compare,
    control=_a1_control,
    fewest=Setting(rows=10, generations=3, replicates=2 * STUDY_REPLICATES),
    demands=partial(_whole_shares, "A1"),
)

_SHARE, _BIAS = 0.9, 0.8
_WIDTH = 20
_WIDE = {"family": "gaussian", "dimensions": _WIDTH}


def _a9(setting: Setting) -> list[Study]:
    arms = {name: {"policy": name, "share": _SHARE} for name in ("fresh", "fixed")}
    biased = {"kind": "gaussian", "covariance": "diagonal", "ddof": 1, "sampling_bias": _BIAS}
    fresh = setting.rows // 10
    return [
        population_study("a9", setting, of=_WIDE, generator=_KNOWN, arms=arms, fresh_rows=fresh),
        population_study("a9-bias", _few(setting), of=_WIDE, generator=biased, arms={"replace": {"policy": "replace"}}),
    ]


def _few(setting: Setting) -> Setting:
    """λ^10 is a tenth: eleven models, of which ten learn from biased rows."""
    return setting.with_changes(generations=min(11, setting.generations))


def _effective_rows(looks: Looks, arm: str, law: Exact, name: str) -> Comparison:
    """n_e/n_r = 1/(risk ratio·(1 − s)): real rows that would do as well, for each real row of a generation."""
    risk = _risk(looks, "a9", arm, law, name, dimensions=_WIDTH)
    measured, exact = 1 / (risk.measured * (1 - _SHARE)), 1 / (risk.exact * (1 - _SHARE))
    error = risk.standard_error * exact / risk.exact
    return Comparison(quantity=name, exact=exact, measured=measured, standard_error=error)


def _a9_compare(setting: Setting, looks: Looks) -> list[Comparison]:
    last, biased = setting.generations, _few(setting).generations
    fresh = mean_estimation.fresh_risk(share=_SHARE, generation=last)
    fixed = mean_estimation.fixed_risk(share=_SHARE, generation=last)
    shrunk = gaussian_chain.biased_variance(bias=_BIAS, rows=setting.rows, generation=biased)
    variances = looks.values("a9-bias", "replace", "fitted_variance")[-1]
    return [
        _effective_rows(looks, "fresh", fresh, f"n_e/n_r, fresh real rows, s={_SHARE:g}, n={last}"),
        _effective_rows(looks, "fixed", fixed, f"n_e/n_r, the same real rows, s={_SHARE:g}, n={last}"),
        against(shrunk, f"E[S] with λ={_BIAS:g} in {biased - 1} generations", variances, columns=_WIDTH),
    ]


def _a9_control(setting: Setting, looks: Looks) -> list[Comparison]:
    fresh = mean_estimation.fresh_risk(share=_SHARE, generation=setting.generations)
    return [_effective_rows(looks, "fixed", fresh, "n_e/n_r, the same real rows, by the formula of fresh ones")]


A9 = Result(
    id="A9",
    claim="fresh real rows make synthetic ones help, kept ones do not; sampling bias shrinks the variance by λ",
    source="Alemohammad et al. 2024, arXiv 2307.01850",
    setting=Setting(rows=20, generations=60, replicates=800),
    small=Setting(rows=10, generations=12, replicates=200),
    studies=_a9,
    compare=_a9_compare,
    control=_a9_control,
    fewest=Setting(rows=10, generations=3, replicates=20),
    demands=partial(_whole_shares, "A9"),
)

_RATIOS = (1.0, 3.0)
_STEPS = (-0.16, -0.08, 0.0, 0.08, 0.16)


def _weights(ratio: float) -> list[float]:
    return [round(round(golden_ratio.best_weight(ratio), 2) + step, 3) for step in _STEPS]


def _a10(setting: Setting) -> list[Study]:
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


def _sweep(setting: Setting, looks: Looks, ratio: float) -> list[Comparison]:
    """The risk at each weight."""
    return [
        _risk(
            looks,
            f"a10-k{ratio:g}",
            f"w{weight:g}",
            golden_ratio.weighted_risk(weight=weight, ratio=ratio, generation=setting.generations),
            f"risk ratio at w={weight:g}, k={ratio:g}",
            dimensions=_WIDTH,
        )
        for weight in _weights(ratio)
    ]


def _best_weight(setting: Setting, looks: Looks, ratio: float, exact: float, name: str) -> Comparison:
    """Where a cubic through the log risks of the sweep is lowest."""
    weights = _weights(ratio)
    risks = [each.measured for each in _sweep(setting, looks, ratio)]
    curve = np.polynomial.Polynomial.fit(weights, np.log(risks), 3)
    grid = np.linspace(weights[0], weights[-1], 2001)
    lowest = float(grid[np.argmin(curve(grid))])
    # Within .02 at the printed setting; fewer replicates scatter more.
    within = 0.02 * max(1.0, math.sqrt(A10.setting.replicates / setting.replicates))
    return Comparison(quantity=f"{name}, k={ratio:g}", exact=exact, measured=lowest, within=within)


A10 = Result(
    id="A10",
    claim="the best weight of the real rows comes from the golden ratio",
    source="He et al. 2025, arXiv 2502.18049",
    setting=Setting(rows=10, generations=6, replicates=4000),
    small=Setting(rows=10, generations=5, replicates=1000),
    studies=_a10,
    compare=lambda setting, looks: [
        comparison
        for ratio in _RATIOS
        for comparison in (
            *_sweep(setting, looks, ratio),
            _best_weight(setting, looks, ratio, golden_ratio.best_weight(ratio), "best weight"),
        )
    ],
    control=lambda setting, looks: [
        _best_weight(setting, looks, ratio, 1 / (1 + ratio), "best weight, were every row worth the same")
        for ratio in _RATIOS
    ],
    fewest=Setting(rows=4, generations=5, replicates=500),
)
