"""The grid of a calibration: families × tolerances × ladders × replicates, and what the limit does in each cell."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from itertools import product
from typing import Any

import numpy as np

from outcross.assets.verdict.interpolation import safe_up_to
from outcross.assets.verdict.limits import check_rungs, unseen_share
from outcross.jobs.calibration.families import FAMILIES, Family
from outcross.jobs.calibration.percentile_bootstrap import percentile_limit
from outcross.resources.seeds import derive_seed, generator

LADDERS: dict[int, tuple[float, ...]] = {
    3: (0.0, 0.5, 1.0),
    4: (0.0, 0.25, 0.5, 1.0),
    6: (0.0, 0.2, 0.4, 0.6, 0.8, 1.0),
}
"""Number of rungs → their shares."""
REPLICATES = (5, 10, 20)
LOWEST_COVERAGE = 0.93
"""A limit that is called 95 % must lie at or below the true share in so many studies of a cell."""


@dataclass(frozen=True, kw_only=True)
class Cell:
    """One cell of the grid.

    Attributes:
        family: whose damage it is.
        tolerance: δ.
        rungs: of the ladder, the control included.
        replicates: of a study.
    """

    family: Family
    tolerance: float
    rungs: int
    replicates: int

    @property
    def name(self) -> str:
        """What the cell is called in a table."""
        return f"{self.family.name}, δ={self.tolerance:g}, {self.rungs} rungs, {self.replicates} replicates"


@dataclass(frozen=True, kw_only=True)
class Power:
    """What a rule for limits does in many studies of a cell.

    Attributes:
        coverage: share of studies whose limit is at or below the true share.
        decided: share of studies that are decided.
        limit: median limit.
    """

    coverage: float
    decided: float
    limit: float


@dataclass(frozen=True, kw_only=True)
class Calibrated:
    """A cell with what was measured.

    Attributes:
        cell: of the grid.
        truth: the true safe share.
        now: what the verdict does.
        before: what the percentile bootstrap does.
        studies: how many were simulated.
    """

    cell: Cell
    truth: float
    now: Power
    before: Power
    studies: int

    @property
    def holds(self) -> bool:
        """Whether the limit covers often enough."""
        return self.now.coverage >= LOWEST_COVERAGE

    def to_json(self) -> dict[str, Any]:
        """Return the figures as JSON can hold them."""
        return {
            "family": self.cell.family.name,
            "tolerance": self.cell.tolerance,
            "rungs": self.cell.rungs,
            "replicates": self.cell.replicates,
            "truth": self.truth,
            "now": asdict(self.now),
            "before": asdict(self.before),
            "studies": self.studies,
            "covers": self.holds,
        }


def cells() -> list[Cell]:
    """List every cell of the grid."""
    return [
        Cell(family=family, tolerance=tolerance, rungs=rungs, replicates=replicates)
        for family in FAMILIES
        for tolerance, rungs, replicates in product(family.tolerances, LADDERS, REPLICATES)
    ]


def calibrate(cell: Cell, *, studies: int, compared: int, seed: int = 0) -> Calibrated:
    """Simulate studies of a cell, and judge the limit that the verdict gives.

    Args:
        cell: of the grid.
        studies: to simulate for the verdict's own rule.
        compared: how many of them the percentile bootstrap judges too, which is slower.
        seed: of the simulation.
    """
    random = generator(derive_seed("calibrate", cell.name, seed))
    shares, size = LADDERS[cell.rungs], cell.replicates
    change, base = cell.family.simulate(random, studies * size, shares[1:])
    change, base = change.reshape(studies, size, -1), base.reshape(studies, size)
    truth = cell.family.safe_share(cell.tolerance)
    return Calibrated(
        cell=cell,
        truth=truth,
        now=judge(*_limits(cell, change, base), truth),
        before=judge(*_limits_before(cell, change[:compared], base[:compared], random), truth),
        studies=studies,
    )


def _limits(cell: Cell, change: np.ndarray, base: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the limit of each study and whether it is decided, by the steps of the verdict."""
    shares, mean = LADDERS[cell.rungs], base.mean(axis=1)[:, None, None]
    unseen = np.full(len(shares) - 1, unseen_share(cell.replicates)) if cell.family.all_or_nothing else None
    tests = check_rungs((change - cell.tolerance * base[..., None]) / mean, unseen=unseen)
    if unseen is None:
        damage = np.concatenate([np.zeros((*base.shape, 1)), change / mean], axis=-1)
        limits = safe_up_to(damage, tests, shares, cell.tolerance)
    else:
        limits = np.array(shares)[tests.last_safe()]
    return limits, (limits > 0) | tests.harmful[:, 0]


def _limits_before(
    cell: Cell, change: np.ndarray, base: np.ndarray, random: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    shares = LADDERS[cell.rungs]
    found = [percentile_limit(one, of, shares, cell.tolerance, random) for one, of in zip(change, base, strict=True)]
    return np.array([limit for limit, _ in found]), np.array([decided for _, decided in found])


def judge(limits: np.ndarray, decided: np.ndarray, truth: float) -> Power:
    """Judge the limits of many studies, and how many are decided, by the true safe share."""
    return Power(
        coverage=float((limits <= truth + 1e-9).mean()), decided=float(decided.mean()), limit=float(np.median(limits))
    )


def rows(calibrated: list[Calibrated]) -> Iterator[tuple[str, ...]]:
    """Yield the cells of a table, a line each."""
    for each in calibrated:
        cell = each.cell
        about = (cell.family.name, f"{cell.tolerance:g}", str(cell.rungs), str(cell.replicates), f"{each.truth:.3f}")
        figures = [
            f"{figure:.2f}"
            for power in (each.before, each.now)
            for figure in (power.coverage, power.decided, power.limit)
        ]
        yield (*about, *figures, "" if each.holds else "fails")
