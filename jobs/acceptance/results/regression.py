"""A2 and A14: linear regression on its own labels, and on those of a biased labeller."""

from assets.study import Study
from jobs.acceptance.formulas import regression as theory
from jobs.acceptance.looking import Looks, mean
from jobs.acceptance.result import Comparison, Result, Setting
from jobs.acceptance.studies import population_study
from resources.errors import BadInput

DIMENSIONS = 10
_OF = {"family": "regression", "coefficients": [0.5] * DIMENSIONS, "noise": 1.0}


def _relabelled(name: str, setting: Setting, design: str, arms: list[str]) -> Study:
    return population_study(
        name,
        setting,
        of=_OF,
        generator={"kind": "linear_regression", "noise": 1.0, "design": design},
        arms={arm: {"policy": arm} for arm in arms},
    )


def _risks(setting: Setting, looks: Looks, study: str, formulas: dict[str, str]) -> list[Comparison]:
    found = []
    for arm, formula in formulas.items():
        values = looks.values(study, arm, "excess_risk")
        for generation in sorted({1, 2, setting.generations}):
            measured, error = mean(values[generation - 1])
            exact = getattr(theory, formula)(setting.rows, DIMENSIONS, 1.0, generation)
            name = f"‖β̂ − β‖² {arm}, n={generation}"
            found.append(Comparison(quantity=name, exact=exact, measured=measured, standard_error=error))
    return found


def _control(setting: Setting) -> Setting:
    return setting.with_changes(replicates=min(setting.replicates, 1500))


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
        _relabelled("a2-fresh-features", _control(setting), "fresh", ["accumulate"]),
    ],
    compare=lambda setting, looks: _risks(
        setting, looks, "a2", {"replace": "replace_risk", "accumulate": "accumulate_risk"}
    ),
    control=lambda setting, looks: [
        *_risks(_control(setting), looks, "a2-fresh-features", {"accumulate": "accumulate_risk"}),
        *_risks(setting, looks, "a2", {"accumulate": "replace_risk"}),
    ],
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
        exact = theory.strong_collapse_risk(each.rows, DIMENSIONS, NOISE, share, DISTANCE)
        # The formula leaves out terms of the second order in d/n.
        error += (exact - share**2 * DISTANCE**2) * theory.wrong_by_second_order(DIMENSIONS, each.rows)
        told = "" if share == SHARE else " if the share did not matter"
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
