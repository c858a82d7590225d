"""A13: the upper end of a fitted support can only shrink."""

from dataclasses import replace

from outcross.jobs.acceptance.comparison import Comparison, compare_mean
from outcross.jobs.acceptance.measurements import Measurements
from outcross.jobs.acceptance.power import Control, expected_z, off_by_one
from outcross.jobs.acceptance.result import Result
from outcross.jobs.acceptance.setting import Setting
from outcross.jobs.acceptance.studies import population_study
from outcross.jobs.acceptance.theory import uniform


def _compare_replace(setting: Setting, measurements: Measurements) -> list[Comparison]:
    values = measurements.values("a13", "replace", "support")
    return [
        compare_mean(
            uniform.upper_bound("replace", rows=setting.rows, generation=generation),
            f"E[θ]/θ₀ replace, k={generation}",
            values[generation - 1],
        )
        for generation in sorted({1, 2, setting.generations})
    ]


def _compare_control(setting: Setting, measurements: Measurements) -> list[Comparison]:
    """Negative control: the wrong formula that every later model keeps the support of the first."""
    values = measurements.values("a13", "replace", "support")[-1]
    law = uniform.upper_bound("replace", rows=setting.rows, generation=setting.generations)
    wrong = replace(law, mean=uniform.upper_bound("replace", rows=setting.rows, generation=1).mean)
    return [compare_mean(wrong, f"E[θ]/θ₀ replace, k={setting.generations}, by the formula of accumulate", values)]


def _expect_control(setting: Setting) -> float:
    law, first = (
        uniform.upper_bound("replace", rows=setting.rows, generation=each) for each in (setting.generations, 1)
    )
    return expected_z(law.mean, first.mean, law, setting.replicates)


def _compare_accumulate(measurements: Measurements) -> list[Comparison]:
    values = measurements.values("a13", "accumulate", "support")
    changed = int((values != values[0]).sum())
    return [Comparison(quantity="models under accumulate whose θ differs in any bit", exact=0, measured=changed)]


A13 = Result(
    id="A13",
    claim="the support shrinks by a factor M/(M+1) per generation under replace, and not at all under accumulate",
    source="derived",
    setting=Setting(rows=10, generations=10, replicates=3000),
    small=Setting(rows=4, generations=5, replicates=500, seed=19),
    studies=lambda setting, _: [
        population_study(
            "a13",
            setting,
            of={"family": "uniform", "upper": 1.0},
            generator={"kind": "uniform"},
            arms={name: {"policy": name} for name in ("replace", "accumulate")},
        )
    ],
    compare=lambda setting, measurements: [
        *_compare_replace(setting, measurements),
        *_compare_accumulate(measurements),
    ],
    controls=(Control(_compare_control, _expect_control),),
    off_by_one=lambda setting: off_by_one(
        lambda each: uniform.upper_bound("replace", rows=setting.rows, generation=each),
        {1, 2, setting.generations},
        setting.replicates,
    ),
    minimum=Setting(rows=2, generations=2, replicates=50),
)
