"""The gate: it stops every step that would read an asset whose blocking checks have not passed on it as it is now.

Within one run Dagster itself skips the assets downstream of a failed blocking check. A later run would not be stopped,
so each step calls this gate first. A check lets a step pass only if it succeeded on the very materialisation that the
step reads, according to Dagster's history, and on the very bytes, according to the store. A run that was cancelled, or
that died before the check, changes neither.
"""

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import dagster as dg

from outcross.assets.artefacts import Artefacts, Slot
from outcross.assets.checks import Standing, outcome_standing
from outcross.assets.graph.keys import check_keys, recheck_job_name
from outcross.assets.graph.recheck import recheck_config
from outcross.assets.steps import STEPS, Step, steps_of
from outcross.resources.dagster_checks import CheckRecord, CheckRecords, check_records
from outcross.resources.dagster_internals import location_of_run

Standings = dict[tuple[dg.AssetCheckKey, str | None], Standing]
"""(check, partition) → its standing."""
LONGEST_WAIT = 900.0
"""Seconds that a step waits for a check in another run."""
_POLL_SECONDS = 1.0
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
    steps = steps_of(slot.study)
    own = [each for each in steps[: steps.index(step)] if each.blocking]
    return [*((slot.at(g), each) for g in range(slot.generation) for each in blocking), *((slot, each) for each in own)]


def gated_before_verdict(artefacts: Artefacts) -> Gated:
    """Return what a verdict reads: every generation of every lineage."""
    return [(slot, step) for slot in artefacts.slots for step in STEPS if step.blocking]


def refuse_if_blocked(context: dg.AssetExecutionContext, gated: Gated) -> None:
    """Stop a step unless every blocking check on what it reads has passed.

    Where another run has just made an asset again and still has to check it, the step waits for that check.

    Raises:
        StaleArtefact: something was made under other settings than the study has now.
        dagster.Failure: a check failed, never finished, or is older than its asset; the message names the checks and
            the remedy, and the step is not retried.
    """
    until = time.monotonic() + LONGEST_WAIT
    refused = _find_refused(context.instance, gated)
    while refused and time.monotonic() < until and _are_pending(context, refused):
        context.log.info(f"waiting for checks in another run: {'; '.join(map(str, refused[:_MOST_NAMED]))}")
        time.sleep(_POLL_SECONDS)
        refused = _find_refused(context.instance, gated)
    if refused:
        lineages = ", ".join(dict.fromkeys(f"'{each.slot.lineage}'" for each in refused[:_MOST_NAMED]))
        names = "; ".join(map(str, refused[:_MOST_NAMED]))
        more = f"; and {len(refused) - _MOST_NAMED} more" if len(refused) > _MOST_NAMED else ""
        job = recheck_job_name(refused[0].slot.study)
        raise dg.Failure(
            f"lineage {lineages} is stopped: blocking checks failed upstream, or have not passed on what is there now "
            f"({names}{more}). Open the check, fix the cause, then rematerialize the asset together with its checks; "
            f"or, if the asset is right as it is, check it again: run the job {job}.",
            metadata=_recheck(context, refused[0]),
            allow_retries=False,
        )


@dataclass(frozen=True)
class _Refused:
    slot: Slot
    step: Step
    check: dg.AssetCheckKey
    standing: Standing

    def __str__(self) -> str:
        return f"{self.check.asset_key.to_user_string()}: {self.check.name} {self.standing}"


def _recheck(context: dg.AssetExecutionContext, refused: _Refused) -> dict[str, dg.MetadataValue]:
    """Return the configuration with which the job checks an asset again, and a link to the job."""
    job, location = recheck_job_name(refused.slot.study), location_of_run(context.run)
    config = recheck_config(refused.slot, refused.step.thing)
    shown: dict[str, dg.MetadataValue] = {"recheck_config": dg.MetadataValue.md(f"```yaml\n{config}```")}
    return shown | ({} if location is None else {"recheck_job": dg.MetadataValue.job(job, location)})


def _find_refused(instance: dg.DagsterInstance, gated: Gated) -> list[_Refused]:
    records = _records(instance, gated)
    refused = []
    for slot, step in gated:
        if not slot.artefacts.store.exists(slot.address(step.thing)):
            continue  # the step itself says what it misses
        every = outcome_standing(slot, step.thing)
        for key in check_keys(slot.study, step, slot.generation):
            record = records.get((key, slot.lineage if slot.generation else None))
            standing = Standing.UNFINISHED if record is None else _standing(record)
            if standing == Standing.PASSED and every != Standing.PASSED:
                standing = outcome_standing(slot, step.thing, check=key.name)
            if standing != Standing.PASSED:
                refused.append(_Refused(slot, step, key, standing))
    return refused


def _records(instance: dg.DagsterInstance, gated: Gated) -> CheckRecords:
    first = {key for slot, step in gated if not slot.generation for key in check_keys(slot.study, step, 0)}
    later = {key for slot, step in gated if slot.generation for key in check_keys(slot.study, step, slot.generation)}
    partitions = {slot.lineage for slot, _ in gated if slot.generation}
    only = next(iter(partitions)) if len(partitions) == 1 else None
    return check_records(instance, sorted(first)) | check_records(instance, sorted(later), partition=only)


def _are_pending(context: dg.AssetExecutionContext, refused: Sequence[_Refused]) -> bool:
    """Whether another run in progress made the assets of all these checks, and will check them next."""
    if any(each.standing == Standing.FAILED for each in refused):
        return False
    made = {(each.check.asset_key, each.slot.lineage): each.slot for each in refused}
    makers = {_maker(context.instance, asset, slot) for (asset, _), slot in made.items()}
    if context.run_id in makers:
        return False
    runs = [context.instance.get_run_by_id(run_id) if run_id else None for run_id in makers]
    return all(run is not None and run.status == dg.DagsterRunStatus.STARTED for run in runs)


def _maker(instance: dg.DagsterInstance, asset: dg.AssetKey, slot: Slot) -> str | None:
    """Return the run that made an asset last; empty if its materialisation was only reported."""
    partitions = [slot.lineage] if slot.generation else None
    latest = instance.fetch_materializations(dg.AssetRecordsFilter(asset, asset_partitions=partitions), limit=1).records
    return latest[0].run_id if latest else None
