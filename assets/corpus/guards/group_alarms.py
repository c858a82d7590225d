"""Groups whose own real rows a guard of texts or pictures would hold: its alarm is no evidence against their rows.

A group is a level of a protected group, or a script of texts. It is asked only where a guard alarms. Rows of the
holdout, to which no model was fitted, are cut into clean batches as large as the group is in the batch. Where the guard
alarms for those of the group more often than for those of all rows, it abstains for the group: it is measured again
without the group's rows.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import polars as pl

from outcross.assets.corpus.guards.bounds import GuardSetting, apply_bounds, is_within_bounds
from outcross.assets.corpus.guards.chance import lies_above
from outcross.assets.corpus.guards.measures import pictures, texts
from outcross.assets.corpus.guards.measures.contract import Batch, Measure, Reading
from outcross.assets.corpus.guards.measures.texts import FEWEST_ROWS
from outcross.assets.instruments.scripts import main_script
from outcross.resources.seeds import derive_seed, generator

MOST_BATCHES = 4
"""Most clean batches of a group that a guard is tried on, and of all rows."""
MOST_ROWS = 1_000
"""Most rows of a clean batch: with more, chance widens bounds little."""
SCRIPT, LANGUAGE = "script", "language"
"""Groups of texts by their script, and the guard of the shares of scripts: it abstains for none of them."""


@dataclass(frozen=True)
class Abstention:
    """What a guard does not look into, and why."""

    guard: str
    why: str


def spare_groups(
    readings: Sequence[Reading], batch: Batch, real: pl.DataFrame, settings: Mapping[str, GuardSetting]
) -> tuple[list[Reading], list[Abstention]]:
    """Measure guards of texts and pictures that alarm again, without the groups that they abstain for.

    Args:
        readings: of the batch.
        batch: the input of the measures.
        real: canonical rows of the holdout.
        settings: the corpus's changes to guards.
    """
    found, told = list(readings), list[Abstention]()
    for there, measure in ((batch.texts, texts.measure), (batch.pictures, pictures.measure)):
        if there is not None and _alarms(found, settings):
            search = _Search(measure, batch, real, settings)
            for guards, levels in search.find():
                found = search.measure_again(found, guards, levels)
                told += search.tell(guards, levels)
    return found, told


def _alarms(readings: Sequence[Reading], settings: Mapping[str, GuardSetting]) -> set[str]:
    """Return the guards with a reading beyond its bounds."""
    return {vital.check for vital in apply_bounds(readings, settings) if not is_within_bounds(vital)}


class _Search:
    """The search for the groups that guards abstain for."""

    def __init__(
        self, measure: Measure, batch: Batch, real: pl.DataFrame, settings: Mapping[str, GuardSetting]
    ) -> None:
        self._measure, self._batch, self._settings = measure, batch, settings
        order = generator(derive_seed("clean batches", batch.seed)).permutation(real.height)
        self._rows, self._real = batch.scanned.others, real[order]
        self._levels = self._find_levels(self._rows)
        self._whole: dict[int, tuple[dict[str, int], int]] = {}
        self._why: dict[tuple[str, str], str] = {}

    def find(self) -> Iterator[tuple[list[str], frozenset[str]]]:
        """Find guards that alarm and abstain, with the groups that they abstain for; one set of groups at a time."""
        known = self._find_levels(self._real)
        tried = {
            level: known[level]
            for level in self._levels
            if level in known and FEWEST_ROWS <= len(known[level]) < self._real.height
        }
        alarms = sorted(_alarms(self._own, self._settings)) if tried else []
        spared: dict[str, set[str]] = {guard: set() for guard in alarms}
        for level, real in tried.items() if alarms else ():
            size = int(np.clip(len(self._levels[level]), FEWEST_ROWS, min(len(real), MOST_ROWS)))
            hits, of = self._count(self._real[real], size)
            for guard in alarms:
                of_itself = guard == LANGUAGE and level.startswith(f"{SCRIPT}=")
                if hits.get(guard) and not of_itself and self._exceeds(guard, level, hits[guard], of, size):
                    spared[guard].add(level)
        for levels in dict.fromkeys(frozenset(each) for each in spared.values() if each):
            yield [guard for guard in alarms if spared[guard] == levels], levels

    def measure_again(self, readings: list[Reading], guards: list[str], levels: frozenset[str]) -> list[Reading]:
        """Replace the readings of guards by those without the rows of some groups."""
        left = np.ones(self._rows.height, dtype=bool)
        for level in levels:
            left[self._levels[level]] = False
        again = [each for each in self._readings(self._rows.filter(left)) if _is_of(each, guards)]
        earlier = {(each.guard, each.metric, each.group) for each in self._own if _is_of(each, guards)}
        return [each for each in readings if (each.guard, each.metric, each.group) not in earlier] + again

    def tell(self, guards: list[str], levels: frozenset[str]) -> Iterator[Abstention]:
        """Say what guards do not look into."""
        for level in sorted(levels):
            yield from (Abstention(guard, self._why[guard, level]) for guard in guards)

    def _exceeds(self, guard: str, level: str, hits: int, of: int, size: int) -> bool:
        """Whether a guard alarms for a group more often than for all; note how often."""
        if size not in self._whole:
            self._whole[size] = self._count(self._real, size)
        alarms, batches = self._whole[size]
        every = alarms.get(guard, 0)
        what = "texts" if self._measure is texts.measure else "pictures"
        self._why[guard, level] = (
            f"{what} of {level} are not looked into: {hits} of {of} clean batches of its real rows would be held, and "
            f"{every} of {batches} of all"
        )
        return lies_above(hits, of, every / batches)

    def _count(self, real: pl.DataFrame, size: int) -> tuple[dict[str, int], int]:
        """Count, for each guard, the clean batches of a size for which it alarms; also return their number."""
        batches, hits = min(real.height // size, MOST_BATCHES), dict[str, int]()
        for number in range(batches):
            for guard in _alarms(self._readings(real[number * size : (number + 1) * size]), self._settings):
                hits[guard] = hits.get(guard, 0) + 1
        return hits, batches

    def _readings(self, rows: pl.DataFrame) -> list[Reading]:
        """Measure rows as those of a batch that are not declared synthetic."""
        scanned = replace(self._batch.scanned, others=rows, declared_synthetic=rows.clear())
        return list(self._measure(replace(self._batch, scanned=scanned)))

    @cached_property
    def _own(self) -> list[Reading]:
        return self._readings(self._rows)

    def _find_levels(self, rows: pl.DataFrame) -> dict[str, np.ndarray]:
        """Return the places of the rows of each group."""
        of = {column.name: rows[column.name] for column in self._batch.profile.schema.groups}
        if self._measure is texts.measure and self._batch.texts is not None:
            of[SCRIPT] = main_script(rows[self._batch.texts.column])
        return {
            f"{name}={level}": np.flatnonzero((values == level).fill_null(False).to_numpy())
            for name, values in of.items()
            for level in values.drop_nulls().unique().sort()
        }


def _is_of(reading: Reading, guards: Sequence[str]) -> bool:
    """Whether a reading is of one of the guards, or the interval of its reading."""
    return reading.guard in guards or (reading.guard == "drift_interval" and "drift" in guards)
