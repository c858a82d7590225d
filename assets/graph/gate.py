"""The gate: it stops every step that would read an asset whose blocking checks have not passed on it as it is now.

Within one run Dagster itself skips the assets downstream of a failed blocking check. A later run would not be stopped,
so each step calls this gate first. A check lets a step pass only if it succeeded on the very materialisation that the
step reads, according to Dagster's history, and on the very bytes, according to the store. A run that was cancelled, or
that died before the check, changes neither.
"""

from collections.abc import Iterable, Sequence

import dagster as dg

from outcross.assets.artefacts import Artefacts, Slot
from outcross.assets.checks import Standing, outcome_standing
from outcross.assets.graph.keys import check_keys, recheck_job_name
from outcross.assets.graph.recheck import recheck_config
from outcross.assets.steps import STEPS, Step
from outcross.resources.dagster_internals import CheckRecord, check_records, code_location

Standings = dict[tuple[dg.AssetCheckKey, str | None], Standing]
"""(check, partition) → its standing."""
_MOST_NAMED = 12
"""Number of checks that an error names."""


def check_standings(
    instance: dg.DagsterInstance, checks: Iterable[dg.AssetCheckKey], *, partition: str | None = None
) -> Standings:
    """Return the standing of each check and partition in Dagster's history; of one that is absent, no run was created.

    Args:
        instance: the instance.
        checks: the checks.
        partition: only this partition; by default, all of them.
    """
    return {key: _standing(record) for key, record in check_records(instance, checks, partition=partition).items()}


def _standing(record: CheckRecord) -> Standing:
    if record.passed is None:
        return Standing.UNFINISHED
    if not record.on_latest:
        return Standing.UNFINISHED if record.begun_since else Standing.OUTDATED
    return Standing.PASSED if record.passed else Standing.FAILED


Gated = Sequence[tuple[Slot, Step]]
"""What a step reads, directly or through other steps, whose blocking checks must have passed."""


def gated_before(slot: Slot, step: Step) -> Gated:
    """Return what a step of a generation reads: every earlier generation, and what comes before it in its own."""
    blocking = [each for each in STEPS if each.blocking]
    own = [each for each in STEPS[: STEPS.index(step)] if each.blocking]
    return [*((slot.at(g), each) for g in range(slot.generation) for each in blocking), *((slot, each) for each in own)]


def gated_before_verdict(artefacts: Artefacts) -> Gated:
    """Return what a verdict reads: every generation of every lineage."""
    return [(slot, step) for slot in artefacts.slots for step in STEPS if step.blocking]


def refuse_if_blocked(context: dg.AssetExecutionContext, gated: Gated) -> None:
    """Stop a step unless every blocking check on what it reads has passed.

    Raises:
        StaleArtefact: something was made under other settings than the study has now.
        dagster.Failure: a check failed, never finished, or is older than its asset; the message names the checks and
            the remedy, and the step is not retried.
    """
    known = _known(context.instance, gated)
    refused = []
    for slot, step in gated:
        if not slot.artefacts.store.exists(slot.address(step.thing)):
            continue  # the step itself says what it misses
        stored = outcome_standing(slot, step.thing)
        for key in check_keys(slot.study, step, slot.generation):
            standing = known.get((key, _partition(slot)), Standing.UNFINISHED)
            standing = stored if standing == Standing.PASSED else standing
            if standing != Standing.PASSED:
                refused.append((slot, step, f"{key.asset_key.to_user_string()}: {key.name} {standing}"))
    if refused:
        lineages = ", ".join(dict.fromkeys(f"'{slot.lineage}'" for slot, *_ in refused[:_MOST_NAMED]))
        names = "; ".join(text for *_, text in refused[:_MOST_NAMED])
        more = f"; and {len(refused) - _MOST_NAMED} more" if len(refused) > _MOST_NAMED else ""
        first = refused[0][0]
        job = recheck_job_name(first.study)
        raise dg.Failure(
            f"lineage {lineages} is stopped: blocking checks failed upstream, or have not passed on what is there now "
            f"({names}{more}). Open the check, fix the cause, then rematerialize the asset together with its checks; "
            f"or, if the asset is right as it is, check it again: run the job {job}.",
            metadata=_recheck(context, refused[0][1], first),
            allow_retries=False,
        )


def _recheck(context: dg.AssetExecutionContext, step: Step, slot: Slot) -> dict[str, dg.MetadataValue]:
    """Return the configuration with which the job checks an asset again, and a link to the job."""
    job, location = recheck_job_name(slot.study), code_location(context.run)
    config = recheck_config(slot, step.thing)
    shown: dict[str, dg.MetadataValue] = {"recheck_config": dg.MetadataValue.md(f"```yaml\n{config}```")}
    return shown | ({} if location is None else {"recheck_job": dg.MetadataValue.job(job, location)})


def _known(instance: dg.DagsterInstance, gated: Gated) -> Standings:
    first = {key for slot, step in gated if not slot.generation for key in check_keys(slot.study, step, 0)}
    later = {key for slot, step in gated if slot.generation for key in check_keys(slot.study, step, slot.generation)}
    partitions = {slot.lineage for slot, _ in gated if slot.generation}
    only = next(iter(partitions)) if len(partitions) == 1 else None
    return check_standings(instance, sorted(first)) | check_standings(instance, sorted(later), partition=only)


def _partition(slot: Slot) -> str | None:
    return slot.lineage if slot.generation else None
