"""A13: the end of a support can only move inwards."""

from dataclasses import replace

from outcross.jobs.acceptance.comparison import Comparison, against
from outcross.jobs.acceptance.measurements import Looks
from outcross.jobs.acceptance.result import Result, Setting
from outcross.jobs.acceptance.studies import population_study
from outcross.jobs.acceptance.theory import uniform


def _replaced(setting: Setting, looks: Looks) -> list[Comparison]:
    values = looks.values("a13", "replace", "support")
    return [
        against(
            uniform.upper_bound("replace", rows=setting.rows, generation=generation),
            f"E[θ]/θ₀ replace, k={generation}",
            values[generation - 1],
        )
        for generation in sorted({1, 2, setting.generations})
    ]


def _unmoved(setting: Setting, looks: Looks) -> list[Comparison]:
    """A wrong formula: that the models after the first keep its support."""
    values = looks.values("a13", "replace", "support")[-1]
    law = uniform.upper_bound("replace", rows=setting.rows, generation=setting.generations)
    wrong = replace(law, mean=uniform.upper_bound("replace", rows=setting.rows, generation=1).mean)
    return [against(wrong, f"E[θ]/θ₀ replace, k={setting.generations}, by the formula of accumulate", values)]


def _kept(looks: Looks) -> list[Comparison]:
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
    compare=lambda setting, looks: [*_replaced(setting, looks), *_kept(looks)],
    control=_unmoved,
    fewest=Setting(rows=2, generations=2, replicates=50),
)
