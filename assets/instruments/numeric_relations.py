"""Orders and equations between numeric columns: a ≤ b, a = k·b, a = b + c."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from typing import Self

import numpy as np
import polars as pl

from outcross.resources.schema import Column
from outcross.resources.seeds import derive_seed, generator

CHANCE = 0.05
"""Smallest share of rows that would break an order if the columns were independent: with less, it is trivial."""
EXPECTED = 20
"""Smallest number of rows that would break it so; zero of 20 happens once in 10⁹ pairs."""
MOST_ORDERS = 200
"""Most orders, those that chance breaks most often."""
MOST_EQUATIONS = 200
"""Most equations, in the order of the columns."""
SCREENED, SLIPS = 64, 2
"""About as many rows every pair is compared in first, and so many of them may break an order."""
MOST_COLUMNS = 1_000
"""Most columns that are compared."""
QUANTILES = 20
"""Quantiles of a column from which chance is estimated."""
FEWEST_VALUES = 10
"""Fewest different values of a column in an equation."""
OFTEN = 0.05
"""Smallest share of rows in which each part of a sum is not zero."""
PROBES, PROBE_ROWS = 5, 12
"""Samples of rows, and rows of each, in which sums are looked up."""
EXACT = 1e-9
"""Relative difference of floats that count as equal."""
MOST_DECIMALS = 6


@dataclass(frozen=True)
class Numbers:
    """The numeric columns of some rows.

    Attributes:
        columns: that vary.
        values: (rows, columns) float64, NaN for a missing value.
        rounding: (columns,) half a unit of the last decimal that a column has; 0 for floats of more decimals.
    """

    columns: tuple[Column, ...]
    values: np.ndarray
    rounding: np.ndarray

    @classmethod
    def read(cls, rows: pl.DataFrame, columns: Sequence[Column]) -> Self:
        """Read the columns that vary."""
        kept, read = [], []
        for column in columns[:MOST_COLUMNS]:
            numbers = _numbers(rows, column.name)
            present = numbers[np.isfinite(numbers)]
            if len(present) and present.min() < present.max():
                kept.append(column)
                read.append(numbers)
        values = np.column_stack(read) if read else np.empty((rows.height, 0))
        return cls(tuple(kept), values, np.array([_rounding(column) for column in values.T]))


@dataclass(frozen=True)
class Order:
    """One column is at most another."""

    low: str
    high: str
    temporal: bool

    @property
    def name(self) -> str:
        """What is wrong with a row that breaks it."""
        return f"`{self.high}` {'before' if self.temporal else 'below'} `{self.low}`"

    def broken(self, rows: pl.DataFrame) -> np.ndarray:
        """Return (rows,) whether each row has them the other way round."""
        wrong: np.ndarray = _numbers(rows, self.low) > _numbers(rows, self.high)
        return wrong


@dataclass(frozen=True)
class Equation:
    """One column is the sum of others, each times a constant, within rounding."""

    total: str
    parts: tuple[tuple[str, float], ...]
    rounding: float

    @property
    def name(self) -> str:
        """What is wrong with a row that breaks it."""
        parts = " + ".join(f"`{name}`" if factor == 1 else f"{factor:.6g} · `{name}`" for name, factor in self.parts)
        return f"`{self.total}` not {parts}"

    def broken(self, rows: pl.DataFrame) -> np.ndarray:
        """Return (rows,) whether each row has another total; a row with a missing value keeps it."""
        total = _numbers(rows, self.total)
        parts = np.column_stack([factor * _numbers(rows, name) for name, factor in self.parts])
        size = np.maximum(np.abs(total), np.abs(parts).max(axis=1))
        wrong: np.ndarray = np.abs(total - parts.sum(axis=1)) > self.rounding * (1 + 1e-6) + EXACT * size
        return wrong


def find_orders(numbers: Numbers, *, holds: float) -> list[Order]:
    """Find the pairs of one kind of which one is at most the other, though at random it would not be."""
    width = len(numbers.columns)
    if width < 2:
        return []
    grid = np.nanquantile(numbers.values, (np.arange(QUANTILES) + 0.5) / QUANTILES, axis=0)
    found: list[tuple[float, int, int]] = []
    for low in range(width):
        comparable = np.array([_comparable(numbers.columns[low], other) for other in numbers.columns])
        chance = (grid[:, low, None, None] > grid[None]).mean(axis=(0, 1))
        others = np.flatnonzero(comparable & (chance >= CHANCE) & (np.arange(width) != low))
        found += [(float(chance[high]), low, int(high)) for high in _holding(numbers, low, others, chance, holds)]
    ranked = sorted(found, key=lambda each: (-each[0], each[1], each[2]))[:MOST_ORDERS]
    return [
        Order(numbers.columns[low].name, numbers.columns[high].name, numbers.columns[low].is_temporal)
        for _, low, high in ranked
    ]


def _holding(numbers: Numbers, low: int, others: np.ndarray, chance: np.ndarray, holds: float) -> Iterator[int]:
    """Yield the columns that are at least another in enough rows, and above it in some; a few rows are asked first."""
    values = numbers.values
    some = values[:: max(1, len(values) // SCREENED)]
    others = others[(some[:, low, None] > some[:, others]).sum(axis=0) <= SLIPS]
    x, y = values[:, low, None], values[:, others]
    present, apart = (np.isfinite(x) & np.isfinite(y)).sum(axis=0), (x < y).sum(axis=0)
    enough = ((x > y).sum(axis=0) <= (1 - holds) * present) & (apart > (1 - holds) * present)
    yield from others[enough & (present * chance[others] >= EXPECTED)].tolist()


def find_equations(numbers: Numbers, *, holds: float, seed: int) -> list[Equation]:
    """Find the columns that are another times a constant, or the sum of two others."""
    places = [place for place, column in enumerate(numbers.values.T) if _varies(column)]
    if len(places) < 2:
        return []
    columns = tuple(numbers.columns[place] for place in places)
    chosen = Numbers(columns, numbers.values[:, places], numbers.rounding[places])
    found = chain(_find_ratios(chosen, holds), _find_sums(chosen, holds, seed))
    return list(islice(found, MOST_EQUATIONS))


def _find_ratios(numbers: Numbers, holds: float) -> Iterator[Equation]:
    filled = np.nan_to_num(numbers.values, nan=0.0)
    lengths = np.sqrt((filled**2).sum(axis=0))
    unit = filled / np.where(lengths > 0, lengths, 1.0)
    parallel = np.abs(np.triu(unit.T @ unit, 1)) > 1 - 1e-3
    for base, total in zip(*np.nonzero(parallel), strict=True):
        one, other = numbers.columns[base], numbers.columns[total]
        present = np.isfinite(numbers.values[:, [base, total]]).all(axis=1)
        x, y = numbers.values[present, base], numbers.values[present, total]
        nonzero = x != 0
        if not nonzero.any():
            continue
        exact = float(np.median(y[nonzero] / x[nonzero]))
        for factor in dict.fromkeys((1.0, float(f"{exact:.4g}"), float(f"{exact:.9g}"))):
            if factor != 1 and (one.is_temporal or other.is_temporal):
                continue
            equation = Equation(other.name, ((one.name, factor),), float(numbers.rounding[total]))
            if _comparable(one, other) and _keeps(equation, numbers, holds):
                yield equation
                break


def _find_sums(numbers: Numbers, holds: float, seed: int) -> Iterator[Equation]:
    """Look each sum of two columns up among the columns, in a random projection of few rows; then compare all rows."""
    candidates: dict[tuple[int, int, int], None] = {}
    for probe in range(PROBES):
        candidates |= dict.fromkeys(_sums_in_some_rows(numbers, derive_seed("sums", probe, seed)))
    names = [column.name for column in numbers.columns]
    nonzero = np.array([(column != 0)[np.isfinite(column)].mean() for column in numbers.values.T])
    for one, other, total in sorted(candidates):
        temporal = [numbers.columns[place].is_temporal for place in (one, other, total)]
        fits = sum(temporal[:2]) == temporal[2] and min(nonzero[one], nonzero[other]) >= OFTEN
        equation = Equation(names[total], ((names[one], 1.0), (names[other], 1.0)), float(numbers.rounding[total]))
        if fits and _keeps(equation, numbers, holds):
            yield equation


def _sums_in_some_rows(numbers: Numbers, seed: int) -> list[tuple[int, int, int]]:
    stream = generator(seed)
    values = numbers.values[stream.integers(len(numbers.values), size=PROBE_ROWS)]
    whole = np.flatnonzero(np.isfinite(values).all(axis=0))
    weights = stream.normal(size=PROBE_ROWS)
    projected, sizes = weights @ values[:, whole], np.abs(weights) @ np.abs(values[:, whole])
    order = np.argsort(projected)
    ordered = projected[order]
    ones, others = np.triu_indices(len(whole), 1)
    sums = projected[ones] + projected[others]
    slack = 1e-10 * (sizes[ones] + sizes[others]) + 1e-12
    first, last = np.searchsorted(ordered, sums - slack), np.searchsorted(ordered, sums + slack, side="right")
    return [
        (int(whole[ones[pair]]), int(whole[others[pair]]), int(whole[place]))
        for pair in np.flatnonzero(last > first)
        for place in order[first[pair] : last[pair]]
        if place not in (ones[pair], others[pair])
    ]


def _keeps(equation: Equation, numbers: Numbers, holds: float) -> bool:
    """Return whether enough rows that have all values keep an equation, and at random they would not."""
    places = {column.name: place for place, column in enumerate(numbers.columns)}
    used = [equation.total, *(name for name, _ in equation.parts)]
    frame = pl.DataFrame({name: numbers.values[:, places[name]] for name in used})
    frame = frame.filter(np.isfinite(frame.to_numpy()).all(axis=1))
    if frame.height < EXPECTED or equation.broken(frame).mean() > 1 - holds:
        return False
    turned = np.roll(frame[equation.total].to_numpy(), frame.height // 3 + 1)
    return bool(equation.broken(frame.with_columns(pl.Series(equation.total, turned))).mean() >= CHANCE)


def _comparable(one: Column, other: Column) -> bool:
    """Return whether two columns are of one kind: dates and times of one unit, or numbers."""
    return (one.kind if one.is_temporal else None, one.unit) == (other.kind if other.is_temporal else None, other.unit)


def _varies(column: np.ndarray) -> bool:
    return len(np.unique(column[np.isfinite(column)])) >= FEWEST_VALUES


def _numbers(rows: pl.DataFrame, name: str) -> np.ndarray:
    values: np.ndarray = rows[name].cast(pl.Float64).to_numpy()
    return values


def _rounding(column: np.ndarray) -> float:
    """Return half a unit of the last decimal of a column; 0 if it has more than six."""
    present = column[np.isfinite(column)]
    for decimals in range(MOST_DECIMALS + 1):
        if np.allclose(np.round(present, decimals), present, rtol=1e-12, atol=1e-9):
            return 0.5 * 10.0**-decimals
    return 0.0
