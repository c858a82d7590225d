"""A3–A6: a Gaussian refitted on its own samples."""

import math
from dataclasses import replace
from typing import Any, Literal

import numpy as np

from outcross.assets.study.study import Study
from outcross.jobs.acceptance.comparison import Comparison, compare_mean, mean_and_error
from outcross.jobs.acceptance.measurements import Measurements
from outcross.jobs.acceptance.power import Control, can_fail, expected_z, most_telling, off_by_one
from outcross.jobs.acceptance.result import Result
from outcross.jobs.acceptance.setting import Setting
from outcross.jobs.acceptance.studies import population_study
from outcross.jobs.acceptance.theory import gaussian_chain, gaussian_moments
from outcross.jobs.acceptance.theory.exact import Exact

_KAZDAN = "model of Kazdan et al. 2024, arXiv 2410.16713"
Policy = Literal["replace", "accumulate", "subsample"]

_POLICIES: tuple[Policy, ...] = ("replace", "accumulate", "subsample")


def _study(name: str, setting: Setting, *, ddof: int, policies: tuple[str, ...]) -> Study:
    generator = {"kind": "gaussian", "ddof": ddof, "covariance": "diagonal"}
    arms: dict[str, Any] = {policy: {"policy": policy} for policy in policies}
    return population_study(name, setting, of={"family": "gaussian"}, generator=generator, arms=arms)


def _generations_compared(setting: Setting) -> list[int]:
    """Return the generations to compare: the first two, the tenth, and the last."""
    return sorted({each for each in (1, 2, 10, setting.generations) if each <= setting.generations})


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


def _compare_a3(setting: Setting, measurements: Measurements) -> list[Comparison]:
    """Compare E[S]; where too few replicates still have a variance for its mean to be told from 0, E[ln S]."""
    found = []
    for policy in _POLICIES:
        for generation in _generations_compared(setting):
            if policy != "replace" or can_fail(_variance(setting, generation), setting.replicates):
                found.append(_compare_variance(measurements, setting, policy, generation, by=policy))
            elif _is_resolved(law := gaussian_chain.log_variance(rows=setting.rows, generation=generation, ddof=0)):
                logs = np.log(measurements.values("a3", policy, "fitted_variance")[generation - 1])
                found.append(compare_mean(law, f"E[ln S] {policy}, n={generation}", logs))
    return found


def _is_resolved(law: Exact) -> bool:
    """Whether rows that vary this little around their mean differ in more than their last bits."""
    return law.mean - 5 * math.sqrt(law.variance) > -50


def _variance(setting: Setting, generation: int) -> Exact:
    return gaussian_moments.fitted_variance("replace", rows=setting.rows, generation=generation)


def _wrong_variance(policy: Policy) -> Control:
    """Compare a policy's variance with the formula of replace, in the generation in which they differ most."""

    def expect(setting: Setting, generation: int) -> float:
        if policy == "subsample":
            right, _ = gaussian_moments.subsample_moments(rows=setting.rows, generation=generation)
        else:
            right = gaussian_moments.fitted_variance(policy, rows=setting.rows, generation=generation).mean
        wrong = _variance(setting, generation)
        return expected_z(right, wrong.mean, wrong, setting.replicates)

    def choose(setting: Setting) -> int:
        return most_telling(_generations_compared(setting), lambda each: expect(setting, each))

    return Control(
        lambda setting, measurements: [
            _compare_variance(measurements, setting, policy, choose(setting), by="replace"),
        ],
        lambda setting: expect(setting, choose(setting)),
    )


A3 = Result(
    id="A3",
    claim="variance of a Gaussian: it vanishes under replace and stays bounded under accumulate and subsample",
    source=_KAZDAN,
    setting=Setting(rows=10, generations=60, replicates=600),
    small=Setting(rows=17, generations=5, replicates=700, seed=9),
    studies=lambda setting, _: [_study("a3", setting, ddof=0, policies=_POLICIES)],
    compare=_compare_a3,
    controls=(_wrong_variance("accumulate"), _wrong_variance("subsample")),
    off_by_one=lambda setting: off_by_one(
        lambda each: _variance(setting, each), _generations_compared(setting), setting.replicates
    ),
    minimum=Setting(rows=2, generations=3, replicates=100),
)


def _compare_total(
    measurements: Measurements, setting: Setting, study: str, policy: Policy, generation: int
) -> Comparison:
    """Compare E[S_n] + E[(μ_n − μ_0)²] with 1."""
    totals = measurements.values(study, policy, "fitted_variance") + measurements.values(study, policy, "excess_risk")
    values, name = totals[generation - 1], f"E[S] + E[(μ − μ₀)²] {policy}, n={generation}"
    if policy == "subsample":
        measured, error = mean_and_error(values)
        return Comparison(quantity=name, exact=1.0, measured=measured, standard_error=error)
    ddof: Literal[0, 1] = 0 if study == "a4" else 1
    law = gaussian_moments.conserved_sum(policy, rows=setting.rows, generation=generation, ddof=ddof)
    return compare_mean(replace(law, mean=1.0), name, values)


def _drift(setting: Setting, generation: int) -> Exact:
    return gaussian_moments.squared_drift("replace", rows=setting.rows, generation=generation)


def _compare_drift(setting: Setting, measurements: Measurements, generation: int) -> Comparison:
    """Compare E[(μ_n − μ_0)²] under replace, one of the two terms whose sum is the same in every generation."""
    values = measurements.values("a4", "replace", "excess_risk")[generation - 1]
    return compare_mean(_drift(setting, generation), f"E[(μ − μ₀)²] replace, n={generation}", values)


def _expect_unbiased(setting: Setting, generation: int) -> float:
    law = gaussian_moments.conserved_sum("replace", rows=setting.rows, generation=generation, ddof=1)
    return expected_z(law.mean, 1.0, law, setting.replicates)


def _unbiased_generation(setting: Setting) -> int:
    """Return the control's generation: with divisor M − 1 the sum is 1 + n/M, and later ones are less certain."""
    fits = range(1, _few_generations(setting).generations + 1)
    return most_telling(fits, lambda each: _expect_unbiased(setting, each))


def _few_generations(setting: Setting) -> Setting:
    """Limit the control to ten generations: with ddof 1 the sum is 1 + n/M, which differs from 1 enough by then."""
    return setting.with_changes(generations=min(10, setting.generations))


A4 = Result(
    id="A4",
    claim="conservation: fitted variance plus squared error of the mean stays σ² (ddof 0)",
    source="derived",
    setting=Setting(rows=10, generations=60, replicates=600, seed=4),
    small=Setting(rows=6, generations=6, replicates=1000, seed=13),
    studies=lambda setting, _: [
        _study("a4", setting, ddof=0, policies=_POLICIES),
        _study("a4-unbiased", _few_generations(setting), ddof=1, policies=("replace",)),
    ],
    compare=lambda setting, measurements: [
        *(_compare_drift(setting, measurements, generation) for generation in (1, 2)),
        *(
            _compare_total(measurements, setting, "a4", policy, generation)
            for policy in _POLICIES
            for generation in _generations_compared(setting)
            if generation > 1
        ),
    ],
    controls=(
        Control(
            lambda setting, measurements: [
                _compare_total(measurements, setting, "a4-unbiased", "replace", _unbiased_generation(setting)),
            ],
            lambda setting: _expect_unbiased(setting, _unbiased_generation(setting)),
        ),
    ),
    off_by_one=lambda setting: off_by_one(lambda each: _drift(setting, each), (1, 2), setting.replicates),
    minimum=Setting(rows=2, generations=3, replicates=300),
)


def _compare_wasserstein(setting: Setting, measurements: Measurements) -> list[Comparison]:
    values = measurements.values("a5", "replace", "wasserstein")
    distances = [
        compare_mean(
            _distance(setting, generation),
            f"E[W₂²], k={generation}",
            values[generation - 1],
        )
        for generation in _generations_compared(setting)
    ]
    variances = measurements.values("a5", "replace", "fitted_variance")[-1]
    law = gaussian_moments.fitted_variance("replace", rows=setting.rows, generation=setting.generations, ddof=1)
    return [*distances, compare_mean(law, "E[σ²], constant", variances)]


def _compare_mean_term(setting: Setting, measurements: Measurements) -> list[Comparison]:
    """Negative control: k/M, the term of the mean, which would be all if a constant mean variance excluded collapse."""
    generation = _mean_term_generation(setting)
    values = measurements.values("a5", "replace", "wasserstein")[generation - 1]
    wrong = replace(_distance(setting, generation), mean=generation / setting.rows)
    return [compare_mean(wrong, f"E[W₂²], k={generation}, by the term of the mean alone", values)]


def _distance(setting: Setting, generation: int) -> Exact:
    return gaussian_chain.wasserstein(rows=setting.rows, generation=generation)


def _expect_mean_term(setting: Setting, generation: int) -> float:
    law = _distance(setting, generation)
    return expected_z(law.mean, generation / setting.rows, law, setting.replicates)


def _mean_term_generation(setting: Setting) -> int:
    """Return the generation in which the term of the mean alone differs most, in standard errors."""
    return most_telling(_generations_compared(setting), lambda each: _expect_mean_term(setting, each))


A5 = Result(
    id="A5",
    claim="W₂ distance to the population grows while the mean of the fitted variance stays σ² (ddof 1)",
    source="Shumailov et al. 2024, Nature 631:755, arXiv 2305.17493",
    setting=Setting(rows=100, generations=50, replicates=2000),
    small=Setting(rows=20, generations=7, replicates=600, seed=14),
    studies=lambda setting, _: [_study("a5", setting, ddof=1, policies=("replace",))],
    compare=_compare_wasserstein,
    controls=(Control(_compare_mean_term, lambda setting: _expect_mean_term(setting, _mean_term_generation(setting))),),
    off_by_one=lambda setting: off_by_one(
        lambda each: _distance(setting, each), _generations_compared(setting), setting.replicates
    ),
    minimum=Setting(rows=3, generations=3, replicates=200),
)


def _compare_logs(setting: Setting, measurements: Measurements) -> list[Comparison]:
    logs = np.log(measurements.values("a6", "replace", "fitted_variance")[-1])
    law, count = gaussian_chain.log_variance(rows=setting.rows, generation=setting.generations), len(logs)
    spread = float(np.sqrt(np.var((logs - logs.mean()) ** 2) / count))
    middle = math.log(gaussian_chain.median_variance(rows=setting.rows, generation=setting.generations))
    first = np.log(measurements.values("a6", "replace", "fitted_variance")[0])
    return [
        compare_mean(_log_law(setting, 1), "E[ln σ²], n=1", first),
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


def _log_law(setting: Setting, generation: int) -> Exact:
    return gaussian_chain.log_variance(rows=setting.rows, generation=generation)


def _expect_log_of_mean(setting: Setting) -> float:
    law = _log_law(setting, setting.generations)
    return expected_z(law.mean, 0.0, law, setting.replicates)


A6 = Result(
    id="A6",
    claim="log of the variance: it drifts down, so that median and mean log show the collapse that the mean hides",
    source="derived",
    setting=Setting(rows=10, generations=100, replicates=3000),
    small=Setting(rows=5, generations=7, replicates=400, seed=15),
    studies=lambda setting, _: [_study("a6", setting, ddof=1, policies=("replace",))],
    compare=_compare_logs,
    controls=(Control(_compare_log_of_mean, _expect_log_of_mean),),
    off_by_one=lambda setting: off_by_one(
        lambda each: _log_law(setting, each), (1, setting.generations), setting.replicates
    ),
    minimum=Setting(rows=4, generations=2, replicates=100),
)
