"""A7 and A12: categories that drift, and categories that are chosen."""

import numpy as np

from assets.study import Study
from jobs.acceptance.formulas import categorical as theory
from jobs.acceptance.looking import Looks, mean
from jobs.acceptance.result import Comparison, Result, Setting
from jobs.acceptance.studies import population_study

PROBABILITIES = (0.5, 0.3, 0.2)


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


def _drift(setting: Setting, looks: Looks, formulas: dict[str, str]) -> list[Comparison]:
    found = []
    for arm, formula in formulas.items():
        values = looks.values("a7", arm, "diversity")
        for generation in sorted({1, min(10, setting.generations), setting.generations}):
            measured, error = mean(values[generation - 1])
            exact = getattr(theory, formula)(setting.rows, generation)
            # Once nearly every replicate has fixed, the spread at hand is that of a few: a diversity lies in [0, h₀],
            # so its variance is at most its mean times the largest value it has.
            error = max(error, np.sqrt(exact * 1.1 / setting.replicates)) if exact < 0.05 else error
            name = f"diversity {arm}, n={generation}"
            found.append(Comparison(quantity=name, exact=exact, measured=measured, standard_error=error))
    return found


def _fixation(setting: Setting, looks: Looks) -> list[Comparison]:
    """The share of replicates in which a state is all that is left, or its mean share where some still drift."""
    last = setting.generations - 1
    shares = looks.sql(
        f"SELECT state, count(*) AS n FROM \"a7\".synthetic WHERE lineage = 'replace' AND generation = {last} GROUP BY state"  # noqa: S608
    )
    counts = dict(shares.iter_rows())
    found = []
    for state, probability in enumerate(PROBABILITIES):
        measured = counts.get(str(state), 0) / (setting.rows * setting.replicates)
        error = float(np.sqrt(probability * (1 - probability) / setting.replicates))
        name = f"share that ends in state {state}"
        found.append(Comparison(quantity=name, exact=probability, measured=measured, standard_error=error))
    return found


A7 = Result(
    id="A7",
    claim="categories drift until one is left, each with its own probability; accumulating keeps them",
    source="Seddik et al. 2024, arXiv 2404.05090",
    setting=Setting(rows=20, generations=200, replicates=500),
    small=Setting(rows=20, generations=12, replicates=500),
    studies=_a7,
    compare=lambda setting, looks: [
        *_drift(setting, looks, {"replace": "replace_diversity", "accumulate": "accumulate_diversity"}),
        *_fixation(setting, looks),
    ],
    control=lambda setting, looks: _drift(setting, looks, {"accumulate": "replace_diversity"}),
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


def _states(setting: Setting, looks: Looks, arm: str) -> np.ndarray:
    """Share of each state in every generation's synthetic rows: (generations, replicates, states)."""
    counted = looks.sql(
        f"""
        SELECT generation, replicate, state::INTEGER AS state, count(*) AS n FROM "a12".synthetic
        WHERE lineage = '{arm}' OR generation = 0 GROUP BY ALL
        """  # noqa: S608 - a shipped study
    )
    shares = np.zeros((setting.generations, setting.replicates, len(START)))
    generation, replicate, state, n = (counted[name].to_numpy() for name in counted.columns)
    shares[generation, replicate, state] = n / setting.rows
    return shares


def _chosen(setting: Setting, looks: Looks, arm: str, *, name: str) -> list[Comparison]:
    shares = _states(setting, looks, arm)
    expected = np.array(START)
    found = []
    for generation in range(1, setting.generations):
        expected = theory.curated(expected, REWARDS, CHOICES)
        if generation in (1, 2, setting.generations - 1):
            measured, error = mean(shares[generation] @ np.exp(REWARDS))
            quantity = f"E[exp(reward)] {name}, {generation} curated generations"
            exact = theory.mean_strength(expected, REWARDS)
            slack = 1e-3  # what finite samples add to the infinite iteration
            found.append(Comparison(quantity=quantity, exact=exact, measured=measured, standard_error=error + slack))
    for state, limit in enumerate(theory.curation_limit(START, REWARDS)):
        ends = shares[-1][:, state].mean()
        exact = float(expected[state])
        # Two states of equal reward drift against each other as they would without curation.
        drift = np.sqrt(setting.generations * 0.25 / setting.rows / setting.replicates)
        quantity = f"share of state {state} {name} (limit {limit:.3f})"
        found.append(Comparison(quantity=quantity, exact=exact, measured=float(ends), standard_error=float(drift)))
    if arm == "curated":
        strengths = (shares @ np.exp(REWARDS)).mean(axis=1)
        falls = int((np.diff(strengths) < -1e-2).sum())
        found.append(Comparison(quantity="generations in which E[exp(reward)] fell", exact=0, measured=falls))
    return found


A12 = Result(
    id="A12",
    claim="choosing the better of two, again and again, ends in the best states alone",
    source="Ferbach et al. 2024, arXiv 2407.09499",
    setting=Setting(rows=20000, generations=16, replicates=10),
    small=Setting(rows=2000, generations=5, replicates=6),
    studies=_a12,
    compare=lambda setting, looks: _chosen(setting, looks, "curated", name="curated"),
    control=lambda setting, looks: _chosen(setting, looks, "plain", name="without curation"),
    fewest=Setting(rows=100, generations=3, replicates=3),
)
