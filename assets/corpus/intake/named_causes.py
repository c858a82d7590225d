"""What was done to the columns of a batch, where that is plain: new levels, columns swapped, or another unit.

A guard says that a column is far from the anchor's. This module looks for the change that explains it: values of the
batch that, put back, are distributed as the anchor's. Without one, the rows come from elsewhere.
"""

import shlex
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial

import numpy as np
import polars as pl

from outcross.assets.corpus.guards.chance import kolmogorov_limit, variation_limit
from outcross.resources.schema import Column, Schema

FITS = 0.1
"""Distance up to which values are distributed as the anchor's; the bound of ``column_drift``."""
MUCH = 0.5
"""A change explains a distance if it leaves at most this part of it."""
MUCH_OF_FEW = 0.3
"""The same, of rows that lie far outside the anchor's range; it is below what one value in the middle leaves, ½."""
FEWEST_VALUES = 10
"""Different values far outside the anchor's range from which on they are a range; fewer stand for what is missing."""
MOST_COLUMNS = 60
"""Columns of one kind among which swapped ones are looked for."""
SHOWN_LEVELS = 3
_FACTORS = (
    10.0,
    100.0,
    1_000.0,
    1e6,
    60.0,
    3_600.0,
    24.0,
    7.0,
    12.0,
    52.0,
    365.25,
    2.2046226,
    1.609344,
    2.54,
    3.2808399,
)
_Change = tuple[str, Callable[[np.ndarray], np.ndarray]]


@dataclass(frozen=True, kw_only=True)
class Cause:
    """An explanation of what a guard found.

    Attributes:
        guard: that found it.
        column: its name.
        sentence: the explanation and what to do.
    """

    guard: str
    column: str
    sentence: str


@dataclass(frozen=True, kw_only=True)
class Found:
    """What guards found in the columns of a batch.

    Attributes:
        drifted: columns that are far from the anchor's.
        levels: discrete column → the levels that the anchor does not have, with the rows of each, most rows first.
        far: numeric column → (rows,) its values in rows that are held, because it lies far outside the anchor's range.
        corpus: name of the corpus, for the commands that are advised.
    """

    drifted: Collection[str] = ()
    levels: Mapping[str, pl.DataFrame] = field(default_factory=dict)
    far: Mapping[str, pl.Series] = field(default_factory=dict)
    corpus: str = "CORPUS"

    @property
    def columns(self) -> dict[str, str]:
        """Column → the first guard by name that found something in it."""
        by_guard = (("range", self.far), ("new_levels", self.levels), ("column_drift", self.drifted))
        return {name: guard for guard, names in by_guard for name in names}


def name_causes(rows: pl.DataFrame, real: pl.DataFrame, schema: Schema, found: Found) -> Iterator[Cause]:
    """Explain what guards found in columns, as far as it is plain.

    Args:
        rows: canonical rows of the batch, a few thousand.
        real: canonical rows of the anchor, likewise.
        schema: their columns.
        found: what guards found.
    """
    by_name, guards = {column.name: column for column in schema.columns}, found.columns
    explained = set[str]()
    for kind in (schema.numeric, schema.discrete):
        for cycle in _cycles(rows, real, [column.name for column in kind[:MOST_COLUMNS]], guards):
            explained.update(cycle)
            first = next(name for name in cycle if name in guards)
            told = _swapped([by_name[name].source_name for name in cycle])
            yield Cause(guard=guards[first], column=first, sentence=told)
    for name in (each for each in guards if each not in explained):
        if (sentence := _explain(by_name[name], rows, real, found)) is not None:
            yield Cause(guard=guards[name], column=name, sentence=sentence)


def _explain(column: Column, rows: pl.DataFrame, real: pl.DataFrame, found: Found) -> str | None:
    """Explain a column by itself; None where nothing can be said that its guard does not say."""
    name = column.name
    if name in found.levels:
        return _new_levels(found.levels[name], column, found.corpus)
    if name not in rows.columns or not rows.schema[name].is_numeric():
        return None
    old = _numbers(real[name])
    if (change := _find_change(_numbers(rows[name]), old, MUCH)) is not None:
        return _changed(column, "its values are", change, found.corpus)
    if name in found.far:
        return _far_values(column, found, old)
    return (
        f"column '{column.source_name}': no change of unit and no swap of columns explains it; the rows may come from "
        "other people or another time, or from a generator that is not known; ask their source"
    )


def _far_values(column: Column, found: Found, old: np.ndarray) -> str | None:
    """Explain values far outside the anchor's range; None of dates."""
    values = found.far[column.name]
    # A value for what is missing lies in few places, so that some change moves it to the middle of the anchor's.
    change = _find_change(_numbers(values), old, MUCH_OF_FEW)
    rows_far = f"in {len(values):,} rows that are held its values are"
    if change is not None:
        return _changed(column, rows_far, change, found.corpus)
    low, high = values.min(), values.max()
    if values.n_unique() < FEWEST_VALUES:
        return None
    if column.is_temporal or not isinstance(low, int | float) or not isinstance(high, int | float):
        return None
    accepted = _accept(found.corpus, "range", column, f"={low:g}..{high:g}")
    return (
        f"column '{column.source_name}': {rows_far} from {low:g} to {high:g}; correct them at the source, or accept "
        f"this range for good: {accepted}"
    )


def _numbers(values_of: pl.Series) -> np.ndarray:
    """Sort the finite values."""
    values = values_of.cast(pl.Float64).to_numpy()
    return np.sort(values[np.isfinite(values)])


def _cycles(rows: pl.DataFrame, real: pl.DataFrame, names: list[str], found: Collection[str]) -> Iterator[list[str]]:
    """Yield lists of columns, each with the values that belong into the next, and the last with those of the first."""
    if len(names) < 2 or set(names).isdisjoint(found):
        return
    measure = _distances if rows.schema[names[0]].is_numeric() else _variations
    distance, limit = measure(rows, real, names)
    best = {names[place]: names[int(np.argmin(distance[place]))] for place in range(len(names))}
    seen = set[str]()
    for start in (name for name in names if name in found):
        cycle = [start]
        while best[cycle[-1]] not in cycle:
            cycle.append(best[cycle[-1]])
        if best[cycle[-1]] != start or len(cycle) == 1 or start in seen:
            continue
        places = [names.index(name) for name in cycle]
        pairs = list(zip(places, [*places[1:], places[0]], strict=True))
        if all(distance[a, b] <= min(limit[a, b], MUCH * distance[a, a]) for a, b in pairs):
            seen.update(cycle)
            yield cycle


def _distances(rows: pl.DataFrame, real: pl.DataFrame, names: list[str]) -> tuple[np.ndarray, np.ndarray]:
    """Compute the Kolmogorov–Smirnov distance of each column of a batch from each of the anchor, and its limit."""
    new, old = ([_numbers(frame[name]) for name in names] for frame in (rows, real))
    distance = np.array([[_kolmogorov(a, b) for b in old] for a in new])
    limit = np.array([[_limit(len(a), len(b)) for b in old] for a in new])
    return distance, limit


def _kolmogorov(first: np.ndarray, second: np.ndarray) -> float:
    if not len(first) or not len(second):
        return 1.0
    every = np.concatenate([first, second])
    shares = (np.searchsorted(each, every, side="right") / len(each) for each in (first, second))
    return float(np.abs(next(shares) - next(shares)).max())


def _limit(rows: int, anchor_rows: int) -> float:
    return max(FITS, kolmogorov_limit(rows, anchor_rows)) if rows and anchor_rows else 0.0


def _variations(rows: pl.DataFrame, real: pl.DataFrame, names: list[str]) -> tuple[np.ndarray, np.ndarray]:
    """Compute the total variation of each column of a batch from each of the anchor, and its limit."""
    new, old = (
        [dict(frame[name].cast(pl.String).drop_nulls().value_counts().iter_rows()) for name in names]
        for frame in (rows, real)
    )
    distance, limit = np.ones((len(names), len(names))), np.zeros((len(names), len(names)))
    for (a, mine), (b, theirs) in ((x, y) for x in enumerate(new) for y in enumerate(old)):
        here, there = sum(mine.values()), sum(theirs.values())
        if here and there:
            shares = np.array(list(theirs.values())) / there
            levels = mine.keys() | theirs.keys()
            distance[a, b] = sum(abs(mine.get(x, 0) / here - theirs.get(x, 0) / there) for x in sorted(levels)) / 2
            limit[a, b] = max(FITS, variation_limit(shares, here, there))
    return distance, limit


def _swapped(columns: list[str]) -> str:
    remedy = "name the columns right at the source and send the file again"
    if len(columns) == 2:
        return f"columns '{columns[0]}' and '{columns[1]}' are swapped: each has the values of the other; {remedy}"
    which = ", ".join(f"'{a}' has those of '{b}'" for a, b in zip(columns, [*columns[1:], columns[0]], strict=True))
    return f"columns have each other's values: {which}; {remedy}"


def _changed(column: Column, whose: str, change: str, corpus: str) -> str:
    factor = _UNITS.get(change)
    accepted = (
        "" if factor is None else f", or accept it for good: {_accept(corpus, 'unit', column, f'={factor:.10g}')}"
    )
    return (
        f"column '{column.source_name}': {whose} distributed as the anchor's if they are {change}, so its unit has "
        f"changed; convert it at the source and send the file again{accepted}"
    )


def _accept(corpus: str, kind: str, column: Column, value: str) -> str:
    """Return the command that accepts a lasting change."""
    return f"outcross accept-change {corpus} --{kind} {shlex.quote(column.source_name + value)} --reason …"


_UNITS = {f"divided by {factor:,.7g}": factor for factor in _FACTORS} | {
    f"multiplied by {factor:,.7g}": 1 / factor for factor in _FACTORS
}
"""What was done to values → the factor by which they are larger than the anchor's."""


def _changes() -> Iterator[_Change]:
    for factor in _FACTORS:
        yield f"divided by {factor:,.7g}", partial(np.multiply, 1 / factor)
        yield f"multiplied by {factor:,.7g}", partial(np.multiply, factor)
    yield "converted from °F to °C", lambda values: (values - 32) / 1.8
    yield "converted from °C to °F", lambda values: values * 1.8 + 32
    yield "converted from kelvin to °C", lambda values: values - 273.15
    yield "converted from °C to kelvin", lambda values: values + 273.15
    yield "given the other sign", lambda values: np.sort(-values)


def _find_change(new: np.ndarray, old: np.ndarray, much: float) -> str | None:
    """Find the change that gives values the anchor's distribution; None where none leaves at most ``much`` of it."""
    if not len(new) or not len(old):
        return None
    before = _kolmogorov(new, old)
    found = [(_kolmogorov(back(new), old), words) for words, back in _changes()]
    after, words = min(found)
    return words if after <= min(_limit(len(new), len(old)), much * before) else None


def _new_levels(fresh: pl.DataFrame, column: Column, corpus: str) -> str:
    shown = ", ".join(f"'{level}' ({count:,} rows)" for level, count in fresh.head(SHOWN_LEVELS).iter_rows())
    more = f", and {fresh.height - SHOWN_LEVELS:,} more" if fresh.height > SHOWN_LEVELS else ""
    return (
        f"column '{column.source_name}': the anchor has no {shown}{more}; correct the spelling at the source, release "
        "the batch with a reason where the level is new, or accept it for good: "
        + _accept(corpus, "level", column, f"={fresh[0, 0]}")
    )
