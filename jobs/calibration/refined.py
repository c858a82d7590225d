"""Studies whose ladder adds rungs, next to the ladder of their file alone and to a fixed one of as many lineages."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from itertools import product
from typing import Any

import numpy as np

from outcross.assets.study.candidates import candidates_between
from outcross.assets.verdict.dose_response import Floats
from outcross.assets.verdict.error_levels import Levels, one_level, split_levels
from outcross.assets.verdict.interpolation import refined_up_to
from outcross.assets.verdict.limits import Flags, RungTests, check_rungs, unseen_share
from outcross.assets.verdict.refinement import next_share
from outcross.jobs.calibration.families import FAMILIES, Family
from outcross.jobs.calibration.grid import LADDERS, LOWEST_COVERAGE, REPLICATES, Power, judge
from outcross.resources.seeds import derive_seed, generator

PLANNED = LADDERS[3]
MOST = 3
"""Rungs that are added at most: the ladder then has as many as the fixed one."""
FIXED = LADDERS[len(PLANNED) + MOST]


@dataclass(frozen=True, kw_only=True)
class RefinedCell:
    """A family with a tolerance and a number of replicates."""

    family: Family
    tolerance: float
    replicates: int

    @property
    def name(self) -> str:
        """What the cell is called."""
        return f"{self.family.name}, δ={self.tolerance:g}, {self.replicates} replicates, refined"


@dataclass(frozen=True, kw_only=True)
class RefinedCalibration:
    """What three ladders do on simulated studies of one cell.

    Attributes:
        cell: the cell.
        truth: the true safe share.
        planned: what the ladder of the study file does alone.
        refined: what it does with the rungs that it adds.
        fixed: what a fixed ladder of as many lineages does.
        rungs: mean number of rungs of the refined ladder, the control included.
        studies: how many were simulated.
    """

    cell: RefinedCell
    truth: float
    planned: Power
    refined: Power
    fixed: Power
    rungs: float
    studies: int

    @property
    def holds(self) -> bool:
        """Whether the refined limit covers often enough."""
        return self.refined.coverage >= LOWEST_COVERAGE

    def to_json(self) -> dict[str, Any]:
        """Return the figures as JSON can hold them."""
        return {
            "family": self.cell.family.name,
            "tolerance": self.cell.tolerance,
            "replicates": self.cell.replicates,
            "truth": self.truth,
            "planned": asdict(self.planned),
            "refined": asdict(self.refined),
            "fixed": asdict(self.fixed),
            "rungs": self.rungs,
            "studies": self.studies,
            "covers": self.holds,
        }


def refined_cells() -> list[RefinedCell]:
    """List the cells."""
    return [
        RefinedCell(family=family, tolerance=tolerance, replicates=replicates)
        for family in FAMILIES
        for tolerance, replicates in product(family.tolerances, REPLICATES)
    ]


def calibrate_refined(cell: RefinedCell, *, studies: int, seed: int = 0) -> RefinedCalibration:
    """Simulate studies of a cell, and judge the three limits on the same studies.

    Args:
        cell: to simulate.
        studies: how many.
        seed: of the simulation.
    """
    random = generator(derive_seed("calibrate", cell.name, seed))
    candidates = candidates_between(PLANNED, MOST)
    places = sorted({*PLANNED[1:], *candidates, *FIXED[1:]})
    change, base = cell.family.simulate(random, studies * cell.replicates, tuple(places))
    drawn = _Drawn(cell, change.reshape(studies, cell.replicates, -1), base.reshape(studies, -1), places)
    truth = cell.family.safe_share(cell.tolerance)
    refined, rungs = _refine(drawn, candidates)
    return RefinedCalibration(
        cell=cell,
        truth=truth,
        planned=judge(*drawn.limits(PLANNED[1:]), truth),
        refined=judge(*refined, truth),
        fixed=judge(*drawn.limits(FIXED[1:]), truth),
        rungs=rungs,
        studies=studies,
    )


@dataclass(frozen=True)
class _Drawn:
    """Simulated studies: change (studies, replicates, shares) and base (studies, replicates) at the shares."""

    cell: RefinedCell
    change: Floats
    base: Floats
    shares: list[float]

    def damage(self, shares: tuple[float, ...]) -> Floats:
        """Degradation at the control and at these shares."""
        columns = [self.shares.index(share) for share in shares]
        relative = self.change[..., columns] / self.base.mean(axis=1)[:, None, None]
        return np.concatenate([np.zeros((*self.base.shape, 1)), relative], axis=-1)

    def tests(self, shares: tuple[float, ...], levels: Levels) -> RungTests:
        """Test the rungs at these shares."""
        columns = [self.shares.index(share) for share in shares]
        excess = self.change[..., columns] - self.cell.tolerance * self.base[..., None]
        unseen = None
        if self.cell.family.all_or_nothing:
            unseen = np.array([unseen_share(self.cell.replicates, error=level) for level in levels.safe])
        return check_rungs(excess / self.base.mean(axis=1)[:, None, None], unseen=unseen, levels=levels)

    def limits(self, shares: tuple[float, ...]) -> tuple[Floats, Flags]:
        """The limit of each study on a ladder that adds nothing, and whether it is decided."""
        levels = one_level(len(shares))
        tests = self.tests(shares, levels)
        limits = self.limit(shares, tests, levels)
        return limits, (limits > 0) | tests.harmful[:, 0]

    def limit(self, shares: tuple[float, ...], tests: RungTests, levels: Levels) -> Floats:
        """The limit of each study, by the steps of the verdict."""
        if self.cell.family.all_or_nothing:
            return np.array((0.0, *shares))[tests.last_safe()]
        return refined_up_to(self.damage(shares), tests, (0.0, *shares), self.cell.tolerance, levels)

    def of(self, studies: list[int]) -> "_Drawn":
        """Some of the studies."""
        return _Drawn(self.cell, self.change[studies], self.base[studies], self.shares)


def _refine(drawn: _Drawn, candidates: list[float]) -> tuple[tuple[Floats, Flags], float]:
    """Let each study add its rungs; return its limit, whether it is decided, and the mean number of rungs."""
    every = tuple(sorted({*PLANNED[1:], *candidates}))
    tests = drawn.tests(every, split_levels(tuple(share in PLANNED for share in every), MOST))
    alike: dict[tuple[float, ...], list[int]] = {}
    for study, safe in enumerate(tests.safe):
        alike.setdefault(_tried(dict(zip(every, safe.tolist(), strict=True)), candidates), []).append(study)
    limits, decided = np.zeros(len(drawn.base)), np.zeros(len(drawn.base), dtype=bool)
    for tried, studies in alike.items():
        some, levels = drawn.of(studies), split_levels(tuple(share in PLANNED for share in tried), MOST)
        shown = some.tests(tried, levels)
        limits[studies] = some.limit(tried, shown, levels)
        decided[studies] = (limits[studies] > 0) | shown.harmful[:, levels.first]
    rungs = sum((1 + len(tried)) * len(studies) for tried, studies in alike.items()) / len(drawn.base)
    return (limits, decided), rungs


def _tried(safe: dict[float, bool], candidates: list[float]) -> tuple[float, ...]:
    """The shares that a study tries, where ``safe`` says what each would show."""
    tried, left = {0.0: True} | {share: safe[share] for share in PLANNED[1:]}, MOST
    while (share := next_share(sorted(tried.items()), candidates, left=left)) is not None:
        tried[share], left = safe[share], left - 1
    return tuple(sorted(tried))[1:]


def refined_rows(calibrated: list[RefinedCalibration]) -> Iterator[tuple[str, ...]]:
    """Yield the cells of a table, a line each."""
    for each in calibrated:
        cell = each.cell
        figures = [
            f"{figure:.2f}"
            for power in (each.planned, each.refined, each.fixed)
            for figure in (power.coverage, power.decided, power.limit)
        ]
        about = (cell.family.name, f"{cell.tolerance:g}", str(cell.replicates), f"{each.truth:.3f}")
        yield (*about, *figures[:3], f"{each.rungs:.1f}", *figures[3:], "" if each.holds else "fails")
