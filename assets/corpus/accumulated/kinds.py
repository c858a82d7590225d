"""The kinds of rows whose frequency is followed over batches: ranges of numbers, levels, cells of protected groups."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from outcross.assets.corpus.guards.counting import CodedRows, Counts
from outcross.assets.corpus.guards.profile import Profile

SPIKE = 0.05
"""Share of the anchor's rows from which on a single number is a kind of its own."""


@dataclass(frozen=True)
class Kinds:
    """The kinds of one column, or of the joint cells of the protected groups.

    Attributes:
        column: its name; of several columns, joined by ``×``.
        names: of the kinds, such as ``age at most 25``.
        known: (kinds,) rows of the anchor of each kind.
        of: rows of the anchor that any of them could be of.
        is_group: whether these are levels or cells of protected groups.
        is_cumulative: whether each kind contains the one before.
    """

    column: str
    names: tuple[str, ...]
    known: np.ndarray
    of: int
    is_group: bool
    is_cumulative: bool = False

    @property
    def size(self) -> int:
        """Number of counts of a batch: its kinds, and of numbers also the rows with a value."""
        return len(self.known) + 1


class AllKinds:
    """Every kind of row of a corpus, with the counts of its anchor.

    A number that no row of the anchor has is a kind as well: another unit, and generators that do not know which
    numbers there are, show in it. Of the anchor, the rows are counted whose number no other row has (Good 1953,
    Biometrika 40:237).

    Args:
        profile: of the anchor.
        anchor: its rows, or a sample of them, in which numbers are looked up.
    """

    def __init__(self, profile: Profile, anchor: CodedRows) -> None:
        self._profile = profile
        self._numbers = [np.unique(values[~np.isnan(values)], return_counts=True) for values in anchor.numeric]
        self.every: tuple[Kinds, ...] = tuple(self._find())

    def count(self, counts: Counts, coded: CodedRows) -> np.ndarray:
        """Count the rows of each kind: (sizes of all kinds together,) integers, which add up over batches.

        Args:
            counts: of the rows.
            coded: the rows.
        """
        profile, parts = self._profile, []
        for place, values in enumerate(coded.numeric):
            observed = counts.observed(profile.scales, place)
            parts.append([*counts.at_most[place][self._edges[place]], observed])
            parts.append([observed - int(np.isin(values, self._numbers[place][0]).sum()), observed])
        discrete = range(len(profile.schema.discrete))
        parts += [[*profile.merge_levels(counts, place, rows=profile.rows), counts.rows] for place in discrete]
        if len(self._cells):
            parts.append([*counts.cells[self._cells], counts.rows])
        return np.concatenate([np.asarray(each, dtype=np.int64) for each in parts])

    @cached_property
    def places(self) -> list[slice]:
        """Where the counts of each column are; its last count is that of the rows that could be of a kind."""
        ends = np.cumsum([kinds.size for kinds in self.every])
        return [slice(int(end) - kinds.size, int(end)) for kinds, end in zip(self.every, ends, strict=True)]

    @cached_property
    def _cells(self) -> np.ndarray:
        return np.flatnonzero(self._profile.counts.cells)

    @cached_property
    def _edges(self) -> list[np.ndarray]:
        """For each numeric column, the places of the edges: tenths, extremes, tails, and either side of a spike."""
        found = []
        for place, tails in enumerate(self._profile.tails):
            edges = self._profile.scales.edges[place]
            if not len(edges):
                found.append(np.zeros(0, dtype=np.int64))
                continue
            steps = np.diff(self._profile.counts.at_most[place], prepend=0)
            spikes = np.flatnonzero(steps >= SPIKE * self._profile.rows)
            ends = [0, 1, len(edges) - 1]
            beyond = [np.searchsorted(edges, np.nextafter(tails[0], -np.inf))] if tails[0] is not None else []
            beyond += [np.searchsorted(edges, tails[1])] if tails[1] is not None else []
            every = [*ends, *self._profile.tenths(place), *spikes, *(spikes - 1), *beyond]
            found.append(np.unique(np.clip(np.array(every, dtype=np.int64), 0, len(edges) - 1)))
        return found

    def _find(self) -> "list[Kinds]":
        profile, found = self._profile, []
        counts, scales, schema = profile.counts, profile.scales, profile.schema
        groups = {column.name for column in schema.groups}
        for place, column in enumerate(schema.numeric):
            chosen = self._edges[place]
            names = tuple(_name_edge(column.name, scales.edges[place], int(each)) for each in chosen)
            known = counts.at_most[place][chosen]
            found.append(Kinds(column.name, names, known, counts.observed(scales, place), False, True))
            times = self._numbers[place][1]
            once, named = np.array([(times == 1).sum()]), (f"{column.name} a number that the anchor lacks",)
            found.append(Kinds(column.name, named, once, int(times.sum()), False, True))
        for place, column in enumerate(schema.discrete):
            known = profile.merge_levels(counts, place, rows=profile.rows)
            levels = [f"{column.name}={level}" for level in scales.levels[place][: len(known) - 2]]
            names = (*levels, f"{column.name} another level", f"{column.name} is null")
            found.append(Kinds(column.name, names, known, profile.rows, column.name in groups))
        if len(self._cells):
            sizes = [scales.codes(place) for place in scales.cell_places]
            columns = [schema.discrete[place].name for place in scales.cell_places]
            names = tuple(
                " and ".join(
                    _name_level(profile, place, int(code))
                    for place, code in zip(scales.cell_places, np.unravel_index(cell, sizes), strict=True)
                )
                for cell in self._cells
            )
            found.append(Kinds("×".join(columns), names, counts.cells[self._cells], profile.rows, True))
        return found


def _name_edge(column: str, edges: np.ndarray, place: int) -> str:
    """Name the rows at or below an edge; of an edge just below another, the rows below that one."""
    edge = edges[place]
    above = edges[place + 1] if place + 1 < len(edges) else np.inf
    return f"{column} below {above:g}" if np.nextafter(edge, np.inf) == above else f"{column} at most {edge:g}"


def _name_level(profile: Profile, place: int, code: int) -> str:
    name, levels = profile.schema.discrete[place].name, profile.scales.levels[place]
    return f"{name}={levels[code]}" if code < len(levels) else f"{name} is null"
