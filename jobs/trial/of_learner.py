"""A small trial of a learner on real rows: whether it runs, what it scores, and how long a training takes."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self

import numpy as np
import polars as pl

from outcross.assets.study.learners.contract import PREFIX, Learner, Lesson
from outcross.assets.study.learners.external import TrainedExternal
from outcross.jobs.trial.line import Line
from outcross.resources.carried.carried import Carried
from outcross.resources.compute import bounded_threads
from outcross.resources.schema import Schema
from outcross.resources.seeds import derive_seed, generator

ROWS = 400
"""Most rows that a trial trains on."""
_SMALLER = 4
"""How many times fewer rows the shorter of its two trainings has."""


@dataclass(frozen=True, kw_only=True)
class TrialRows:
    """Real rows for a trial.

    Attributes:
        rows: canonical rows, the schema's columns.
        schema: the columns.
        carried: the same rows as they came; None where none are carried.
    """

    rows: pl.DataFrame
    schema: Schema
    carried: Carried | None

    def take(self, places: np.ndarray) -> Self:
        """Return the rows at these places."""
        carried = None if self.carried is None else self.carried.take(places)
        return type(self)(rows=self.rows[places.tolist()], schema=self.schema, carried=carried)


@dataclass(frozen=True, kw_only=True)
class LearnerTrial:
    """What a learner did on a few real rows.

    Attributes:
        rows: that the longer of two trainings had.
        seconds: that it took, judging included.
        line: seconds of a training by its rows.
        scores: name, without ``learner_``, → what it scored on other real rows of the anchor.
    """

    rows: int
    seconds: float
    line: Line
    scores: Mapping[str, float] = field(default_factory=dict)


def try_learner(learner: Learner, rows: TrialRows, *, undeclared: bool) -> LearnerTrial:
    """Train on a few rows of the anchor and judge on others of it; the holdout has no part in it.

    Args:
        learner: to try.
        rows: of the anchor.
        undeclared: whether every score that a program writes is wanted, and not those alone that it declares.

    Raises:
        BadInput: training or judging failed, took too long, or gave no score.
    """
    count = rows.rows.height
    order = generator(derive_seed("trial of a learner", count)).permutation(count)
    most = max(2, min(ROWS, count // 2))
    few = max(2, most // _SMALLER)
    test = rows.take(order[most : 2 * most])
    with bounded_threads():
        if not learner.asks_outside:  # the first training also loads the libraries
            _run(learner, rows.take(order[:few]), test, undeclared=undeclared)
        shorter, _ = _run(learner, rows.take(order[:few]), test, undeclared=undeclared)
        longer, scores = _run(learner, rows.take(order[:most]), test, undeclared=undeclared)
    line = Line.through((few, shorter), (most, longer))
    return LearnerTrial(rows=most, seconds=longer, line=line, scores=scores)


def _run(learner: Learner, rows: TrialRows, test: TrialRows, *, undeclared: bool) -> tuple[float, dict[str, float]]:
    started = _clock(learner)
    lesson = Lesson(rows=rows.rows, weights=np.ones(rows.rows.height), schema=rows.schema, seed=0, carried=rows.carried)
    trained = learner.train(lesson)
    try:
        if undeclared and isinstance(trained, TrainedExternal):
            scores = trained.discover(test.rows, test.carried)
        else:
            found = [each for each in trained.judge_carried(test.rows, test.carried) if each.about == ""]
            scores = {each.metric.removeprefix(PREFIX): each.value for each in found}
        return _clock(learner) - started, scores
    finally:
        trained.close()


def _clock(learner: Learner) -> float:
    """The time that a learner takes: a program outside by the clock, any other by this process's own processor time."""
    return time.perf_counter() if learner.asks_outside else time.process_time()
