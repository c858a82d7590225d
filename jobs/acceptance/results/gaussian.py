"""A3–A6: a Gaussian refitted on its own samples."""

import math
from dataclasses import replace
from typing import Any, Literal

import numpy as np

from outcross.assets.study.study import Study
from outcross.jobs.acceptance.comparison import Comparison, compare_mean, mean_and_error
from outcross.jobs.acceptance.measurements import Measurements
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


def _generations_compared(setting: Setting) -> list[int]:
    """Return the generations to compare: the second, the tenth, and the last."""
    return sorted({each for each in (2, 10, setting.generations) if each <= setting.generations})


def _compare_variance(
    measurements: Measurements, setting: Setting, policy: str, generation: int, *, by: Policy
) -> Comparison:
    """Compare E[S_n] under a policy with the formula of that policy or of another."""
    values = measurements.values("a3", policy, "fitted_variance")[generation - 1]
    name = f"E[S] {policy}, n={generation}" + (f", by the formula of {by}" if by != policy else "")
    if by == "subsample":
        expected, _ = gaussian_moments.subsample_moments(rows=setting.rows, generation=generation)
        measured, error = mean_and_error(values)
        return Comparison(quantity=name, exact=expected, measured=measured, standard_error=error)
    return compare_mean(gaussian_moments.fitted_variance(by, rows=setting.rows, generation=generation), name, values)


A3 = Result(
    id="A3",
    claim="variance of a Gaussian: it vanishes under replace and stays bounded under accumulate and subsample",
    source=_KAZDAN,
    setting=Setting(rows=10, generations=60, replicates=600),
    small=Setting(rows=10, generations=6, replicates=500),
    studies=lambda setting: [_study("a3", setting, ddof=0, policies=_POLICIES)],
    compare=lambda setting, measurements: [
        _compare_variance(measurements, setting, policy, generation, by=policy)
        for policy in ("replace", "accumulate", "subsample")
        for generation in _generations_compared(setting)
    ],
    control=lambda setting, measurements: [
        _compare_variance(measurements, setting, "accumulate", setting.generations, by="replace"),
        _compare_variance(measurements, setting, "subsample", setting.generations, by="replace"),
    ],
    minimum=Setting(rows=2, generations=3, replicates=100),
)


def _compare_total(
    measurements: Measurements, setting: Setting, study: str, policy: Policy, generation: int
) -> Comparison:
    """Compare E[S_n] + E[(μ_n − μ_0)²] with 1."""
    totals = measurements.values(study, policy, "fitted_variance") + measurements.values(study, policy, "excess_risk")
    values, name = totals[generation - 1], f"E[S] + E[(μ − μ₀)²] {policy}, n={generation}"
    if policy == "subsample" or study != "a4":
        measured, error = mean_and_error(values)
        return Comparison(quantity=name, exact=1.0, measured=measured, standard_error=error)
    law = gaussian_moments.conserved_sum(policy, rows=setting.rows, generation=generation)
    return compare_mean(replace(law, mean=1.0), name, values)


def _few_generations(setting: Setting) -> Setting:
    """Limit the control to ten generations: with ddof 1 the sum is 1 + n/M, which differs from 1 enough by then."""
    return setting.with_changes(generations=min(10, setting.generations))


A4 = Result(
    id="A4",
    claim="conservation: fitted variance plus squared error of the mean stays σ² (ddof 0)",
    source="derived",
    setting=Setting(rows=10, generations=60, replicates=600, seed=4),
    small=Setting(rows=10, generations=6, replicates=500),
    studies=lambda setting: [
        _study("a4", setting, ddof=0, policies=_POLICIES),
        _study("a4-unbiased", _few_generations(setting), ddof=1, policies=("replace",)),
    ],
    compare=lambda setting, measurements: [
        _compare_total(measurements, setting, "a4", policy, generation)
        for policy in ("replace", "accumulate", "subsample")
        for generation in _generations_compared(setting)
    ],
    control=lambda setting, measurements: [
        _compare_total(measurements, setting, "a4-unbiased", "replace", _few_generations(setting).generations),
    ],
    minimum=Setting(rows=2, generations=3, replicates=300),
)


def _compare_wasserstein(setting: Setting, measurements: Measurements) -> list[Comparison]:
    values = measurements.values("a5", "replace", "wasserstein")
    distances = [
        compare_mean(
            gaussian_chain.wasserstein(rows=setting.rows, generation=generation),
            f"E[W₂²], k={generation}",
            values[generation - 1],
        )
        for generation in sorted({1, *_generations_compared(setting)})
    ]
    variances = measurements.values("a5", "replace", "fitted_variance")[-1]
    law = gaussian_moments.fitted_variance("replace", rows=setting.rows, generation=setting.generations, ddof=1)
    return [*distances, compare_mean(law, "E[σ²], constant", variances)]


def _compare_mean_term(setting: Setting, measurements: Measurements) -> list[Comparison]:
    """Negative control: k/M, the term of the mean, which would be all if a constant mean variance excluded collapse."""
    values = measurements.values("a5", "replace", "wasserstein")[-1]
    law = gaussian_chain.wasserstein(rows=setting.rows, generation=setting.generations)
    wrong = replace(law, mean=setting.generations / setting.rows)
    return [compare_mean(wrong, f"E[W₂²], k={setting.generations}, by the term of the mean alone", values)]


A5 = Result(
    id="A5",
    claim="W₂ distance to the population grows while the mean of the fitted variance stays σ² (ddof 1)",
    source="Shumailov et al. 2024, Nature 631:755, arXiv 2305.17493",
    setting=Setting(rows=100, generations=50, replicates=2000),
    small=Setting(rows=100, generations=8, replicates=500),
    studies=lambda setting: [_study("a5", setting, ddof=1, policies=("replace",))],
    compare=_compare_wasserstein,
    control=_compare_mean_term,
    minimum=Setting(rows=3, generations=3, replicates=200),
)


def _compare_logs(setting: Setting, measurements: Measurements) -> list[Comparison]:
    logs = np.log(measurements.values("a6", "replace", "fitted_variance")[-1])
    law, count = gaussian_chain.log_variance(rows=setting.rows, generation=setting.generations), len(logs)
    spread = float(np.sqrt(np.var((logs - logs.mean()) ** 2) / count))
    middle = math.log(gaussian_chain.median_variance(rows=setting.rows, generation=setting.generations))
    return [
        compare_mean(law, "E[ln σ²]", logs),
        Comparison(quantity="Var[ln σ²]", exact=law.variance, measured=float(logs.var(ddof=1)), standard_error=spread),
        Comparison(
            quantity="ln of the median σ²",
            exact=middle,
            measured=float(np.median(logs)),
            # Standard error of the median of normal values: a sum of many independent terms is nearly normal.
            standard_error=math.sqrt(math.pi / 2 * law.variance / count),
        ),
    ]


def _compare_log_of_mean(setting: Setting, measurements: Measurements) -> list[Comparison]:
    logs = np.log(measurements.values("a6", "replace", "fitted_variance")[-1])
    law = gaussian_chain.log_variance(rows=setting.rows, generation=setting.generations)
    return [compare_mean(Exact(0.0, law.variance), "E[ln σ²], if it were ln E[σ²]", logs)]


A6 = Result(
    id="A6",
    claim="log of the variance: it drifts down, so that median and mean log show the collapse that the mean hides",
    source="derived",
    setting=Setting(rows=10, generations=100, replicates=3000),
    small=Setting(rows=10, generations=8, replicates=500),
    studies=lambda setting: [_study("a6", setting, ddof=1, policies=("replace",))],
    compare=_compare_logs,
    control=_compare_log_of_mean,
    minimum=Setting(rows=4, generations=2, replicates=100),
)
