"""The limits of what accumulates: simulated on the anchor, so that a year of clean batches rarely passes any of them.

A simulated year has batches of equal size, whose rows come from one population. That population is drawn once a year
from what the anchor leaves open (Jeffreys' prior): the error of the anchor is common to all batches of a year. Columns
are drawn independently, which makes the highest of them higher than it is.
"""

import numpy as np

from outcross.assets.corpus.accumulated.cusum import highest_sums, label_steps, rare_steps
from outcross.assets.corpus.accumulated.kinds import Kinds
from outcross.assets.corpus.accumulated.reference import Reference
from outcross.assets.corpus.accumulated.window import BATCHES, SEASONAL, deviations
from outcross.resources.seeds import derive_seed, generator

DRIFT, LABELS, TAILS, GROUPS = "accumulated_drift", "accumulated_labels", "accumulated_tails", "accumulated_groups"
SUMS = (LABELS, TAILS)
"""The guards whose evidence is a cumulative sum; that of the others is a window."""
YEAR = 52
"""Batches of a year."""
FALSE_YEARS = {DRIFT: 0.003, GROUPS: 0.005, LABELS: 0.005, TAILS: 0.025}
"""Share of simulated clean years in which a guard alarms: together 3.8 %. Columns of real tables vary more than
simulated ones: of 100 clean years of the table Adult, 4 alarmed by drift at a share of 1 %."""
RARE_SEASON = 0.02
"""Amplitude of a yearly season of the share of rare rows, relative to it."""
YEARS, MANY_YEARS = 100, 2_000
"""Simulated years, of the window and of the sums."""
FEWEST_ABOVE = 5
"""Fewest simulated years above a limit that is read off them; a rarer one is extrapolated."""


def simulate_limits(reference: Reference, rows: int, *, season: tuple[float, float], seed: int) -> dict[str, float]:
    """Simulate the limit of each guard that the corpus has.

    Args:
        reference: of the anchor.
        rows: of a batch.
        season: largest relative fall and rise of the share of a protected group that are no change.
        seed: of the simulation.
    """
    highest: dict[str, list[np.ndarray]] = {}
    for number, kinds in enumerate(reference.kinds.every):
        random = generator(derive_seed("accumulated kinds", number, rows, seed))
        guard, allowed = (GROUPS, season) if kinds.is_group else (DRIFT, SEASONAL)
        highest.setdefault(guard, []).append(_windows(kinds, rows, random, allowed))
    random = generator(derive_seed("accumulated sums", rows, seed))
    if reference.labels is not None:
        highest[LABELS] = [_label_sums(reference, rows, random)]
    if reference.rarity is not None:
        highest[TAILS] = [_rare_sums(reference, rows, random)]
    return {guard: _limit(guard, np.max(found, axis=0)) for guard, found in highest.items()}


def _limit(guard: str, highest: np.ndarray) -> float:
    """Find the value that the highest of a year rarely passes, by Gumbel's law where the years are too few."""
    share = FALSE_YEARS[guard]
    if share * len(highest) >= FEWEST_ABOVE:
        found = float(np.quantile(highest, 1 - share, method="higher"))
    else:
        beta = highest.std() * np.sqrt(6) / np.pi
        found = float(highest.mean() + beta * (-np.log(-np.log1p(-share)) - np.euler_gamma))
    # A likelihood ratio is above its inverse with so small a probability, whatever the sizes of the batches.
    return max(found, float(-np.log(share))) if guard in SUMS else found


def _windows(kinds: Kinds, rows: int, random: np.random.Generator, season: tuple[float, float]) -> np.ndarray:
    """Simulate the largest deviation of any kind of a column in any window of a year: (years,)."""
    bins = np.diff(kinds.known, prepend=0, append=kinds.of) if kinds.is_cumulative else kinds.known
    shares = random.gamma(bins + 0.5, size=(YEARS, len(bins)))
    shares /= shares.sum(axis=1, keepdims=True)
    drawn = random.poisson(rows * shares[:, None, :], size=(YEARS, YEAR, len(bins)))
    batches = np.cumsum(drawn, axis=1)
    batches[:, BATCHES:] = batches[:, BATCHES:] - batches[:, :-BATCHES]
    total = batches.sum(axis=2, keepdims=True)
    inner = np.cumsum(batches, axis=2)[..., :-1] if kinds.is_cumulative else batches
    counts = np.concatenate([inner, total], axis=2)[:, 1:]
    found: np.ndarray = deviations(counts, kinds, season).max(axis=(1, 2))
    return found


def _label_sums(reference: Reference, rows: int, random: np.random.Generator) -> np.ndarray:
    model = reference.labels
    assert model is not None
    wrong = random.beta(model.errors + 0.5, model.rows - model.errors + 0.5, size=(MANY_YEARS, len(model.rows)))
    drawn = random.poisson(rows * model.rows / model.rows.sum(), size=(MANY_YEARS, YEAR, len(model.rows)))
    errors = random.binomial(drawn, wrong[:, None, :])
    return highest_sums(label_steps(drawn, errors, (model.rows, model.errors), model.classes))


def _rare_sums(reference: Reference, rows: int, random: np.random.Generator) -> np.ndarray:
    rarity = reference.rarity
    assert rarity is not None
    rarer = np.diff(rarity.rare, prepend=0, append=rarity.rows)  # each level of rarity contains the one before
    shares = random.gamma(rarer + 0.5, size=(MANY_YEARS, len(rarer)))
    shares /= shares.sum(axis=1, keepdims=True)
    phase = random.random((MANY_YEARS, 1)) + np.arange(YEAR) / YEAR
    seasonal = shares[:, None, :-1] * (1 + RARE_SEASON * np.sin(2 * np.pi * phase))[..., None]
    rest = np.maximum(1 - seasonal.sum(axis=2, keepdims=True), 0.0)
    drawn = random.multinomial(rows, np.concatenate([seasonal, rest], axis=2))
    rare = np.cumsum(drawn, axis=2)[..., :-1]
    steps = rare_steps(np.full((MANY_YEARS, YEAR), rows), rare, (rarity.rows, np.array(rarity.rare)))
    found: np.ndarray = np.max([highest_sums(steps[..., level]) for level in range(len(rarity.rare))], axis=0)
    return found
