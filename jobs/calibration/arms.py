"""The calibration of compared arms: families × pairs of shares × replicates, and what the interval does in each."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

import numpy as np

from outcross.assets.verdict.dose_response import Floats
from outcross.assets.verdict.paired_difference import CONFIDENCE, intervals
from outcross.jobs.calibration.families import FAMILIES, Family
from outcross.jobs.calibration.grid import LOWEST_COVERAGE, REPLICATES
from outcross.resources.seeds import derive_seed, generator

PAIRS = ((0.2, 0.6), (0.5, 1.0))
"""Synthetic shares of the two arms that are compared."""
_TRUTH_REPLICATES = 200_000


@dataclass(frozen=True, kw_only=True)
class ArmCell:
    """One cell of the grid.

    Attributes:
        family: whose damage it is.
        pair: shares of the two arms.
        replicates: of a study.
    """

    family: Family
    pair: tuple[float, float]
    replicates: int

    @property
    def name(self) -> str:
        """What the cell is called in a table."""
        return f"{self.family.name}, shares {self.pair[0]:g} and {self.pair[1]:g}, {self.replicates} replicates"


@dataclass(frozen=True, kw_only=True)
class CalibratedArms:
    """A cell with what was measured.

    Attributes:
        cell: of the grid.
        truth: the true difference.
        coverage: share of studies whose 95 % interval holds the true difference; those that get none are left out.
        student: that of Student's interval, which knows no skewness.
        false_alarms: share of studies that tell two arms of the second share apart, which are equal.
        power: share of studies that tell the two arms apart.
        width: median width of the interval ÷ that of Student's.
        studies: how many were simulated.
    """

    cell: ArmCell
    truth: float
    coverage: float
    student: float
    false_alarms: float
    power: float
    width: float
    studies: int

    @property
    def covers(self) -> bool:
        """Whether the interval covers often enough, and equal arms are told apart seldom enough."""
        return self.coverage >= LOWEST_COVERAGE and self.false_alarms <= 1 - LOWEST_COVERAGE


def arm_cells() -> list[ArmCell]:
    """List every cell of the grid."""
    return [
        ArmCell(family=family, pair=pair, replicates=replicates)
        for family, pair, replicates in product(FAMILIES, PAIRS, REPLICATES)
    ]


def calibrate_arms(cell: ArmCell, *, studies: int, seed: int = 0) -> CalibratedArms:
    """Simulate studies of two arms, and judge the interval of their difference.

    Args:
        cell: of the grid.
        studies: to simulate.
        seed: of the simulation.
    """
    random = generator(derive_seed("calibrate arms", cell.name, seed))
    truth = float(_differences(cell, random, cell.pair, 1, _TRUTH_REPLICATES).mean())
    differences = _varying(_differences(cell, random, cell.pair, studies, cell.replicates))
    equal = _varying(_differences(cell, random, (cell.pair[1], cell.pair[1]), studies, cell.replicates))
    lost = 1.0 if cell.family.all_or_nothing else 0.0
    lower, upper = intervals(differences, lost=lost)
    of_student = _student(differences)
    return CalibratedArms(
        cell=cell,
        truth=truth,
        coverage=float(((lower <= truth) & (truth <= upper)).mean()),
        student=float((np.abs(differences.mean(axis=1) - truth) <= of_student).mean()),
        false_alarms=_tell_apart(*intervals(equal, lost=lost)),
        power=_tell_apart(lower, upper),
        width=float(np.median(upper - lower) / np.median(2 * of_student)),
        studies=studies,
    )


def _varying(differences: Floats) -> Floats:
    """The studies that get an interval: not all of their replicates differ by the same."""
    result: Floats = differences[differences.std(axis=1) > 0]
    return result


def _differences(
    cell: ArmCell, random: np.random.Generator, pair: tuple[float, float], studies: int, replicates: int
) -> Floats:
    """Damage at the second share − at the first, of replicates that share their real rows: (studies, replicates)."""
    change, _ = cell.family.simulate(random, studies * replicates, pair)
    result: Floats = (change[:, 1] - change[:, 0]).reshape(studies, replicates)
    return result


def _student(differences: Floats) -> Floats:
    """Half of the width of Student's interval: (studies,)."""
    from scipy.special import stdtrit

    replicates = differences.shape[1]
    quantile = stdtrit(replicates - 1, (1 + CONFIDENCE) / 2)
    result: Floats = quantile * differences.std(axis=1, ddof=1) / np.sqrt(replicates)
    return result


def _tell_apart(lower: Floats, upper: Floats) -> float:
    return float(((lower > 0) | (upper < 0)).mean())


def arm_rows(calibrated: list[CalibratedArms]) -> Iterator[tuple[str, ...]]:
    """Yield the cells of a table, a line each."""
    for each in calibrated:
        cell = each.cell
        shares = f"{cell.pair[0]:g}, {cell.pair[1]:g}"
        figures = (each.student, each.coverage, each.false_alarms, each.power, each.width)
        yield (
            *(cell.family.name, shares, str(cell.replicates), f"{each.truth:.3f}"),
            *(f"{figure:.2f}" for figure in figures),
            "" if each.covers else "fails",
        )
