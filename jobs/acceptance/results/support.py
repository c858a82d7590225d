"""A13: the end of a support can only move inwards."""

import numpy as np

from jobs.acceptance.formulas import support as theory
from jobs.acceptance.looking import Looks, mean
from jobs.acceptance.result import Comparison, Result, Setting
from jobs.acceptance.studies import population_study


def _replaced(setting: Setting, looks: Looks, *, correct: bool) -> list[Comparison]:
    values = looks.values("a13", "replace", "support")
    found = []
    for generation in sorted({1, 2, setting.generations}):
        measured, _ = mean(values[generation - 1])
        exact = theory.replace_upper(setting.rows, generation) if correct else 1 - generation / (setting.rows + 1) ** 2
        spread = theory.replace_upper_spread(setting.rows, generation)
        error = spread / float(np.sqrt(setting.replicates))
        name = f"E[θ]/θ₀ replace, k={generation}"
        found.append(Comparison(quantity=name, exact=exact, measured=measured, standard_error=error))
    return found


def _kept(setting: Setting, looks: Looks) -> list[Comparison]:
    values = looks.values("a13", "accumulate", "support")
    changed = int((values != values[0]).sum())
    return [Comparison(quantity="models under accumulate whose θ differs in any bit", exact=0, measured=changed)]


A13 = Result(
    id="A13",
    claim="the support shrinks by M/(M+1) a generation under replace, and not by a bit under accumulate",
    source="derived",
    setting=Setting(rows=10, generations=10, replicates=3000),
    small=Setting(rows=10, generations=6, replicates=600),
    studies=lambda setting: [
        population_study(
            "a13",
            setting,
            of={"family": "uniform", "upper": 1.0},
            generator={"kind": "uniform"},
            arms={name: {"policy": name} for name in ("replace", "accumulate")},
        )
    ],
    compare=lambda setting, looks: [*_replaced(setting, looks, correct=True), *_kept(setting, looks)],
    control=lambda setting, looks: _replaced(setting, looks, correct=False),
    fewest=Setting(rows=2, generations=2, replicates=50),
)
