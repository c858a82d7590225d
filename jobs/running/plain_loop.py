"""Run a study's steps one after the other, without Dagster: for Python users, for acceptance, and for timing."""

from collections.abc import Callable, Container, Iterable

import polars as pl

from outcross.assets.anchor.make import given_is_current, make_anchor
from outcross.assets.artefacts import ANCHOR, HOLDOUT, Artefacts, Slot
from outcross.assets.checks import checks_address, has_checks
from outcross.assets.pool.make import make_pool, pool_is_current
from outcross.assets.pool.read import pool_of
from outcross.assets.steps import Step, run_checks, steps_of
from outcross.assets.study.lineage import SHARED
from outcross.jobs.running.rounds import next_round
from outcross.resources.errors import OutcrossError

Watch = Callable[[str, int], None]
"""Called with (lineage, generation) when a generation is finished."""

_MOST_NAMED = 3
"""Number of vitals outside their bounds that an error names."""


class CheckFailed(OutcrossError):
    """A blocking check failed, so its lineage stops there; the message names the check and its values."""


def run_plainly(
    artefacts: Artefacts,
    lineages: Iterable[str],
    *,
    checks: bool,
    look: bool = False,
    resume: bool = False,
    gate: bool = False,
    watch: Watch | None = None,
) -> None:
    """Make the anchor, generation 0, and every generation of these lineages.

    Args:
        artefacts: the study and the store to fill.
        lineages: names of lineages.
        checks: whether to run the checks of every artefact as well, and store their outcome.
        look: whether to draw the pictures that the UI shows.
        resume: whether to skip artefacts that exist and are current; otherwise everything is made again.
        gate: whether a failed blocking check stops its lineage; otherwise its outcome is only stored.
        watch: called with progress.

    Raises:
        CheckFailed: ``gate`` is set and a blocking check failed. If generation 0 passed, the other lineages are
            finished first.
        BadInput: the data cannot be used, or are too few for the study.
    """
    read = [artefacts.is_current(artefacts.address(thing)) for thing in (ANCHOR, HOLDOUT)]
    if not (resume and all(read) and given_is_current(artefacts)):
        made = make_anchor(artefacts)
        if look and made.look:
            made.look()
    if pool_of(artefacts.study) is not None and not (resume and pool_is_current(artefacts)):
        make_pool(artefacts)

    def make(slot: Slot) -> None:
        for step in steps_of(artefacts.study):
            _make(step, slot, checks=checks, look=look, resume=resume, gate=gate)
        if watch:
            watch(slot.lineage, slot.generation)

    make(Slot(artefacts, 0, SHARED))
    failures = []
    for lineage in lineages:
        try:
            for generation in range(1, artefacts.study.generations):
                make(Slot(artefacts, generation, lineage))
        except CheckFailed as failure:
            failures.append(str(failure))
    if failures:
        raise CheckFailed("\n".join(failures))


def refine_plainly(
    artefacts: Artefacts, *, watch: Watch | None = None, tell: Callable[[str], None] | None = None
) -> None:
    """Make the rungs that the ladders of a study add, one round after the other, with checks that stop a lineage.

    A second call goes on where the first one was stopped.

    Args:
        artefacts: the study and its store, with every planned lineage.
        watch: called with progress.
        tell: called with the reason for each rung.

    Raises:
        CheckFailed: a blocking check failed.
        IncompleteStudy: a planned lineage lacks a generation.
    """
    while artefacts.study.most_added:
        current = next_round(artefacts)
        if tell:
            for each in current.following:
                tell(each.reason)
        new = {each.rung.arm for each in current.following}
        count = _only(new, watch) if watch else None
        run_plainly(artefacts, current.reasons, checks=True, resume=True, gate=True, watch=count)
        if not new:
            return


def _only(lineages: Container[str], watch: Watch) -> Watch:
    """Watch these lineages alone."""
    return lambda lineage, generation: watch(lineage, generation) if lineage in lineages else None


def _make(step: Step, slot: Slot, *, checks: bool, look: bool, resume: bool, gate: bool) -> None:
    """Make one artefact and check it, as far as either is still missing."""
    outcome = _load_outcome(step, slot) if resume else None
    current = resume and slot.artefacts.is_current(slot.address(step.thing))
    if not current or _blocking_failures(step, outcome).height:
        made, outcome = step.make(slot), None
        if look and made.look:
            made.look()
    if outcome is None and checks and has_checks(step.thing, slot.generation):
        outcome = run_checks(step, slot)
    if gate and (failures := _blocking_failures(step, outcome)).height:
        raise CheckFailed(_explain(step, slot, failures))


def _load_outcome(step: Step, slot: Slot) -> pl.DataFrame | None:
    """Load the outcome of an artefact's checks; None if they have not run on it as it is now."""
    address = checks_address(slot, step.thing)
    return slot.artefacts.load(address) if slot.artefacts.is_current(address) else None


def _blocking_failures(step: Step, outcome: pl.DataFrame | None) -> pl.DataFrame:
    """Return the failed vitals of a blocking step, which stop its lineage."""
    if outcome is None or not step.blocking:
        return pl.DataFrame()
    return outcome.filter(~pl.col("passed"))


def _explain(step: Step, slot: Slot, failures: pl.DataFrame) -> str:
    values = [
        f"{line['check']}: {line['metric']} {line['group']}".rstrip()
        + f" is {_number(line['value'])}, allowed {_number(line['lower'], '−∞')} to {_number(line['upper'], '∞')}"
        for line in failures.head(_MOST_NAMED).iter_rows(named=True)
    ]
    more = f"; and {failures.height - _MOST_NAMED} more" if failures.height > _MOST_NAMED else ""
    return (
        f"study '{slot.study.study}', lineage '{slot.lineage}', generation {slot.generation}: blocking checks on the "
        f"{step.thing} failed ({'; '.join(values)}{more}), so the lineage stops there. Fix the cause, then run the "
        "study again: it remakes this part and resumes there"
    )


def _number(value: float | None, absent: str = "missing") -> str:
    return absent if value is None else f"{value:.6g}"
