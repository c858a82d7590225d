"""A3–A6: a Gaussian that learns from its own samples."""

import math
from dataclasses import replace
from typing import Any, Literal

import numpy as np

from outcross.assets.study.study import Study
from outcross.jobs.acceptance.comparison import Comparison, against, mean
from outcross.jobs.acceptance.measurements import Looks
from outcross.jobs.acceptance.result import Result, Setting
from outcross.jobs.acceptance.studies import population_study
from outcross.jobs.acceptance.theory import gaussian_chain, gaussian_moments
from outcross.jobs.acceptance.theory.exact import Exact

_KAZDAN = "model of Kazdan et al. 2024, arXiv 2410.16713"
_POLICIES = ("replace", "accumulate", "subsample")

Policy = Literal["replace", "accumulate", "subsample"]


def _study(name: str, setting: Setting, *, ddof: int, policies: tuple[str, ...]) -> Study:
    generator = {"kind": "gaussian", "ddof": ddof, "covariance": "diagonal"}
    arms: dict[str, Any] = {policy: {"policy": policy} for policy in policies}
    return population_study(name, setting, of={"family": "gaussian"}, generator=generator, arms=arms)


def _shown(setting: Setting) -> list[int]:
    """Generations to look at: the second, the tenth, and the last."""
    return sorted({each for each in (2, 10, setting.generations) if each <= setting.generations})


def _variance(looks: Looks, setting: Setting, policy: str, generation: int, *, by: Policy) -> Comparison:
    """E[S_n] under one policy, held against the formula of another or of its own."""
    values = looks.values("a3", policy, "fitted_variance")[generation - 1]
    name = f"E[S] {policy}, n={generation}" + (f", by the formula of {by}" if by != policy else "")
    if by == "subsample":
        expected, _ = gaussian_moments.subsample_moments(rows=setting.rows, generation=generation)
        measured, error = mean(values)
        return Comparison(quantity=name, exact=expected, measured=measured, standard_error=error)
    return against(gaussian_moments.fitted_variance(by, rows=setting.rows, generation=generation), name, values)


A3 = Result(
    id="A3",
    claim="variance of a Gaussian: replace vanishes, accumulate and subsample stay bounded",
    source=_KAZDAN,
    setting=Setting(rows=10, generations=60, replicates=600),
    small=Setting(rows=10, generations=10, replicates=1000),
    studies=lambda setting: [_study("a3", setting, ddof=0, policies=_POLICIES)],
    compare=lambda setting, looks: [
        _variance(looks, setting, policy, generation, by=policy)
        for policy in ("replace", "accumulate", "subsample")
        for generation in _shown(setting)
    ],
    control=lambda setting, looks: [
        _variance(looks, setting, "accumulate", setting.generations, by="replace"),
        _variance(looks, setting, "subsample", setting.generations, by="replace"),
    ],
    fewest=Setting(rows=2, generations=3, replicates=100),
)


def _total(looks: Looks, setting: Setting, study: str, policy: Policy, generation: int) -> Comparison:
    """E[S_n] + E[(μ_n − μ_0)²], which ought to be 1."""
    totals = looks.values(study, policy, "fitted_variance") + looks.values(study, policy, "excess_risk")
    values, name = totals[generation - 1], f"E[S] + E[(μ − μ₀)²] {policy}, n={generation}"
    if policy == "subsample" or study != "a4":
        measured, error = mean(values)
        return Comparison(quantity=name, exact=1.0, measured=measured, standard_error=error)
    law = gaussian_moments.conserved(policy, rows=setting.rows, generation=generation)
    return against(replace(law, mean=1.0), name, values)


def _few(setting: Setting) -> Setting:
    """Without the conservation the sum is 1 + n/M: ten generations tell."""
    return setting.with_changes(generations=min(10, setting.generations))


A4 = Result(
    id="A4",
    claim="what the variance loses the mean gains: their sum stays σ² (ddof 0)",
    source="derived",
    setting=Setting(rows=10, generations=60, replicates=600, seed=4),
    small=Setting(rows=10, generations=10, replicates=1000),
    studies=lambda setting: [
        _study("a4", setting, ddof=0, policies=_POLICIES),
        _study("a4-unbiased", _few(setting), ddof=1, policies=("replace",)),
    ],
    compare=lambda setting, looks: [
        _total(looks, setting, "a4", policy, generation)
        for policy in ("replace", "accumulate", "subsample")
        for generation in _shown(setting)
    ],
    control=lambda setting, looks: [
        _total(looks, setting, "a4-unbiased", "replace", _few(setting).generations),
    ],
    fewest=Setting(rows=2, generations=3, replicates=300),
)


def _wasserstein(setting: Setting, looks: Looks) -> list[Comparison]:
    values = looks.values("a5", "replace", "wasserstein")
    distances = [
        against(
            gaussian_chain.wasserstein(rows=setting.rows, generation=generation),
            f"E[W₂²], k={generation}",
            values[generation - 1],
        )
        for generation in sorted({1, *_shown(setting)})
    ]
    variances = looks.values("a5", "replace", "fitted_variance")[-1]
    law = gaussian_moments.fitted_variance("replace", rows=setting.rows, generation=setting.generations, ddof=1)
    return [*distances, against(law, "E[σ²], which never moves", variances)]


def _mean_alone(setting: Setting, looks: Looks) -> list[Comparison]:
    """k/M, the part of the mean: all there would be if a variance that stays on average meant no collapse."""
    values = looks.values("a5", "replace", "wasserstein")[-1]
    law = gaussian_chain.wasserstein(rows=setting.rows, generation=setting.generations)
    wrong = replace(law, mean=setting.generations / setting.rows)
    return [against(wrong, f"E[W₂²], k={setting.generations}, of the mean alone", values)]


A5 = Result(
    id="A5",
    claim="distance to the start grows while the mean variance stays σ² (ddof 1)",
    source="Shumailov et al. 2024, Nature 631:755, arXiv 2305.17493",
    setting=Setting(rows=100, generations=50, replicates=2000),
    small=Setting(rows=100, generations=10, replicates=500),
    studies=lambda setting: [_study("a5", setting, ddof=1, policies=("replace",))],
    compare=_wasserstein,
    control=_mean_alone,
    fewest=Setting(rows=3, generations=3, replicates=200),
)


def _logs(setting: Setting, looks: Looks) -> list[Comparison]:
    logs = np.log(looks.values("a6", "replace", "fitted_variance")[-1])
    law, count = gaussian_chain.log_variance(rows=setting.rows, generation=setting.generations), len(logs)
    spread = float(np.sqrt(np.var((logs - logs.mean()) ** 2) / count))
    middle = math.log(gaussian_chain.median_variance(rows=setting.rows, generation=setting.generations))
    return [
        against(law, "E[ln σ²]", logs),
        Comparison(quantity="Var[ln σ²]", exact=law.variance, measured=float(logs.var(ddof=1)), standard_error=spread),
        Comparison(
            quantity="ln of the median σ²",
            exact=middle,
            measured=float(np.median(logs)),
            # That of a median of normal values, which a sum of many independent terms all but is.
            standard_error=math.sqrt(math.pi / 2 * law.variance / count),
        ),
    ]


def _log_of_mean(setting: Setting, looks: Looks) -> list[Comparison]:
    logs = np.log(looks.values("a6", "replace", "fitted_variance")[-1])
    law = gaussian_chain.log_variance(rows=setting.rows, generation=setting.generations)
    return [against(Exact(0.0, law.variance), "E[ln σ²], were it ln E[σ²]", logs)]


A6 = Result(
    id="A6",
    claim="the log of the variance drifts down: medians and logs see the collapse that means hide",
    source="derived",
    setting=Setting(rows=10, generations=100, replicates=3000),
    small=Setting(rows=10, generations=12, replicates=1000),
    studies=lambda setting: [_study("a6", setting, ddof=1, policies=("replace",))],
    compare=_logs,
    control=_log_of_mean,
    fewest=Setting(rows=4, generations=2, replicates=100),
)
