"""A small trial of a learner on real rows: whether it runs, what it scores, and how long a training takes."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self

import numpy as np
import polars as pl

from outcross.assets.study.learners.contract import PREFIX, Learner, Lesson
from outcross.assets.study.learners.external import TrainedExternal
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
class Trial:
    """What a learner did on a few real rows.

    Attributes:
        rows: that the longer of two trainings had.
        seconds: that it took, judging included.
        fixed: seconds of any training, by a straight line through both.
        a_row: seconds of each training row, by that line.
        scores: name, without ``learner_``, → what it scored on other real rows of the anchor.
    """

    rows: int
    seconds: float
    fixed: float
    a_row: float
    scores: Mapping[str, float] = field(default_factory=dict)

    def expected(self, rows: int) -> float:
        """Return the seconds that a training on so many rows may take."""
        return self.fixed + self.a_row * rows


def try_learner(learner: Learner, rows: TrialRows, *, undeclared: bool) -> Trial:
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
    a_row = max(0.0, (longer - shorter) / max(1, most - few))
    return Trial(rows=most, seconds=longer, fixed=max(0.0, longer - a_row * most), a_row=a_row, scores=scores)


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


def commands_of(words: list[str]) -> dict[str, list[str]]:
    """Return the two commands of a program, as a study file states them."""
    own = [word.replace("{", "{{").replace("}", "}}") for word in words]
    return {
        "train": [*own, "train", "{train}", "{model}", "{seed}"],
        "judge": [*own, "judge", "{model}", "{test}", "{out}"],
    }
