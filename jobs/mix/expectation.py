"""How long a mix will take: its trainings by a trial, its other steps by their number."""

from dataclasses import dataclass

from outcross.assets.study.dealing import rows_each
from outcross.assets.study.study import Study
from outcross.jobs.trial.duration import in_words
from outcross.jobs.trial.machine import START_SECONDS, STEP_SECONDS, processes
from outcross.jobs.trial.of_learner import LearnerTrial

_STEPS_A_GENERATION = 4
"""Dataset, model, rows of the pool, evaluation."""


@dataclass(frozen=True, kw_only=True)
class Expectation:
    """What a mix asks of the machine.

    Attributes:
        trainings: of the learner, each judged.
        seconds: that they and the other steps may take on this machine.
        said: both in words, and how they are known.
    """

    trainings: int
    seconds: float
    said: str


def expect(study: Study, trial: LearnerTrial, *, anchor_rows: int, workers: int | None) -> Expectation:
    """Estimate the work of a study that has a learner, from a trial of it.

    Args:
        study: its settings.
        trial: of its learner.
        anchor_rows: rows of the anchor.
        workers: processes that run lineages; one per core by default.
    """
    rows = study.rows or rows_each(anchor_rows, study.replicates, study.real_rows)
    sizes = [rows] * study.replicates
    for lineage in study.lineages.values():
        for generation in range(1, study.generations):
            sizes += [lineage.mixing.dataset_rows(rows, generation)] * len(lineage.replicates)
    count = processes(workers, len(study.lineages))
    steps = _STEPS_A_GENERATION * (1 + len(study.lineages) * (study.generations - 1))
    seconds = START_SECONDS + (sum(map(trial.line.at, sizes)) + steps * STEP_SECONDS) / count
    said = (
        f"Expected: about {in_words(seconds)}, for {len(sizes):,} trainings on up to {max(sizes):,} rows. That is "
        f"measured by a trial, whose training on {trial.rows:,} rows took {trial.seconds:.2g} s."
    )
    return Expectation(trainings=len(sizes), seconds=seconds, said=said)
