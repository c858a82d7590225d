"""What a study asks of the machine and what its size can show, before it runs."""

from dataclasses import dataclass
from typing import Any

from outcross.assets.artefacts import MODEL, SYNTHETIC
from outcross.assets.study.dealing import rows_each
from outcross.assets.study.study import Study
from outcross.assets.verdict.limits import unseen_share
from outcross.jobs.trial.duration import bytes_in_words, in_words
from outcross.jobs.trial.machine import START_SECONDS, STEP_SECONDS, processes
from outcross.jobs.trial.of_steps import BYTES, StepsTrial, try_study
from outcross.resources.counted import counted


@dataclass(frozen=True, kw_only=True)
class Expectation:
    """What a study asks for.

    Attributes:
        models: that are fitted.
        rows: of a generation.
        seconds: on this machine; None where a program outside is asked, which is not tried.
        disk: bytes in the store; None likewise.
        said: all of it in words, with what the size of the study can show.
    """

    models: int
    rows: int
    seconds: float | None
    disk: float | None
    said: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """A JSON-able form."""
        return {
            "models": self.models,
            "rows": self.rows,
            "expected_seconds": None if self.seconds is None else round(self.seconds),
            "expected_bytes": None if self.disk is None else round(self.disk),
        }


def expect_study(study: Study, *, anchor_rows: int, workers: int | None = None) -> Expectation:
    """Say what a study asks for; where its generator and learner run in this process, by a small trial of them.

    Args:
        study: its settings, checked against its rows.
        anchor_rows: rows of its anchor.
        workers: processes that run lineages; one per core by default.
    """
    rows = study.rows or rows_each(anchor_rows, study.replicates, study.real_rows)
    models = _models(study)
    learner = study.learner
    if study.generator.asks_outside or (learner is not None and learner.asks_outside):
        said = "How long it takes is not known: a program outside is not tried, since it may cost time or money."
        return Expectation(models=models, rows=rows, seconds=None, disk=None, said=(said, *_shows(study)))
    trial = try_study(study, anchor_rows=anchor_rows)
    seconds = disk = 0.0
    for size in study.sizes:
        part = (size.rows or rows) / rows
        seconds += START_SECONDS + part * _seconds(size, trial, rows, workers)
        disk += part * _total(size, trial, rows, BYTES)
    more = f", and up to {study.most_added} further lineages where they decide" if study.most_added else ""
    many = trial.replicates > 1
    time = (
        f"Expected: {'about' if many else 'at most about'} {in_words(seconds)} on this machine where nothing else "
        f"runs, and {bytes_in_words(disk)} on disk, for {models:,} models of {rows:,} rows{more}. That is measured "
        f"by a trial with {counted(trial.replicates, 'replicate')}."
    )
    return Expectation(models=models, rows=rows, seconds=seconds, disk=disk, said=(time, *_shows(study)))


def _models(study: Study) -> int:
    later = sum(len(study.lineages[name].replicates) for name in study.required_lineages)
    return (study.replicates + later * (study.generations - 1)) * len(study.sizes)


def _seconds(study: Study, trial: StepsTrial, rows: int, workers: int | None) -> float:
    """Seconds of the planned lineages: generation 0 is one lineage's, the others share the processes."""
    things = [thing for thing in trial.first if thing != BYTES]
    first = sum(trial.of_first(thing, study.replicates) for thing in things) + STEP_SECONDS * len(things)
    lineages = len(study.required_lineages) + study.most_added
    count = processes(workers, lineages)
    later = sum(_total(study, trial, rows, thing) - trial.of_first(thing, study.replicates) for thing in things)
    steps = len(things) * lineages * (study.generations - 1)
    return first + (later + steps * STEP_SECONDS) / count


def _total(study: Study, trial: StepsTrial, rows: int, thing: str) -> float:
    """What a step takes, or leaves on disk, over all planned lineages and those that may be added."""
    each = [
        _factor(study, thing, name, rows) * len(study.lineages[name].replicates) for name in study.required_lineages
    ]
    whole = sum(each) * (1 + study.most_added / max(1, len(each)))
    later = (study.generations - 1) * trial.of_later(thing, study.replicates) * whole / study.replicates
    return trial.of_first(thing, study.replicates) + later


def _factor(study: Study, thing: str, lineage: str, rows: int) -> float:
    """How much longer a step of a lineage takes than one of equally many rows."""
    mixing, fixed_steps = study.lineages[lineage].mixing, study.generator_of(lineage).optimiser_steps is not None
    if thing == MODEL:
        return 1.0 if fixed_steps else mixing.dataset_rows(rows, 1) / rows
    if thing in (SYNTHETIC, BYTES):
        return max(mixing.synthetic_rows(rows), rows) / rows
    return 1.0


def _shows(study: Study) -> tuple[str, ...]:
    """What a study of this size can show at all."""
    shares = "; ".join(
        f"{name}: 0, {', '.join(f'{100 * rung.share:.3g} %' for rung in rungs[1:])}"
        for name, rungs in study.rungs.items()
    )
    said = []
    if study.rungs:
        added = f", and up to {study.most_added} more where they decide" if study.most_added else ""
        said.append(f"A safe share is one of those tried, or lies between two of them ({shares}{added}).")
    said.append(
        f"Damage that befalls up to {100 * unseen_share(study.replicates):.2g} % of runs may be missed by "
        f"{study.replicates} replicates (95 % confidence)."
    )
    return tuple(said)
