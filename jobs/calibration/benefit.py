"""Calibration of what a study says of a pool: that it helps, by how much at least, and what its rows are worth."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

import numpy as np

from outcross.assets.verdict.benefit.gain import best_gains
from outcross.assets.verdict.benefit.worth import worths_left_open
from outcross.jobs.calibration.grid import REPLICATES
from outcross.jobs.calibration.pools import POOLS, PoolFamily
from outcross.resources.seeds import derive_seed, generator

COLUMNS = ("pool", "R", "best share", "its gain", "limit covers", "helps", "worth covers", "")
LOWEST, MOST_FALSE = 0.93, 0.05
"""Share of studies in which a limit has to lie below the true gain; in which "helps" may be said where nothing does."""
LOWEST_WORTH = 0.9
_NOISE = 2.0
"""Standard errors of a simulated share by which it may miss its bound."""


@dataclass(frozen=True, kw_only=True)
class Benefit:
    """What many studies of a pool say.

    Attributes:
        family: the pool.
        replicates: of a study.
        share: the share at which most is gained in truth.
        gain: what it gains over the best alternative, as a share of the error of real rows alone.
        covered: share of studies whose limit lies at or below the true gain of the share they chose.
        helps: share of studies that say synthetic rows help.
        worth: share of studies whose interval holds the true worth at that share; None where it has no closed form.
        studies: how many were simulated.
    """

    family: PoolFamily
    replicates: int
    share: float
    gain: float
    covered: float
    helps: float
    worth: float | None
    studies: int

    @property
    def holds(self) -> bool:
        """Whether everything said is as sure as it claims, up to the noise of the simulation."""
        return (
            self.covered >= LOWEST - self._noise(LOWEST)
            and (self.gain > 0 or self.helps <= MOST_FALSE + self._noise(MOST_FALSE))
            and (self.worth is None or self.worth >= LOWEST_WORTH - self._noise(LOWEST_WORTH))
        )

    def _noise(self, share: float) -> float:
        return float(_NOISE * np.sqrt(share * (1 - share) / self.studies))


def benefits(*, studies: int, seed: int = 0) -> Iterator[Benefit]:
    """Simulate studies of every pool with each number of replicates."""
    for family, replicates in product(POOLS, REPLICATES):
        yield calibrate_benefit(family, replicates=replicates, studies=studies, seed=seed)


def calibrate_benefit(family: PoolFamily, *, replicates: int, studies: int, seed: int = 0) -> Benefit:
    """Simulate studies of one pool, and judge what is said of them by the steps of the verdict."""
    random = generator(derive_seed("calibrate benefit", family.name, replicates, seed))
    errors = family.simulate(random, studies * replicates)
    mix, repeated = (each.reshape(studies, replicates, -1) for each in (errors.mix, errors.repeated))
    real, curve = errors.real.reshape(studies, replicates, 1), errors.curve.reshape(studies, replicates, 3)
    found = best_gains({"real rows alone": real - mix, "real rows repeated": repeated - mix})
    true = family.best_alternative - family.expected
    best = int(true.argmax())
    return Benefit(
        family=family,
        replicates=replicates,
        share=family.shares[best],
        gain=float(true[best]),
        covered=float((found.lower <= true[found.best] + 1e-9).mean()),
        helps=float(found.helps.mean()),
        worth=None if family.remaining or family.copies else _worth(family, mix, curve, found.best),
        studies=studies,
    )


def _worth(family: PoolFamily, mix: np.ndarray, curve: np.ndarray, best: np.ndarray) -> float:
    """Share of studies whose interval holds the true worth at the share that they chose."""
    held = np.zeros(len(mix), dtype=bool)
    for rung in np.unique(best):
        chosen, share = best == rung, family.shares[rung]
        held[chosen] = worths_left_open(
            mix[chosen, :, rung],
            curve[chosen],
            family.worths[[rung]],
            real=family.real(share) / family.rows,
            synthetic=family.synthetic(share) / family.rows,
        )[:, 0]
    return float(held.mean())


def rows(found: list[Benefit]) -> Iterator[tuple[str, ...]]:
    """Yield the lines of a table."""
    for each in found:
        yield (
            each.family.name,
            str(each.replicates),
            f"{each.share:g}" if each.gain > 0 else "–",
            f"{each.gain:.3f}" if each.gain > 0 else "–",
            f"{each.covered:.3f}",
            f"{each.helps:.2f}",
            "–" if each.worth is None else f"{each.worth:.2f}",
            "" if each.holds else "fails",
        )
