"""A small trial of a study's steps in memory: how long they take, and what they leave in the store."""

import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from outcross.assets.anchor.make import make_anchor
from outcross.assets.artefacts import Artefacts, Slot
from outcross.assets.checks import has_checks
from outcross.assets.pool.make import make_pool
from outcross.assets.pool.read import pool_of
from outcross.assets.steps import run_checks, steps_of
from outcross.assets.study.dealing import rows_each
from outcross.assets.study.lineage import SHARED
from outcross.assets.study.study import Study
from outcross.jobs.trial.line import Line
from outcross.resources.compute import bounded_threads
from outcross.resources.store import Store

REPLICATES = 3
"""Fewest of the larger trial; the smaller one has a single replicate."""
MOST_REPLICATES = 50
LARGER_SECONDS = 5.0
"""Processor time that the larger trial may take to have more of them."""
LONG_ENOUGH = 10.0
"""Processor time of the smaller trial from which on there is no larger one: each replicate is then taken to cost as
much as the first, which it costs at most."""
WARM_UP_ROWS = 100
"""Rows of a first trial that is not timed: it loads the libraries."""
Work = dict[str, float]
"""Step → seconds; ``bytes`` → bytes in the store."""
BYTES = "bytes"


@dataclass(frozen=True, kw_only=True)
class StepsTrial:
    """What generations took, in processor time, so that what else the machine does at the moment has no part in it.

    Attributes:
        first: of generation 0 with one replicate.
        larger: of generation 0 with ``replicates``.
        later: of the first later generation with ``replicates``, of rows in the same number.
        replicates: of the two last.
    """

    first: Work
    larger: Work
    later: Work
    replicates: int

    def of_first(self, thing: str, replicates: int) -> float:
        """What a step of generation 0 takes with so many replicates, by a straight line through both trials."""
        return Line.through((1, self.first[thing]), (self.replicates, self.larger[thing])).at(replicates)

    def of_later(self, thing: str, replicates: int) -> float:
        """What a step of a later generation takes with so many replicates; it grows with them as in generation 0."""
        tried = self.of_first(thing, self.replicates)
        return self.later[thing] * (self.of_first(thing, replicates) / tried if tried else 1.0)


def try_study(study: Study, *, anchor_rows: int) -> StepsTrial:
    """Make the first generations of a study with few replicates, in memory; nothing is written.

    Args:
        study: a study whose generator runs in this process.
        anchor_rows: rows of its anchor.

    Raises:
        BadInput: a step cannot be made of these rows.
    """
    rows = study.rows or rows_each(anchor_rows, study.replicates, study.real_rows)
    with bounded_threads():
        with _in_memory(_smaller(study, 1, min(rows, WARM_UP_ROWS))) as artefacts:
            _time(artefacts)
        with _in_memory(_smaller(study, 1, rows)) as artefacts:
            first, later = _time(artefacts)
        took = sum(seconds for work in (first, later) for thing, seconds in work.items() if thing != BYTES)
        if took > LONG_ENOUGH or study.replicates == 1:
            return StepsTrial(first=first, larger=first, later=later, replicates=1)
        count = min(max(REPLICATES, min(int(LARGER_SECONDS / took), MOST_REPLICATES)), study.replicates)
        with _in_memory(_smaller(study, count, rows)) as artefacts:
            larger, later = _time(artefacts)
    return StepsTrial(first=first, larger=larger, later=later, replicates=count)


def _smaller(study: Study, replicates: int, rows: int) -> Study:
    """The same study with few replicates, of which nothing is dealt out that the whole one could not deal."""
    arms = {name: arm.model_copy(update={"lineages": 1}) for name, arm in study.arms.items()}
    settings: dict[str, Any] = {**dict(study), "arms": arms, "replicates": replicates, "rows": rows, "smaller_rows": ()}
    smaller = Study.model_construct(**settings)
    smaller._generators = study._generators
    return smaller


@contextmanager
def _in_memory(study: Study) -> Iterator[Artefacts]:
    store = Store(f"memory://trial-{uuid.uuid4().hex}")
    try:
        yield Artefacts(study, store)
    finally:
        store.filesystem.rm(store.path, recursive=True)


def _time(artefacts: Artefacts) -> tuple[Work, Work]:
    """Make generation 0, and the next of one planned lineage; return what each took."""
    make_anchor(artefacts)
    if pool_of(artefacts.study) is not None:
        make_pool(artefacts)
    before = _size(artefacts)
    first = _make(Slot(artefacts, 0, SHARED))
    first[BYTES] = _size(artefacts) - before
    following = _make(Slot(artefacts, 1, _planned(artefacts.study)))
    following[BYTES] = _size(artefacts) - before - first[BYTES]
    return first, following


def _planned(study: Study) -> str:
    """The planned lineage with the most synthetic rows, whose steps are the longest of those with as many rows."""
    fitted = [name for name in study.required_lineages if study.lineages[name].curation is None]
    return max(fitted or study.required_lineages, key=lambda name: study.lineages[name].mixing.share(1))


def _make(slot: Slot) -> Work:
    took: Work = {}
    for step in steps_of(slot.study):
        started = time.process_time()
        step.make(slot)
        if has_checks(step.thing, slot.generation):
            run_checks(step, slot)
        took[step.thing] = time.process_time() - started
    return took


def _size(artefacts: Artefacts) -> int:
    return int(artefacts.store.filesystem.du(artefacts.store.path))
