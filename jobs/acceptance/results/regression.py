"""A2 and A14: linear regression on labels of its own fit, and on labels of a biased labeller."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from outcross.assets.study.study import Study
from outcross.jobs.acceptance.comparison import Comparison, compare_mean, mean_and_error
from outcross.jobs.acceptance.measurements import Measurements
from outcross.jobs.acceptance.power import Control, expected_z, off_by_one
from outcross.jobs.acceptance.result import Result
from outcross.jobs.acceptance.setting import Setting
from outcross.jobs.acceptance.studies import population_study
from outcross.jobs.acceptance.theory import regression, strong_collapse
from outcross.jobs.acceptance.theory.exact import Exact
from outcross.resources.errors import BadInput

DIMENSIONS = 10
NOISE_A2 = 1.0
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
    law = _law(setting, by, generation)
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


def _wrong_policy(setting: Setting, measurements: Measurements) -> list[Comparison]:
    return [_compare_risk(setting, measurements, "accumulate", setting.generations, by="replace")]


def _expect_wrong_policy(setting: Setting) -> float:
    right, wrong = (_law(setting, policy, setting.generations) for policy in ("accumulate", "replace"))
    return expected_z(right.mean, wrong.mean, wrong, setting.replicates)


def _wrong_features(setting: Setting, measurements: Measurements) -> list[Comparison]:
    return [
        _compare_fresh_features(setting, measurements, _relabelled_mean, ", by the formula of relabelled ones"),
    ]


def _expect_wrong_features(setting: Setting) -> float:
    """Return the |z| to expect; replicates vary on fresh features as much as on relabelled ones, or less."""
    law, size = _law(setting, "accumulate", setting.generations), setting.generations
    fresh = regression.fresh_features_risk(
        "accumulate", rows=setting.rows, dimensions=DIMENSIONS, noise=NOISE_A2, generation=size
    )
    return expected_z(fresh, law.mean, law, setting.replicates)


def _law(setting: Setting, policy: regression.Policy, generation: int) -> Exact:
    return regression.relabelled_risk(
        policy, rows=setting.rows, dimensions=DIMENSIONS, noise=NOISE_A2, generation=generation
    )


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
    setting=Setting(rows=50, generations=10, replicates=4500),
    small=Setting(rows=30, generations=4, replicates=400, seed=12),
    studies=lambda setting, _: [
        _relabelled("a2", setting, "same", ["replace", "accumulate"]),
        _relabelled("a2-fresh-features", setting, "fresh", ["accumulate"]),
    ],
    compare=_compare_a2,
    controls=(Control(_wrong_policy, _expect_wrong_policy), Control(_wrong_features, _expect_wrong_features)),
    off_by_one=lambda setting: off_by_one(
        lambda each: _law(setting, "replace", each), {1, 2, setting.generations}, setting.replicates
    ),
    requirements=_require_rows,
)

NOISE, SHARE, DISTANCE = 0.5, 0.1, 1.0


def _a14(setting: Setting, _: Path) -> list[Study]:
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


def _expect_wrong_floor(setting: Setting) -> float:
    """Return the least |z| to expect of both sizes: ‖pδ + e‖² varies by 4p²c²τ² + 2dτ⁴, e of variance τ² a feature."""
    found = []
    for each in _sizes(setting).values():
        mean, without = (
            strong_collapse.mixed_labels_risk(
                rows=each.rows, dimensions=DIMENSIONS, noise=NOISE, share=share, distance=DISTANCE
            )
            for share in (SHARE, 0.0)
        )
        noise = (NOISE**2 + SHARE * (1 - SHARE) * DISTANCE**2) / each.rows
        law = Exact(mean, 4 * (SHARE * DISTANCE) ** 2 * noise + 2 * DIMENSIONS * noise**2)
        found.append(expected_z(mean, without, law, each.replicates))
    return min(found)


A14 = Result(
    id="A14",
    claim="strong collapse: a share of wrongly labelled rows causes an error that more data does not remove",
    source="after Dohmatob et al. 2024, arXiv 2410.04840",
    setting=Setting(rows=1000, generations=2, replicates=600),
    small=Setting(rows=150, generations=2, replicates=100, seed=20),
    studies=_a14,
    compare=lambda setting, measurements: _compare_floors(setting, measurements, share=SHARE),
    controls=(
        Control(lambda setting, measurements: _compare_floors(setting, measurements, share=0.0), _expect_wrong_floor),
    ),
    off_by_one=_expect_wrong_floor,  # the model before is fitted on rows that are labelled right
    minimum=Setting(rows=100, generations=2, replicates=10),
)
