"""A2 and A14: linear regression on its own labels, and on those of a biased labeller."""

from collections.abc import Callable
from typing import Any

from outcross.assets.study.study import Study
from outcross.jobs.acceptance.comparison import Comparison, against, mean
from outcross.jobs.acceptance.measurements import Looks
from outcross.jobs.acceptance.result import Result, Setting
from outcross.jobs.acceptance.studies import population_study
from outcross.jobs.acceptance.theory import regression, strong_collapse
from outcross.resources.errors import BadInput

DIMENSIONS = 10
NOISE_A2 = 1.0
FRESH_TOLD_APART = 3000
"""Replicates from which fresh features and relabelled ones (1.466 b, 1.550 b at n=10) differ by 4 standard errors."""
_OF = {"family": "regression", "coefficients": [0.5] * DIMENSIONS, "noise": NOISE_A2}


def _relabelled(name: str, setting: Setting, design: str, arms: list[str]) -> Study:
    return population_study(
        name,
        setting,
        of=_OF,
        generator={"kind": "linear_regression", "noise": NOISE_A2, "design": design},
        arms={arm: {"policy": arm} for arm in arms},
    )


def _risk(setting: Setting, looks: Looks, arm: str, generation: int, *, by: regression.Policy) -> Comparison:
    """‖β̂ − β‖² of a generation under one policy, held against the formula of another or of its own."""
    law = regression.relabelled_risk(
        by, rows=setting.rows, dimensions=DIMENSIONS, noise=NOISE_A2, generation=generation
    )
    name = f"‖β̂ − β‖² {arm}, n={generation}" + (f", by the formula of {by}" if by != arm else "")
    return against(law, name, looks.values("a2", arm, "excess_risk")[generation - 1])


def _a2_compare(setting: Setting, looks: Looks) -> list[Comparison]:
    shown = sorted({1, 2, setting.generations})
    relabelled = [
        *(_risk(setting, looks, "replace", generation, by="replace") for generation in shown),
        *(_risk(setting, looks, "accumulate", generation, by="accumulate") for generation in shown),
    ]
    return [*relabelled, _fresh_features(setting, looks, regression.fresh_features_risk, "")]


def _fresh_features(setting: Setting, looks: Looks, formula: Callable[..., float], told: str) -> Comparison:
    """Accumulate where every generation draws features of its own: a model that is near enough to be mistaken."""
    measured, error = mean(looks.values("a2-fresh-features", "accumulate", "excess_risk")[-1])
    last = setting.generations
    exact = formula("accumulate", rows=setting.rows, dimensions=DIMENSIONS, noise=NOISE_A2, generation=last)
    name = f"‖β̂ − β‖² accumulate on fresh features, n={last}{told}"
    return Comparison(quantity=name, exact=exact, measured=measured, standard_error=error)


def _a2_control(setting: Setting, looks: Looks) -> list[Comparison]:
    wrong = [_risk(setting, looks, "accumulate", setting.generations, by="replace")]
    if setting.replicates >= FRESH_TOLD_APART:
        told = ", by the formula of relabelled ones"
        wrong.append(_fresh_features(setting, looks, _relabelled_mean, told))
    return wrong


def _relabelled_mean(policy: regression.Policy, **settings: Any) -> float:
    return regression.relabelled_risk(policy, **settings).mean


def _enough_rows(setting: Setting) -> None:
    if setting.rows < DIMENSIONS + 6:
        raise BadInput(
            f"A2: --rows {setting.rows} is too few for {DIMENSIONS} features: the error has no finite variance below "
            f"{DIMENSIONS + 6}"
        )


A2 = Result(
    id="A2",
    claim="error of a regression on its own labels: grows without end under replace, by π²/6 at most under accumulate",
    source="Gerstgrasser et al. 2024, arXiv 2404.01413",
    setting=Setting(rows=50, generations=10, replicates=3000),
    small=Setting(rows=50, generations=6, replicates=400),
    studies=lambda setting: [
        _relabelled("a2", setting, "same", ["replace", "accumulate"]),
        _relabelled("a2-fresh-features", setting, "fresh", ["accumulate"]),
    ],
    compare=_a2_compare,
    control=_a2_control,
    demands=_enough_rows,
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
    """The setting as it is, and with a hundred times the rows: more data does not help."""
    more = setting.with_changes(rows=100 * setting.rows, replicates=max(4, setting.replicates // 60))
    return {"a14": setting, "a14-more": more}


def _floors(setting: Setting, looks: Looks, *, share: float) -> list[Comparison]:
    found = []
    for name, each in _sizes(setting).items():
        measured, error = mean(looks.values(name, "mixed", "excess_risk")[1])
        exact = strong_collapse.mixed_labels_risk(
            rows=each.rows, dimensions=DIMENSIONS, noise=NOISE, share=share, distance=DISTANCE
        )
        told = "" if share == SHARE else ", were the other labeller's rows as good"
        quantity = f"excess risk, n={each.rows:,}{told}"
        found.append(Comparison(quantity=quantity, exact=exact, measured=measured, standard_error=error))
    return found


A14 = Result(
    id="A14",
    claim="strong collapse: a share of wrongly labelled rows leaves an error that more data does not remove",
    source="after Dohmatob et al. 2024, arXiv 2410.04840",
    setting=Setting(rows=1000, generations=2, replicates=600),
    small=Setting(rows=500, generations=2, replicates=120),
    studies=_a14,
    compare=lambda setting, looks: _floors(setting, looks, share=SHARE),
    control=lambda setting, looks: _floors(setting, looks, share=0.0),
    fewest=Setting(rows=100, generations=2, replicates=10),
)
