"""Studies of a pool whose errors have a closed form: the mean of n real rows, and of a mix with rows made elsewhere.

The real rows are N(0, 1) in every column and those of the pool N(b, 1). A mix of r real and m synthetic rows has the
bias p·b, p = m/(r + m), so the squared error of its mean is p²·b² + 1/(r + m). Added to all n real rows it is least at
p = 1/(2nb²), where it lies 1/(4nb²) below that of real rows alone, and equal to it at p = 1/(nb²).

A learner that is trained too briefly comes only so far towards the mean, and further with more rows. Its real rows have
the mean 1, of which it reaches the part f = 1 − ρ^(rows/n); a biased pool lies on its other side.
"""

from dataclasses import dataclass

import numpy as np

from outcross.assets.verdict.benefit.worth import CURVE
from outcross.assets.verdict.dose_response import Floats

Random = np.random.Generator
_COLUMNS = 20
"""Columns whose squared errors are averaged: one alone varies as χ² with one degree of freedom."""


@dataclass(frozen=True)
class Errors:
    """Squared errors of replicates, in units of 1/n.

    Attributes:
        real: (replicates,) with the n real rows alone.
        repeated: (replicates, rungs) with real rows repeated to the rows of each mix.
        mix: (replicates, rungs).
        curve: (replicates, 3) with each part of ``CURVE`` of the real rows.
    """

    real: Floats
    repeated: Floats
    mix: Floats
    curve: Floats


@dataclass(frozen=True, kw_only=True)
class PoolFamily:
    """One kind of pool.

    Attributes:
        name: of the family.
        bias: n·b².
        added: whether synthetic rows are added to all real ones; otherwise they take their place.
        shares: synthetic share of each rung.
        remaining: ρ, what a pass over n rows leaves of the way; 0 where the learner is trained to the end.
        copies: whether the pool is a copy of the real rows.
        rows: n.
    """

    name: str
    bias: float = 0.0
    added: bool = True
    shares: tuple[float, ...] = (0.1, 0.2, 0.3, 0.45, 0.6)
    remaining: float = 0.0
    copies: bool = False
    rows: int = 100

    def synthetic(self, share: float) -> int:
        """Return m, the synthetic rows of a rung."""
        return round(self.rows * (share / (1 - share) if self.added else share))

    def real(self, share: float) -> int:
        """Return r, the real rows of a rung."""
        return self.rows if self.added else self.rows - self.synthetic(share)

    @property
    def best_alternative(self) -> Floats:
        """Expected error of the best that real rows alone can do at each rung: (rungs,)."""
        return np.minimum(self._expected(self.rows, self.rows, 0.0), [self._repeated(each) for each in self.shares])

    @property
    def expected(self) -> Floats:
        """Expected error of each mix: (rungs,)."""
        found = []
        for share in self.shares:
            real, synthetic = self.real(share), self.synthetic(share)
            if self.copies:
                found.append(self._copied(real, synthetic))
            else:
                together = real + synthetic
                away = np.sqrt(self.bias) * (-1 if self.remaining else 1)
                found.append(self._expected(together, together, synthetic / together * away))
        return np.array(found)

    @property
    def worths(self) -> Floats:
        """What a synthetic row is worth at each rung, where the learner is trained to the end: (rungs,)."""
        made = np.array([self.synthetic(each) for each in self.shares]) / self.rows
        kept = np.array([self.real(each) for each in self.shares]) / self.rows
        result: Floats = (1 / self.expected - kept) / made
        return result

    def simulate(self, random: Random, replicates: int) -> Errors:
        """Draw the errors of replicates that each have real rows and a pool of their own."""
        n, size = self.rows, (replicates, _COLUMNS)
        sums: dict[int, Floats] = {0: np.zeros(size)}
        marks = sorted({*(round(n * part) for part in CURVE), *(self.real(each) for each in self.shares)})
        if self.copies:
            marks = sorted({*marks, *(self.synthetic(each) % n for each in self.shares)} - {0})
        for before, mark in zip([0, *marks], marks, strict=False):
            sums[mark] = sums[before] + np.sqrt(mark - before) * random.standard_normal(size)
        pool, made, mixes = np.zeros(size), 0, []
        away = np.sqrt(self.bias / n) * (-1 if self.remaining else 1)
        for share in self.shares:
            real, synthetic = self.real(share), self.synthetic(share)
            pool = pool + np.sqrt(synthetic - made) * random.standard_normal(size)
            made = synthetic
            drawn = synthetic // n * sums[n] + sums[synthetic % n] if self.copies else pool + synthetic * away
            mixes.append(self._error((sums[real] + drawn) / (real + synthetic), real + synthetic))
        repeats = [self._error(sums[n] / n, self.real(each) + self.synthetic(each)) for each in self.shares]
        parts = [round(n * part) for part in CURVE]
        return Errors(
            real=self._error(sums[n] / n, n),
            repeated=np.stack(repeats, axis=1),
            mix=np.stack(mixes, axis=1),
            curve=np.stack([self._error(sums[part] / part, part) for part in parts], axis=1),
        )

    def _error(self, mean: Floats, steps: int) -> Floats:
        """Squared error of the learner's mean, in units of 1/n: (replicates,)."""
        result: Floats = ((self._reached(steps) * (mean + self._target) - self._target) ** 2).mean(axis=1) * self.rows
        return result

    def _expected(self, rows: int, steps: int, shift: float) -> float:
        """Expected error with ``rows`` different rows whose mean is off by ``shift``/√n, after ``steps`` rows."""
        reached, target = self._reached(steps), self._target * np.sqrt(self.rows)
        return float((reached * (target + shift) - target) ** 2 + reached**2 * self.rows / rows)

    def _repeated(self, share: float) -> float:
        return self._expected(self.rows, self.real(share) + self.synthetic(share), 0.0)

    def _copied(self, real: int, synthetic: int) -> float:
        """Expected error where the first real rows are counted once more: unequal weights vary more."""
        again, rest = divmod(synthetic, self.rows)
        weights = np.array([again + 1 + (row < rest) for row in range(self.rows)], dtype=float)
        if real < self.rows:
            weights[real:] -= 1
        steps = real + synthetic
        reached, target = self._reached(steps), self._target * np.sqrt(self.rows)
        variance = self.rows * float((weights**2).sum()) / steps**2
        return float((reached * target - target) ** 2 + reached**2 * variance)

    def _reached(self, steps: int) -> float:
        return 1 - self.remaining ** (steps / self.rows) if self.remaining else 1.0

    @property
    def _target(self) -> float:
        return 1.0 if self.remaining else 0.0


_REPLACED = (0.1, 0.2, 0.4, 0.6, 0.8)
POOLS = (
    PoolFamily(name="added, unbiased"),
    PoolFamily(name="added, nb²=1.25", bias=1.25),
    PoolFamily(name="added, nb²=2", bias=2.0),
    PoolFamily(name="added, nb²=4", bias=4.0),
    PoolFamily(name="added, nb²=12, no share helps", bias=12.0),
    PoolFamily(name="in place, nb²=1.25, no share helps", bias=1.25, added=False, shares=_REPLACED),
    PoolFamily(name="copy of the real rows", copies=True),
    PoolFamily(name="copy, trained too briefly", copies=True, remaining=0.1),
    PoolFamily(name="nb²=12, trained too briefly", bias=12.0, remaining=0.1),
)
