"""A7 and A12: genetic drift of categories, and their curation by Bradley–Terry choice."""

import math
from pathlib import Path

import numpy as np

from outcross.assets.study.study import Study
from outcross.jobs.acceptance.comparison import Comparison, compare_mean, mean_and_error
from outcross.jobs.acceptance.measurements import Measurements
from outcross.jobs.acceptance.power import Control, can_fail, expected_z, off_by_one
from outcross.jobs.acceptance.result import Result
from outcross.jobs.acceptance.setting import Setting
from outcross.jobs.acceptance.studies import population_study
from outcross.jobs.acceptance.theory import categorical, curation
from outcross.jobs.acceptance.theory.exact import Exact

PROBABILITIES = (0.5, 0.3, 0.2)
_START_DIVERSITY = 1 - sum(probability**2 for probability in PROBABILITIES)
"""h₀, the heterozygosity of the population; the endpoint ``diversity`` is measured in units of it."""


def _a7(setting: Setting, _: Path) -> list[Study]:
    return [
        population_study(
            "a7",
            setting,
            of={"family": "categorical", "probabilities": PROBABILITIES},
            generator={"kind": "categorical"},
            arms={name: {"policy": name} for name in ("replace", "accumulate")},
        )
    ]


def _compare_replace(setting: Setting, measurements: Measurements, generation: int) -> Comparison:
    values = measurements.values("a7", "replace", "diversity")[generation - 1]
    law = categorical.heterozygosity(PROBABILITIES, rows=setting.rows, generation=generation)
    return compare_mean(law, f"1 − Σp² replace, n={generation}", _START_DIVERSITY * values)


def _compare_accumulate(setting: Setting, measurements: Measurements, generation: int) -> Comparison:
    values = measurements.values("a7", "accumulate", "diversity")[generation - 1]
    measured, error = mean_and_error(_START_DIVERSITY * values)
    exact = categorical.accumulated_heterozygosity(PROBABILITIES, rows=setting.rows, generation=generation)
    name = f"1 − Σp² accumulate, n={generation}"
    return Comparison(quantity=name, exact=exact, measured=measured, standard_error=error)


def _generations_compared(setting: Setting) -> list[int]:
    return sorted({1, min(10, setting.generations), setting.generations})


def _generations_of_replace(setting: Setting) -> list[int]:
    """Replace generations whose heterozygosity is too small to be told from 0 by the last that is not."""
    last = next(
        (each for each in range(setting.generations, 1, -1) if can_fail(_law(setting, each), setting.replicates)), 1
    )
    return sorted({min(each, last) for each in _generations_compared(setting)})


def _law(setting: Setting, generation: int) -> Exact:
    return categorical.heterozygosity(PROBABILITIES, rows=setting.rows, generation=generation)


def _compare_fixation(setting: Setting, measurements: Measurements) -> list[Comparison]:
    """Compare the share of replicates whose last model generates one state only with its fixation probability."""
    shares = _states(measurements, "a7", "replace", setting, states=len(PROBABILITIES))[-1]
    chances = categorical.fixation(PROBABILITIES, rows=setting.rows, generation=setting.generations + 1)
    return [
        compare_mean(
            Exact(chance, chance * (1 - chance)), f"ends in state {state} alone", (shares[:, state] == 1.0) * 1.0
        )
        for state, chance in enumerate(chances.tolist())
    ]


def _compare_control(setting: Setting, measurements: Measurements) -> list[Comparison]:
    values = measurements.values("a7", "accumulate", "diversity")[-1]
    law = categorical.heterozygosity(PROBABILITIES, rows=setting.rows, generation=setting.generations)
    measured, error = mean_and_error(_START_DIVERSITY * values)
    name = f"1 − Σp² accumulate, n={setting.generations}, by the formula of replace"
    return [Comparison(quantity=name, exact=law.mean, measured=measured, standard_error=error)]


def _expect_control(setting: Setting) -> float:
    """Return the |z| to expect; under accumulate the spread is at most that of two fits under replace, as Σ1/i² < 2."""
    last = setting.generations
    right = categorical.accumulated_heterozygosity(PROBABILITIES, rows=setting.rows, generation=last)
    return expected_z(right, _law(setting, last).mean, _law(setting, 2), setting.replicates)


def _states(measurements: Measurements, study: str, arm: str, setting: Setting, *, states: int) -> np.ndarray:
    """Return the share of each state in every generation's synthetic rows: (generations, replicates, states)."""
    counted = measurements.sql(
        f"""
        SELECT generation, replicate, state::INTEGER AS state, count(*) AS n FROM "{study}".synthetic
        WHERE lineage = '{arm}' OR generation = 0 GROUP BY ALL
        """  # noqa: S608 - names of our own
    )
    shares = np.zeros((setting.generations, setting.replicates, states))
    generation, replicate, state, n = (counted[name].to_numpy() for name in counted.columns)
    shares[generation, replicate, state] = n / setting.rows
    return shares


A7 = Result(
    id="A7",
    claim="categories drift until one is left, which is i with probability p_i; accumulate keeps all of them",
    source="Seddik et al. 2024, arXiv 2404.05090",
    setting=Setting(rows=20, generations=200, replicates=200),
    small=Setting(rows=9, generations=5, replicates=250, seed=16),
    studies=_a7,
    compare=lambda setting, measurements: [
        *(_compare_replace(setting, measurements, generation) for generation in _generations_of_replace(setting)),
        *(_compare_accumulate(setting, measurements, generation) for generation in _generations_compared(setting)),
        *_compare_fixation(setting, measurements),
    ],
    controls=(Control(_compare_control, _expect_control),),
    off_by_one=lambda setting: off_by_one(
        lambda each: _law(setting, each), _generations_of_replace(setting), setting.replicates
    ),
    minimum=Setting(rows=2, generations=2, replicates=50),
)

START, REWARDS, CHOICES = (0.4, 0.3, 0.2, 0.1), (0.0, 1.0, 2.0, 2.0), 2


def _a12(setting: Setting, _: Path) -> list[Study]:
    values = {str(state): reward for state, reward in enumerate(REWARDS)}
    curation = {"kind": "bradley_terry", "choices": CHOICES, "rewards": {"column": "state", "values": values}}
    return [
        population_study(
            "a12",
            setting,
            of={"family": "categorical", "probabilities": START},
            generator={"kind": "categorical"},
            arms={
                "curated": {"policy": "replace", "curation": curation},
                "plain": {"policy": "replace"},
            },
        )
    ]


def _expected_rewards(setting: Setting, measurements: Measurements, arm: str) -> np.ndarray:
    """Return E[exp(reward)] of every generation's synthetic rows: (generations, replicates)."""
    return np.asarray(_states(measurements, "a12", arm, setting, states=len(START)) @ np.exp(REWARDS))


def _compare_curated(setting: Setting, measurements: Measurements) -> list[Comparison]:
    """Compare with the law for infinitely many rows; a finite number of rows adds an error of order 1/rows."""
    shares, strengths = _states(measurements, "a12", "curated", setting, states=len(START)), []
    for generation in sorted({2, 3, setting.generations}):
        expected = _exact_shares(generation)
        measured, error = mean_and_error(shares[generation - 1] @ np.exp(REWARDS))
        exact = curation.expected_reward(expected.tolist(), REWARDS)
        # Every generation adds binomial drift between the states; its mean effect is of order 1/rows.
        error = math.hypot(error, math.exp(max(REWARDS)) / setting.rows)
        name = f"E[exp(reward)], {generation - 1} curated generations"
        strengths.append(Comparison(quantity=name, exact=exact, measured=measured, standard_error=error))
    ends = [
        Comparison(
            quantity=f"share of state {state} (limit {limit:.3f})",
            exact=float(_exact_shares(setting.generations)[state]),
            measured=float(shares[-1][:, state].mean()),
            # Curation does not act between two states of equal reward, so their shares drift as without it.
            standard_error=math.sqrt(setting.generations * 0.25 / setting.rows / setting.replicates),
        )
        for state, limit in enumerate(curation.curated_limit(START, REWARDS).tolist())
    ]
    rising = (shares @ np.exp(REWARDS)).mean(axis=1)
    falls = int((np.diff(rising) < -4 * math.exp(max(REWARDS)) / math.sqrt(setting.rows * setting.replicates)).sum())
    return [*strengths, *ends, Comparison(quantity="generations in which E[exp(reward)] fell", exact=0, measured=falls)]


def _exact_shares(generation: int) -> np.ndarray:
    return curation.curated_law(START, REWARDS, choices=CHOICES, generation=generation)


def _compare_uncurated(setting: Setting, measurements: Measurements) -> list[Comparison]:
    measured, error = mean_and_error(_expected_rewards(setting, measurements, "plain")[-1])
    exact = curation.expected_reward(_exact_shares(setting.generations).tolist(), REWARDS)
    name = f"E[exp(reward)] without curation, {setting.generations - 1} generations"
    return [Comparison(quantity=name, exact=exact, measured=measured, standard_error=error)]


def _reward_law(setting: Setting, generation: int) -> Exact:
    """Return E[exp(reward)] of a generation, with the variance of one replicate: sampling of its rows, and drift."""
    shares = _exact_shares(generation)
    mean = curation.expected_reward(shares.tolist(), REWARDS)
    return Exact(mean, float(shares @ np.exp(2 * np.array(REWARDS)) - mean**2) / setting.rows)


def _expect_uncurated(setting: Setting) -> float:
    right, wrong = _reward_law(setting, 1), _reward_law(setting, setting.generations)
    drift = Exact(right.mean, setting.generations * right.variance)
    return expected_z(right.mean, wrong.mean, drift, setting.replicates)


def _expect_next_choice(setting: Setting) -> float:
    """Return the largest |z| to expect if generations were counted one too far, with the error that is allowed."""
    found = []
    for each in {2, 3, setting.generations}:
        law = _reward_law(setting, each)
        error = math.hypot(law.standard_error(setting.replicates), math.exp(max(REWARDS)) / setting.rows)
        found.append(abs(_reward_law(setting, each + 1).mean - law.mean) / error)
    return max(found)


A12 = Result(
    id="A12",
    claim="repeated choice of the better of two rows leaves only the states of highest reward",
    source="Ferbach et al. 2024, arXiv 2407.09499",
    setting=Setting(rows=20000, generations=16, replicates=10),
    small=Setting(rows=2000, generations=5, replicates=6),
    studies=_a12,
    compare=_compare_curated,
    controls=(Control(_compare_uncurated, _expect_uncurated),),
    off_by_one=_expect_next_choice,
    minimum=Setting(rows=100, generations=3, replicates=3),
)
