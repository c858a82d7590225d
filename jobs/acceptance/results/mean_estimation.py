"""A1, A9 and A10: estimating a mean from fresh, kept and synthetic rows."""

import numpy as np
import polars as pl

from assets.study import Study
from assets.verdict.dose_response import Ladder
from assets.verdict.verdict import verdict
from jobs.acceptance.formulas import gaussian, mean_estimation
from jobs.acceptance.looking import Looks, mean
from jobs.acceptance.result import Comparison, Result, Setting
from jobs.acceptance.studies import population_study
from resources.errors import BadInput

TOLERANCES = (0.10, 0.25, 0.50, 1.0)
SHARES = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8)
DIMENSIONS = 5
STUDY_REPLICATES = 20
"""Replicates of one simulated study: A1's cohort is cut into as many studies as it holds."""

_KNOWN = {"kind": "gaussian", "covariance": "known"}
_OF = {"family": "gaussian", "dimensions": DIMENSIONS}


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


def _evaluations(looks: Looks, study: str) -> pl.DataFrame:
    """The evaluations as the verdict reads them."""
    return looks.sql(
        f"SELECT coalesce(nullif(lineage, ''), 'shared') AS arm, generation, replicate, reference, metric, value "
        f"FROM evaluations WHERE study = '{study}'"
    )


def _ladder(looks: Looks, study: str) -> Ladder:
    return Ladder("fresh", "fresh", tuple((rung.share, rung.arm) for rung in looks.studies[study].rungs["fresh"]))


def _a1_compare(setting: Setting, looks: Looks) -> list[Comparison]:
    ladder, evaluations, found = _ladder(looks, "a1"), _evaluations(looks, "a1"), []
    for share, arm in ladder.rungs:
        measured, error = mean(looks.values("a1", arm, "excess_risk")[-1])
        exact = mean_estimation.fresh_risk(share, setting.rows, setting.generations)
        name = f"risk at share {share:g}"
        found.append(Comparison(quantity=name, exact=exact, measured=measured, standard_error=error))
    for tolerance in TOLERANCES:
        reached = verdict(evaluations, ladder, endpoint="excess_risk", tolerance=tolerance, seed=setting.seed)
        exact = mean_estimation.safe_share_at(tolerance, setting.generations)
        name = f"verdict's s*, δ={tolerance:g}"
        # Within .02 on the full cohort; a smaller one scatters more.
        within = 0.02 * max(1.0, np.sqrt(A1.setting.replicates / setting.replicates))
        found.append(Comparison(quantity=name, exact=exact, measured=reached.safe_share or 0.0, within=float(within)))
    return [*found, *_coverage(setting, looks, evaluations, ladder)]


def _coverage(setting: Setting, looks: Looks, evaluations: pl.DataFrame, ladder: Ladder) -> list[Comparison]:
    """Cut the cohort into studies of twenty replicates, and count the limits that lie below s*."""
    studies = [
        each.with_columns(pl.col("replicate") % STUDY_REPLICATES)
        for each in evaluations.with_columns(group=pl.col("replicate") // STUDY_REPLICATES)
        .filter(pl.col("group") < setting.replicates // STUDY_REPLICATES)
        .partition_by("group", include_key=False)
    ]
    found = []
    for tolerance in TOLERANCES[1:3]:
        exact = mean_estimation.safe_share_at(tolerance, setting.generations)
        reached = [
            verdict(each, ladder, endpoint="excess_risk", tolerance=tolerance, seed=number)
            for number, each in enumerate(studies)
        ]
        below = float(np.mean([each.lower_95 is None or each.lower_95 <= exact for each in reached]))
        # A limit of 95 % that is right lies between 93 and 99 %; fewer studies say so less exactly.
        slack = 0.03 + 4 * np.sqrt(0.95 * 0.05 / len(studies)) * (len(studies) < 400)
        name = f"lower limits below s*, δ={tolerance:g}, {len(studies)} studies"
        found.append(Comparison(quantity=name, exact=0.96, measured=below, within=float(slack)))
    return found


def _a1_control(setting: Setting, looks: Looks) -> list[Comparison]:
    """Forget that synthetic rows carry the last model's error: then no share would cost anything."""
    share, arm = _ladder(looks, "a1").rungs[-1]
    measured, error = mean(looks.values("a1", arm, "excess_risk")[-1])
    name = f"risk at share {share:g}, were synthetic rows as good as real ones"
    return [Comparison(quantity=name, exact=1 / setting.rows, measured=measured, standard_error=error)]


def _whole_shares(setting: Setting) -> None:
    if setting.rows % 10:
        raise BadInput(f"A1: --rows {setting.rows} cannot be cut into tenths; choose a multiple of 10")


A1 = Result(
    id="A1",
    claim="how much is too much has a closed form: s* = √(δ/(1+δ)), and the verdict finds it",
    source="derived",
    setting=Setting(rows=10, generations=8, replicates=8000),
    small=Setting(rows=10, generations=6, replicates=800),
    studies=_a1,
    compare=_a1_compare,
    control=_a1_control,
    fewest=Setting(rows=10, generations=3, replicates=2 * STUDY_REPLICATES),
    demands=_whole_shares,
)

_SHARE = 0.9
_BIAS = 0.8
_WIDE = {"family": "gaussian", "dimensions": 20}


def _a9(setting: Setting) -> list[Study]:
    arms = {name: {"policy": name, "share": _SHARE} for name in ("fresh", "fixed")}
    fresh = setting.rows - int(setting.rows * _SHARE)
    long = setting.with_changes(rows=10 * max(1, round(setting.rows / 10)))
    biased = {"kind": "gaussian", "covariance": "diagonal", "ddof": 1, "sampling_bias": _BIAS}
    few = setting.with_changes(generations=min(11, setting.generations))
    return [
        population_study("a9", long, of=_WIDE, generator=_KNOWN, arms=arms, fresh_rows=max(1, fresh)),
        population_study("a9-bias", few, of=_WIDE, generator=biased, arms={"replace": {"policy": "replace"}}),
    ]


def _effective_rows(looks: Looks, arm: str, setting: Setting) -> tuple[float, float]:
    """n_e/n_r = 1/(risk·n_r), and its standard error."""
    risk, error = mean(looks.values("a9", arm, "excess_risk")[-1])
    real = (1 - _SHARE) * looks.studies["a9"].rows  # type: ignore[operator]
    return 1 / (risk * real), error / (risk**2 * real)


def _a9_compare(setting: Setting, looks: Looks) -> list[Comparison]:
    fresh, fresh_error = _effective_rows(looks, "fresh", setting)
    fixed, fixed_error = _effective_rows(looks, "fixed", setting)
    generations = setting.generations
    real = (1 - _SHARE) * looks.studies["a9"].rows  # type: ignore[operator]
    kept = 1 / (mean_estimation.fixed_risk(_SHARE, looks.studies["a9"].rows or 0, generations) * real)
    study = looks.studies["a9-bias"]
    variance, _ = mean(looks.values("a9-bias", "replace", "fitted_variance")[-1])
    spread = gaussian.biased_variance_spread(_BIAS, study.rows or 0, study.generations)
    chains = study.replicates * 20
    return [
        Comparison(
            quantity=f"n_e/n_r, fresh real rows, s={_SHARE:g}",
            exact=mean_estimation.fresh_effective_rows(_SHARE, generations),
            measured=fresh,
            standard_error=fresh_error,
        ),
        Comparison(
            quantity=f"n_e/n_r, the same real rows, s={_SHARE:g}",
            exact=kept,
            measured=fixed,
            standard_error=fixed_error,
        ),
        Comparison(
            quantity=f"E[S] with sampling bias {_BIAS:g}, {study.generations - 1} biased generations",
            exact=gaussian.biased_variance(_BIAS, study.generations),
            measured=variance,
            standard_error=spread / float(np.sqrt(chains)),
        ),
    ]


def _a9_control(setting: Setting, looks: Looks) -> list[Comparison]:
    fixed, error = _effective_rows(looks, "fixed", setting)
    exact = mean_estimation.fresh_effective_rows(_SHARE, setting.generations)
    name = "kept real rows by the formula of fresh ones"
    return [Comparison(quantity=name, exact=exact, measured=fixed, standard_error=error)]


A9 = Result(
    id="A9",
    claim="fresh real rows make synthetic ones help, kept ones do not; sampling bias shrinks the variance by λ",
    source="Alemohammad et al. 2024, arXiv 2307.01850",
    setting=Setting(rows=20, generations=40, replicates=1000),
    small=Setting(rows=10, generations=12, replicates=200),
    studies=_a9,
    compare=_a9_compare,
    control=_a9_control,
    fewest=Setting(rows=10, generations=3, replicates=20),
)

_RATIOS = (1.0, 3.0)
_STEPS = (-0.16, -0.12, -0.08, -0.04, 0.0, 0.04, 0.08, 0.12, 0.16)


def _weights(ratio: float) -> list[float]:
    return [round(round(mean_estimation.best_weight(ratio), 2) + step, 3) for step in _STEPS]


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


def _lowest(weights: list[float], risks: list[float]) -> float:
    """Where a parabola through the log risks is lowest."""
    curve = np.polynomial.Polynomial.fit(weights, np.log(risks), 3)
    grid = np.linspace(weights[0], weights[-1], 2001)
    return float(grid[np.argmin(curve(grid))])


def _sweep(setting: Setting, looks: Looks, *, best: bool) -> list[Comparison]:
    found = []
    for ratio in _RATIOS:
        risks = []
        for weight in _weights(ratio):
            measured, error = mean(looks.values(f"a10-k{ratio:g}", f"w{weight:g}", "excess_risk")[-1])
            risks.append(measured)
            if best and weight in (_weights(ratio)[0], _weights(ratio)[4], _weights(ratio)[-1]):
                exact = mean_estimation.weighted_risk(weight, ratio, setting.rows, setting.generations)
                name = f"risk at w={weight:g}, k={ratio:g}"
                found.append(Comparison(quantity=name, exact=exact, measured=measured, standard_error=error))
        exact = mean_estimation.best_weight(ratio) if best else 1 / (1 + ratio)
        name = f"best weight, k={ratio:g}" if best else f"every row the same weight, k={ratio:g}"
        found.append(Comparison(quantity=name, exact=exact, measured=_lowest(_weights(ratio), risks), within=0.02))
    return found


A10 = Result(
    id="A10",
    claim="the best weight of the real rows comes from the golden ratio",
    source="He et al. 2025, arXiv 2502.18049",
    setting=Setting(rows=10, generations=6, replicates=4000),
    small=Setting(rows=10, generations=5, replicates=1000),
    studies=_a10,
    compare=lambda setting, looks: _sweep(setting, looks, best=True),
    control=lambda setting, looks: _sweep(setting, looks, best=False),
    fewest=Setting(rows=4, generations=4, replicates=500),
)
