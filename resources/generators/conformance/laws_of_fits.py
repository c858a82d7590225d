"""What holds of a fit: its seed, the replicates beside it, its budget, checkpoints, and what it starts from."""

import numpy as np
from safetensors.numpy import load, save

from outcross.resources.generators.conformance.agreement import TOLERATED, differing, losses_agree, same_bytes
from outcross.resources.generators.conformance.law import Laws, require
from outcross.resources.generators.conformance.trial import SECOND, Trial
from outcross.resources.generators.contract import Tensors

LAWS = Laws()


@LAWS.law()
def same_seed_fits_same_bytes(trial: Trial) -> None:
    """A fit to the same rows under the same seeds gives the same bytes."""
    again = trial.generator.fit(trial.cohort())
    require(
        same_bytes(trial.model.tensors(), again.tensors()), "two fits gave other tensors; draw from the seeds alone"
    )


@LAWS.law(lambda generator: generator.optimiser_steps is not None)
def other_seeds_fit_other_models(trial: Trial) -> None:
    """A training draws its weights and the order of its rows from the seeds: other seeds give other models."""
    other = trial.under_other_seeds.tensors()
    require(not same_bytes(trial.model.tensors(), other), "other seeds gave the same tensors; draw from the seeds")


@LAWS.law()
def replicate_ignores_those_beside_it(trial: Trial) -> None:
    """A replicate's model is the same whatever is fitted beside it, up to the last digits of floats."""
    drawn = trial.sample.filter(replicate=SECOND)
    alone = trial.alone.sample(rows=trial.rows, seeds=trial.seeds("sample"))
    share, column = differing(drawn, alone, trial.data.schema)
    require(share <= TOLERATED, f"without the other replicate, {share:.0%} of its samples differ in column '{column}'")
    shown = trial.exhibit(trial.model).filter(replicate=SECOND)
    share, column = differing(shown, trial.exhibit(trial.alone), trial.data.schema)
    require(share <= TOLERATED, f"without the other replicate, {share:.0%} of its exhibits differ in column '{column}'")
    together, apart = trial.losses(trial.model), trial.losses(trial.alone)
    own = None if together is None else together.filter(replicate=SECOND)
    require(losses_agree(own, apart), "without the other replicate, its losses differ")


@LAWS.law()
def budget_is_what_was_spent(trial: Trial) -> None:
    """A budget states each replicate's rows, the steps that settings ask for, and tokens where the data is text."""
    budget, steps = trial.model.budget, trial.generator.optimiser_steps
    rows = [frame.height for frame in trial.members.values()]
    require(budget.rows == rows, f"'rows' is {budget.rows}, the replicates have {rows}")
    require(budget.steps == (steps or 1), f"'steps' is {budget.steps}, the settings say {steps} (None counts as 1)")
    seen = budget.rows_seen
    if steps is None:
        require(seen == rows, f"'rows_seen' of a fit in closed form is {seen}, not its rows {rows}")
    else:
        require(
            len(seen) == len(rows) and len(set(seen)) == 1 and seen[0] > 0,
            f"'rows_seen' is {seen}; it must not depend on the rows where the steps are set",
        )
    text = trial.data.schema.text is not None
    require(
        len(budget.tokens) == len(rows) and all((each > 0) == text for each in budget.tokens),
        f"'tokens' is {budget.tokens} where the data is {'text' if text else 'no text'}",
    )


@LAWS.law()
def progress_ends_at_its_total(trial: Trial) -> None:
    """Progress, where a fit reports any, rises to its total."""
    calls: list[tuple[int, int]] = []
    trial.generator.fit(trial.cohort(), progress=lambda done, total: calls.append((done, total)))
    done = [each for each, _ in calls]
    require(done == sorted(done), f"the steps done are reported as {done}")
    require(not calls or calls[-1][0] == calls[-1][1], f"the last report is {calls[-1:]}, short of its total")


@LAWS.law(lambda generator: generator.resumes)
def killed_fit_resumes(trial: Trial) -> None:
    """A fit that was killed after a checkpoint resumes from there, to the bytes of one that was not."""
    checkpoint = _Kept()
    try:
        trial.generator.fit(trial.cohort(checkpoint=checkpoint, checkpoint_seconds=0.0))
    except _Killed:
        pass
    else:
        require(False, "it wrote no checkpoint; give it settings with more steps, or state 'resumes = False'")
    seen: list[int] = []
    checkpoint.kills = False
    resumed = trial.generator.fit(
        trial.cohort(checkpoint=checkpoint, checkpoint_seconds=3600.0), progress=lambda done, total: seen.append(done)
    )
    whole: list[int] = []
    trial.generator.fit(trial.cohort(), progress=lambda done, total: whole.append(done))
    require(same_bytes(resumed.tensors(), trial.model.tensors()), "resumed from its checkpoint, it gave other tensors")
    require(checkpoint.read and len(seen) < max(2, len(whole)), "it began anew although there was a checkpoint")


@LAWS.law(lambda generator: generator.starts_from != "scratch")
def training_starts_from_an_earlier_model(trial: Trial) -> None:
    """Where settings say so, training starts from an earlier model, of which it may take some replicates."""
    members = {SECOND: trial.members[SECOND]}
    warm = trial.generator.fit(trial.cohort(members, start=trial.model))
    require(not same_bytes(warm.tensors(), trial.alone.tensors()), "it gave what it gives without an earlier model")
    require(list(warm.budget.rows) == [members[SECOND].height], f"the budget is of {len(warm.budget.rows)} replicates")


class _Killed(BaseException):
    """What ends a fit after its first checkpoint; no handler of errors catches it, as none catches a kill."""


class _Kept:
    """A checkpoint in memory, in the bytes of a file, that ends the fit once it was written."""

    def __init__(self) -> None:
        self._content: bytes | None = None
        self.kills, self.read = True, False

    def load(self) -> Tensors | None:
        """Read what was saved last, if anything."""
        self.read = self._content is not None
        return None if self._content is None else load(self._content)

    def save(self, tensors: Tensors) -> None:
        """Keep the state of the training; the first time, end the fit."""
        self._content = save({name: np.ascontiguousarray(array) for name, array in tensors.items()})
        if self.kills:
            raise _Killed
