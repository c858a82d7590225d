"""A7 and A12: categories that drift, and categories that are chosen."""

import math

import numpy as np

from outcross.assets.study.study import Study
from outcross.jobs.acceptance.comparison import Comparison, against, mean
from outcross.jobs.acceptance.measurements import Looks
from outcross.jobs.acceptance.result import Result, Setting
from outcross.jobs.acceptance.studies import population_study
from outcross.jobs.acceptance.theory import categorical, curation
from outcross.jobs.acceptance.theory.exact import Exact

PROBABILITIES = (0.5, 0.3, 0.2)
_START_DIVERSITY = 1 - sum(probability**2 for probability in PROBABILITIES)
"""h₀, in whose units the endpoint ``diversity`` is measured."""


def _a7(setting: Setting) -> list[Study]:
    return [
        population_study(
            "a7",
            setting,
            of={"family": "categorical", "probabilities": PROBABILITIES},
            generator={"kind": "categorical"},
            arms={name: {"policy": name} for name in ("replace", "accumulate")},
        )
    ]


def _lost(setting: Setting, looks: Looks, generation: int) -> Comparison:
    values = looks.values("a7", "replace", "diversity")[generation - 1]
    law = categorical.heterozygosity(PROBABILITIES, rows=setting.rows, generation=generation)
    return against(law, f"1 − Σp² replace, n={generation}", _START_DIVERSITY * values)


def _kept(setting: Setting, looks: Looks, generation: int) -> Comparison:
    values = looks.values("a7", "accumulate", "diversity")[generation - 1]
    measured, error = mean(_START_DIVERSITY * values)
    exact = categorical.accumulated_heterozygosity(PROBABILITIES, rows=setting.rows, generation=generation)
    name = f"1 − Σp² accumulate, n={generation}"
    return Comparison(quantity=name, exact=exact, measured=measured, standard_error=error)


def _shown(setting: Setting) -> list[int]:
    return sorted({1, min(10, setting.generations), setting.generations})


def _fixed(setting: Setting, looks: Looks) -> list[Comparison]:
    """The share of replicates whose last model says one state and nothing else."""
    shares = _states(looks, "a7", "replace", setting, states=len(PROBABILITIES))[-1]
    chances = categorical.fixation(PROBABILITIES, rows=setting.rows, generation=setting.generations + 1)
    return [
        against(Exact(chance, chance * (1 - chance)), f"ends in state {state} alone", (shares[:, state] == 1.0) * 1.0)
        for state, chance in enumerate(chances.tolist())
    ]


def _control(setting: Setting, looks: Looks) -> list[Comparison]:
    values = looks.values("a7", "accumulate", "diversity")[-1]
    law = categorical.heterozygosity(PROBABILITIES, rows=setting.rows, generation=setting.generations)
    measured, error = mean(_START_DIVERSITY * values)
    name = f"1 − Σp² accumulate, n={setting.generations}, by the formula of replace"
    return [Comparison(quantity=name, exact=law.mean, measured=measured, standard_error=error)]


def _states(looks: Looks, study: str, arm: str, setting: Setting, *, states: int) -> np.ndarray:
    """Share of each state in every generation's synthetic rows: (generations, replicates, states)."""
    counted = looks.sql(
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
    claim="categories drift until one is left, each with its own probability; accumulating keeps them",
    source="Seddik et al. 2024, arXiv 2404.05090",
    setting=Setting(rows=20, generations=200, replicates=200),
    small=Setting(rows=20, generations=12, replicates=500),
    studies=_a7,
    compare=lambda setting, looks: [
        *(_lost(setting, looks, generation) for generation in _shown(setting)),
        *(_kept(setting, looks, generation) for generation in _shown(setting)),
        *_fixed(setting, looks),
    ],
    control=_control,
    fewest=Setting(rows=2, generations=2, replicates=50),
)

START, REWARDS, CHOICES = (0.4, 0.3, 0.2, 0.1), (0.0, 1.0, 2.0, 2.0), 2


def _a12(setting: Setting) -> list[Study]:
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


def _strengths(setting: Setting, looks: Looks, arm: str) -> np.ndarray:
    """E[exp(reward)] of every generation's synthetic rows: (generations, replicates)."""
    return np.asarray(_states(looks, "a12", arm, setting, states=len(START)) @ np.exp(REWARDS))


def _chosen(setting: Setting, looks: Looks) -> list[Comparison]:
    """The law that curation iterates is that of infinitely many rows: finite ones add an error of order 1/rows."""
    shares, strengths = _states(looks, "a12", "curated", setting, states=len(START)), []
    for generation in sorted({2, 3, setting.generations}):
        expected = _expected(generation)
        measured, error = mean(shares[generation - 1] @ np.exp(REWARDS))
        exact = curation.expected_reward(expected.tolist(), REWARDS)
        # Binomial drift between the states is part of every generation; its mean effect is within 1/rows.
        error = math.hypot(error, math.exp(max(REWARDS)) / setting.rows)
        name = f"E[exp(reward)], {generation - 1} curated generations"
        strengths.append(Comparison(quantity=name, exact=exact, measured=measured, standard_error=error))
    ends = [
        Comparison(
            quantity=f"share of state {state} (limit {limit:.3f})",
            exact=float(_expected(setting.generations)[state]),
            measured=float(shares[-1][:, state].mean()),
            # Two states of equal reward drift against each other as they would without curation.
            standard_error=math.sqrt(setting.generations * 0.25 / setting.rows / setting.replicates),
        )
        for state, limit in enumerate(curation.curated_limit(START, REWARDS).tolist())
    ]
    rising = (shares @ np.exp(REWARDS)).mean(axis=1)
    falls = int((np.diff(rising) < -4 * math.exp(max(REWARDS)) / math.sqrt(setting.rows * setting.replicates)).sum())
    return [*strengths, *ends, Comparison(quantity="generations in which E[exp(reward)] fell", exact=0, measured=falls)]


def _expected(generation: int) -> np.ndarray:
    return curation.curated(START, REWARDS, choices=CHOICES, generation=generation)


def _uncurated(setting: Setting, looks: Looks) -> list[Comparison]:
    measured, error = mean(_strengths(setting, looks, "plain")[-1])
    exact = curation.expected_reward(_expected(setting.generations).tolist(), REWARDS)
    name = f"E[exp(reward)] without curation, {setting.generations - 1} generations"
    return [Comparison(quantity=name, exact=exact, measured=measured, standard_error=error)]


A12 = Result(
    id="A12",
    claim="choosing the better of two, again and again, ends in the best states alone",
    source="Ferbach et al. 2024, arXiv 2407.09499",
    setting=Setting(rows=20000, generations=16, replicates=10),
    small=Setting(rows=2000, generations=5, replicates=6),
    studies=_a12,
    compare=_chosen,
    control=_uncurated,
    fewest=Setting(rows=100, generations=3, replicates=3),
)
