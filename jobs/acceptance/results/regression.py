"""A2 and A14: linear regression on labels of its own fit, and on labels of a biased labeller."""

from collections.abc import Callable
from typing import Any

from outcross.assets.study.study import Study
from outcross.jobs.acceptance.comparison import Comparison, compare_mean, mean_and_error
from outcross.jobs.acceptance.measurements import Measurements
from outcross.jobs.acceptance.result import Result, Setting
from outcross.jobs.acceptance.studies import population_study
from outcross.jobs.acceptance.theory import regression, strong_collapse
from outcross.resources.errors import BadInput

DIMENSIONS = 10
NOISE_A2 = 1.0
FRESH_DISTINGUISHABLE = 3000
"""Replicates needed to distinguish fresh from relabelled features (1.466 b, 1.550 b at n=10): 4 standard errors."""
_OF = {"family": "regression", "coefficients": [0.5] * DIMENSIONS, "noise": NOISE_A2}


def _relabelled(name: str, setting: Setting, design: str, arms: list[str]) -> Study:
    return population_study(
        name,
        setting,
        of=_OF,
        generator={"kind": "linear_regression", "noise": NOISE_A2, "design": design},
        arms={arm: {"policy": arm} for arm in arms},
    )


def _compare_risk(
    setting: Setting, measurements: Measurements, arm: str, generation: int, *, by: regression.Policy
) -> Comparison:
    """Compare ‖β̂ − β‖² of a generation under a policy with the formula of that policy or of another."""
    law = regression.relabelled_risk(
        by, rows=setting.rows, dimensions=DIMENSIONS, noise=NOISE_A2, generation=generation
    )
    name = f"‖β̂ − β‖² {arm}, n={generation}" + (f", by the formula of {by}" if by != arm else "")
    return compare_mean(law, name, measurements.values("a2", arm, "excess_risk")[generation - 1])


def _compare_a2(setting: Setting, measurements: Measurements) -> list[Comparison]:
    generations = sorted({1, 2, setting.generations})
    relabelled = [
        *(_compare_risk(setting, measurements, "replace", generation, by="replace") for generation in generations),
        *(
            _compare_risk(setting, measurements, "accumulate", generation, by="accumulate")
            for generation in generations
        ),
    ]
    return [*relabelled, _compare_fresh_features(setting, measurements, regression.fresh_features_risk, "")]


def _compare_fresh_features(
    setting: Setting, measurements: Measurements, formula: Callable[..., float], suffix: str
) -> Comparison:
    """Compare accumulate where every generation draws new features: its risk is close to that of relabelled ones."""
    measured, error = mean_and_error(measurements.values("a2-fresh-features", "accumulate", "excess_risk")[-1])
    last = setting.generations
    exact = formula("accumulate", rows=setting.rows, dimensions=DIMENSIONS, noise=NOISE_A2, generation=last)
    name = f"‖β̂ − β‖² accumulate on fresh features, n={last}{suffix}"
    return Comparison(quantity=name, exact=exact, measured=measured, standard_error=error)


def _control_a2(setting: Setting, measurements: Measurements) -> list[Comparison]:
    wrong = [_compare_risk(setting, measurements, "accumulate", setting.generations, by="replace")]
    if setting.replicates >= FRESH_DISTINGUISHABLE:
        suffix = ", by the formula of relabelled ones"
        wrong.append(_compare_fresh_features(setting, measurements, _relabelled_mean, suffix))
    return wrong


def _relabelled_mean(policy: regression.Policy, **settings: Any) -> float:
    return regression.relabelled_risk(policy, **settings).mean


def _require_rows(setting: Setting) -> None:
    if setting.rows < DIMENSIONS + 6:
        raise BadInput(
            f"A2: --rows {setting.rows} is too few for {DIMENSIONS} features, where the error has no finite variance; "
            f"use at least {DIMENSIONS + 6}"
        )


A2 = Result(
    id="A2",
    claim="error of a regression on its own labels: unbounded under replace, bounded by π²/6·b under accumulate",
    source="Gerstgrasser et al. 2024, arXiv 2404.01413",
    setting=Setting(rows=50, generations=10, replicates=3000),
    small=Setting(rows=50, generations=4, replicates=200),
    studies=lambda setting: [
        _relabelled("a2", setting, "same", ["replace", "accumulate"]),
        _relabelled("a2-fresh-features", setting, "fresh", ["accumulate"]),
    ],
    compare=_compare_a2,
    control=_control_a2,
    requirements=_require_rows,
)

NOISE, SHARE, DISTANCE = 0.5, 0.1, 1.0


def _a14(setting: Setting) -> list[Study]:
    labeller = [DISTANCE] + [0.0] * (DIMENSIONS - 1)
    return [
        population_study(
            name,
            each,
            of={"family": "regression", "coefficients": [0.0] * DIMENSIONS, "noise": NOISE},
            generator={"kind": "linear_regression", "noise": NOISE, "design": "fresh", "labeller": labeller},
            arms={"mixed": {"policy": "fixed", "share": SHARE}},
        )
        for name, each in _sizes(setting).items()
    ]


def _sizes(setting: Setting) -> dict[str, Setting]:
    """Return the setting itself, and the same with a hundred times the rows: more data does not help."""
    more = setting.with_changes(rows=100 * setting.rows, replicates=max(4, setting.replicates // 60))
    return {"a14": setting, "a14-more": more}


def _compare_floors(setting: Setting, measurements: Measurements, *, share: float) -> list[Comparison]:
    found = []
    for name, each in _sizes(setting).items():
        measured, error = mean_and_error(measurements.values(name, "mixed", "excess_risk")[1])
        exact = strong_collapse.mixed_labels_risk(
            rows=each.rows, dimensions=DIMENSIONS, noise=NOISE, share=share, distance=DISTANCE
        )
        suffix = "" if share == SHARE else ", if the other labeller's rows were as good"
        quantity = f"excess risk, n={each.rows:,}{suffix}"
        found.append(Comparison(quantity=quantity, exact=exact, measured=measured, standard_error=error))
    return found


A14 = Result(
    id="A14",
    claim="strong collapse: a share of wrongly labelled rows causes an error that more data does not remove",
    source="after Dohmatob et al. 2024, arXiv 2410.04840",
    setting=Setting(rows=1000, generations=2, replicates=600),
    small=Setting(rows=500, generations=2, replicates=60),
    studies=_a14,
    compare=lambda setting, measurements: _compare_floors(setting, measurements, share=SHARE),
    control=lambda setting, measurements: _compare_floors(setting, measurements, share=0.0),
    minimum=Setting(rows=100, generations=2, replicates=10),
)
