"""Laws of a fit: seeds, independence of replicates, budget, checkpoints and warm starts."""

import numpy as np
from safetensors.numpy import load, save

from outcross.resources.generators.conformance.agreement import (
    MAX_DIFFERING_SHARE,
    largest_difference,
    losses_agree,
    same_bytes,
)
from outcross.resources.generators.conformance.law import Laws, require
from outcross.resources.generators.conformance.trial import SECOND, Trial
from outcross.resources.generators.contract import Tensors

LAWS = Laws()


@LAWS.law()
def same_seed_fits_same_bytes(trial: Trial) -> None:
    """A fit to the same rows under the same seeds gives the same bytes."""
    again = trial.generator.fit(trial.cohort())
    require(
        same_bytes(trial.model.tensors(), again.tensors()), "two fits gave different tensors; draw from the seeds alone"
    )


@LAWS.law(lambda generator: generator.optimiser_steps is not None)
def other_seeds_fit_other_models(trial: Trial) -> None:
    """A training draws its initial weights and the order of its rows from the seeds: other seeds give other models."""
    other = trial.reseeded_model.tensors()
    require(not same_bytes(trial.model.tensors(), other), "other seeds gave the same tensors; draw from the seeds")


@LAWS.law()
def replicate_ignores_those_beside_it(trial: Trial) -> None:
    """A replicate's model does not depend on the other replicates of its cohort, up to the last digits of floats."""
    drawn = trial.sample.filter(replicate=SECOND)
    alone = trial.alone.sample(rows=trial.rows, seeds=trial.seeds("sample"))
    share, column = largest_difference(drawn, alone, trial.data.schema)
    require(
        share <= MAX_DIFFERING_SHARE,
        f"without the other replicate, {share:.0%} of its samples differ in column '{column}'",
    )
    shown = trial.exhibit(trial.model).filter(replicate=SECOND)
    share, column = largest_difference(shown, trial.exhibit(trial.alone), trial.data.schema)
    require(
        share <= MAX_DIFFERING_SHARE,
        f"without the other replicate, {share:.0%} of its exhibits differ in column '{column}'",
    )
    together, apart = trial.losses(trial.model), trial.losses(trial.alone)
    own = None if together is None else together.filter(replicate=SECOND)
    require(losses_agree(own, apart), "without the other replicate, its losses differ")


@LAWS.law()
def budget_is_what_was_spent(trial: Trial) -> None:
    """A budget states the rows of each replicate, the steps of the settings, and the tokens where the data is text."""
    budget, steps = trial.model.budget, trial.generator.optimiser_steps
    rows = [frame.height for frame in trial.members.values()]
    require(budget.rows == rows, f"'rows' is {budget.rows}, but the replicates have {rows}")
    require(
        budget.steps == (steps or 1), f"'steps' is {budget.steps}, but the settings have {steps} (None counts as 1)"
    )
    seen = budget.rows_seen
    if steps is None:
        require(seen == rows, f"'rows_seen' of a closed-form fit is {seen}, but its rows are {rows}")
    else:
        require(
            len(seen) == len(rows) and len(set(seen)) == 1 and seen[0] > 0,
            f"'rows_seen' is {seen}; it must be steps × batch, whatever the rows",
        )
    text = trial.data.schema.text is not None
    require(
        len(budget.tokens) == len(rows) and all((each > 0) == text for each in budget.tokens),
        f"'tokens' is {budget.tokens} where the data is {'text' if text else 'not text'}",
    )


@LAWS.law()
def progress_ends_at_its_total(trial: Trial) -> None:
    """Progress, where a fit reports any, increases to its total."""
    calls: list[tuple[int, int]] = []
    trial.generator.fit(trial.cohort(), progress=lambda done, total: calls.append((done, total)))
    done = [each for each, _ in calls]
    require(done == sorted(done), f"the reported steps are {done}; report them in ascending order")
    require(not calls or calls[-1][0] == calls[-1][1], f"the last report is {calls[-1:]}, below its total")


@LAWS.law(lambda generator: generator.resumes)
def killed_fit_resumes(trial: Trial) -> None:
    """A fit that is killed after a checkpoint resumes from there, to the bytes of an uninterrupted fit."""
    checkpoint = _MemoryCheckpoint()
    try:
        trial.generator.fit(trial.cohort(checkpoint=checkpoint, checkpoint_seconds=0.0))
    except _Killed:
        pass
    else:
        require(False, "it wrote no checkpoint; use settings with more steps, or set 'resumes = False'")
    seen: list[int] = []
    checkpoint.kills = False
    resumed = trial.generator.fit(
        trial.cohort(checkpoint=checkpoint, checkpoint_seconds=3600.0), progress=lambda done, total: seen.append(done)
    )
    whole: list[int] = []
    trial.generator.fit(trial.cohort(), progress=lambda done, total: whole.append(done))
    require(same_bytes(resumed.tensors(), trial.model.tensors()), "the resumed fit gave different tensors")
    require(
        checkpoint.read and len(seen) < max(2, len(whole)), "it restarted from step 0 although there was a checkpoint"
    )


@LAWS.law(lambda generator: generator.starts_from != "scratch")
def training_starts_from_an_earlier_model(trial: Trial) -> None:
    """Under settings with a warm start, training starts from an earlier model, or from some of its replicates."""
    members = {SECOND: trial.members[SECOND]}
    warm = trial.generator.fit(trial.cohort(members, start=trial.model))
    require(
        not same_bytes(warm.tensors(), trial.alone.tensors()),
        "the warm start gave the same tensors as a start from scratch",
    )
    require(
        list(warm.budget.rows) == [members[SECOND].height],
        f"the budget covers {len(warm.budget.rows)} replicates instead of 1",
    )


class _Killed(BaseException):
    """Ends a fit after its first checkpoint; a BaseException, so that no error handler catches it, as with a kill."""


class _MemoryCheckpoint:
    """A checkpoint in memory, serialised as in a file, that ends the fit after the first write."""

    def __init__(self) -> None:
        self._content: bytes | None = None
        self.kills, self.read = True, False

    def load(self) -> Tensors | None:
        """Read the last saved state, if any."""
        self.read = self._content is not None
        return None if self._content is None else load(self._content)

    def save(self, tensors: Tensors) -> None:
        """Save the state of the training; the first time, end the fit."""
        self._content = save({name: np.ascontiguousarray(array) for name, array in tensors.items()})
        if self.kills:
            raise _Killed
