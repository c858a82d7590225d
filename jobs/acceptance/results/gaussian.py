"""A3–A6 and the sampling bias of A9: a Gaussian that learns from its own samples."""

import numpy as np

from assets.study import Study
from jobs.acceptance.formulas import gaussian as theory
from jobs.acceptance.looking import Looks, mean
from jobs.acceptance.result import Comparison, Result, Setting
from jobs.acceptance.studies import population_study

_ARMS = {name: {"policy": name} for name in ("replace", "accumulate", "subsample")}
_KAZDAN = "model of Kazdan et al. 2024, arXiv 2410.16713"


def _study(name: str, setting: Setting, *, ddof: int, arms: dict[str, dict[str, str]], bias: float = 1.0) -> Study:
    generator = {"kind": "gaussian", "ddof": ddof, "covariance": "diagonal", "sampling_bias": bias}
    return population_study(name, setting, of={"family": "gaussian"}, generator=generator, arms=arms)


def _shown(setting: Setting) -> list[int]:
    """Generations to look at: the second, the tenth, and the last."""
    return sorted({g for g in (2, 10) if g <= setting.generations} | {setting.generations})


def _variances(setting: Setting, looks: Looks, study: str, formulas: dict[str, str]) -> list[Comparison]:
    found = []
    for arm, formula in formulas.items():
        values = looks.values(study, arm, "fitted_variance")
        for generation in _shown(setting):
            measured, error = mean(values[generation - 1])
            if arm == "replace":
                # A few chains hold the mean: the error estimated from those at hand would be far too small.
                spread = theory.replace_variance_spread(setting.rows, generation)
                error = spread / np.sqrt(setting.replicates)
            exact = getattr(theory, formula)(setting.rows, generation)
            name = f"E[S] {arm}, n={generation}"
            found.append(Comparison(quantity=name, exact=exact, measured=measured, standard_error=error))
    return found


A3 = Result(
    id="A3",
    claim="variance of a Gaussian: replace vanishes, accumulate and subsample stay bounded",
    source=_KAZDAN,
    setting=Setting(rows=10, generations=60, replicates=3000),
    small=Setting(rows=10, generations=10, replicates=1000),
    studies=lambda setting: [_study("a3", setting, ddof=0, arms=_ARMS)],
    compare=lambda setting, looks: _variances(
        setting,
        looks,
        "a3",
        {"replace": "replace_variance", "accumulate": "accumulate_variance", "subsample": "subsample_variance"},
    ),
    control=lambda setting, looks: _variances(
        setting, looks, "a3", {"accumulate": "replace_variance", "subsample": "accumulate_variance"}
    ),
)


def _totals(setting: Setting, looks: Looks, study: str, arms: list[str]) -> list[Comparison]:
    found = []
    for arm in arms:
        totals = looks.values(study, arm, "fitted_variance") + looks.values(study, arm, "excess_risk")
        for generation in _shown(setting):
            measured, error = mean(totals[generation - 1])
            name = f"E[S] + E[(μ − μ₀)²] {arm}, n={generation}"
            found.append(Comparison(quantity=name, exact=1.0, measured=measured, standard_error=error))
    return found


A4 = Result(
    id="A4",
    claim="what the variance loses the mean gains: their sum stays σ² (ddof 0)",
    source="derived",
    setting=Setting(rows=10, generations=60, replicates=3000, seed=4),
    small=Setting(rows=10, generations=10, replicates=1000),
    studies=lambda setting: [
        _study("a4", setting, ddof=0, arms=_ARMS),
        _study("a4-unbiased", setting.with_changes(generations=10), ddof=1, arms={"replace": {"policy": "replace"}}),
    ],
    compare=lambda setting, looks: _totals(setting, looks, "a4", list(_ARMS)),
    control=lambda setting, looks: _totals(setting.with_changes(generations=10), looks, "a4-unbiased", ["replace"]),
)


def _wasserstein(setting: Setting, looks: Looks, *, correct: bool) -> list[Comparison]:
    values = looks.values("a5", "replace", "wasserstein")
    found = []
    for generation in sorted({1, *_shown(setting)}):
        exact = theory.wasserstein(setting.rows, generation)
        if not correct:
            exact = generation / setting.rows  # the mean's part alone: what a test on the mean variance would see
        measured, error = mean(values[generation - 1])
        name = f"E[W₂²], k={generation}"
        found.append(Comparison(quantity=name, exact=exact, measured=measured, standard_error=error))
    if correct:
        measured, _ = mean(looks.values("a5", "replace", "fitted_variance")[-1])
        error = np.sqrt(((1 + 2 / (setting.rows - 1)) ** setting.generations - 1) / setting.replicates)
        name = "E[σ²], which never moves"
        found.append(Comparison(quantity=name, exact=1.0, measured=measured, standard_error=float(error)))
    return found


A5 = Result(
    id="A5",
    claim="distance to the start grows while the mean variance stays σ² (ddof 1)",
    source="Shumailov et al. 2024, Nature 631:755, arXiv 2305.17493",
    setting=Setting(rows=100, generations=50, replicates=2000),
    small=Setting(rows=100, generations=10, replicates=500),
    studies=lambda setting: [_study("a5", setting, ddof=1, arms={"replace": {"policy": "replace"}})],
    compare=lambda setting, looks: _wasserstein(setting, looks, correct=True),
    control=lambda setting, looks: _wasserstein(setting, looks, correct=False),
)


def _logs(setting: Setting, looks: Looks, *, correct: bool) -> list[Comparison]:
    logs = np.log(looks.values("a6", "replace", "fitted_variance")[-1])
    drift, variance = theory.log_variance(setting.rows, setting.generations)
    if not correct:
        drift = 0.0  # the log of the mean variance, which stays 1
    count = len(logs)
    measured, error = mean(logs)
    found = [Comparison(quantity="E[ln σ²]", exact=drift, measured=measured, standard_error=error)]
    if correct:
        spread = float(np.sqrt(np.var((logs - logs.mean()) ** 2) / count))
        found += [
            Comparison(quantity="Var[ln σ²]", exact=variance, measured=float(logs.var(ddof=1)), standard_error=spread),
            Comparison(
                quantity="median σ² (its ln)",
                exact=drift,
                measured=float(np.median(logs)),
                # The sum of k log-χ² terms is all but normal; its skew moves the median by less than .06 √ψ₁.
                standard_error=float(np.sqrt(np.pi / 2 * variance / count)) + 0.02,
            ),
        ]
    return found


A6 = Result(
    id="A6",
    claim="the log of the variance drifts down: medians and logs see the collapse that means hide",
    source="derived",
    setting=Setting(rows=10, generations=100, replicates=3000),
    small=Setting(rows=10, generations=12, replicates=1000),
    studies=lambda setting: [_study("a6", setting, ddof=1, arms={"replace": {"policy": "replace"}})],
    compare=lambda setting, looks: _logs(setting, looks, correct=True),
    control=lambda setting, looks: _logs(setting, looks, correct=False),
    fewest=Setting(rows=3, generations=2, replicates=30),
)
