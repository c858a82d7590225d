"""The sensor of an inbox: a file that has come to rest is taken in, once.

A file is taken where its size and its time of change, and those of the provenance beside it, are what they were one
look before; one that is still being copied waits. A file that changes later is another batch, and one that goes
leaves the cursor.

No file is taken twice. The cursor says which were taken; a run has a key made of the file's name and state, so that
a cursor that was reset asks for no second run; and a batch is known by its content, so that a second run admits
nothing.

The sensor runs from the start: who names an inbox wants it watched.
"""

import json
import os

import dagster as dg
from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition

from assets.intake.corpus import Corpus
from jobs.corpus_definitions import FILE_TAG, batch_partitions, identifier
from jobs.inbox import Inbox, Lying
from resources.errors import BadInput

AT_ONCE = 20
"""Runs asked for in one look; the files beyond wait for the next."""

Seen = dict[str, tuple[str, bool]]
"""Name → the state that a file was last seen in, and whether it has been taken in that state."""


def seconds_between_looks() -> int:
    """How long a file must have rested: ``OUTCROSS_INBOX_SECONDS``, or 30.

    Raises:
        BadInput: it is no positive whole number.
    """
    value = os.environ.get("OUTCROSS_INBOX_SECONDS", "30")
    if not (value.isascii() and value.isdigit() and int(value)):
        raise BadInput(f"OUTCROSS_INBOX_SECONDS is '{value}': set it to a number of seconds, 1 or more, or unset it")
    return int(value)


def inbox_sensor(corpus: Corpus, job: UnresolvedAssetJobDefinition) -> dg.SensorDefinition:
    """The sensor that watches a corpus's inbox and asks for runs of its ingest job."""
    assert corpus.inbox is not None
    inbox, partitions = Inbox(corpus.inbox), batch_partitions(corpus)

    @dg.sensor(
        name=f"{identifier(corpus)}_inbox",
        job=job,
        description=f"Take in the files that come to rest in the inbox of '{corpus.corpus}'.",
        minimum_interval_seconds=seconds_between_looks(),
        default_status=dg.DefaultSensorStatus.RUNNING,
    )
    def look(context: dg.SensorEvaluationContext) -> dg.SensorResult | dg.SkipReason:
        try:
            files = inbox.files()
        except (FileNotFoundError, NotADirectoryError):
            return dg.SkipReason(
                f"the inbox {corpus.inbox} is no folder; make it, or correct 'inbox' of corpus '{corpus.corpus}'"
            )
        chosen, seen = choose(files, _read(context.cursor))
        if not chosen:
            resting = sum(taken for _, taken in seen.values())
            reason = f"{resting} files were taken before, {len(seen) - resting} have yet to come to rest"
            return dg.SensorResult(skip_reason=reason, cursor=json.dumps(seen))
        return dg.SensorResult(
            run_requests=[
                dg.RunRequest(run_key=each.digest, partition_key=each.key, tags={FILE_TAG: inbox.url(each)})
                for each in chosen
            ],
            dynamic_partitions_requests=[partitions.build_add_request([each.key for each in chosen])],
            cursor=json.dumps(seen),
        )

    return look


def choose(files: dict[str, Lying], before: Seen) -> tuple[list[Lying], Seen]:
    """Say which files to take, at most :data:`AT_ONCE`, and what to remember of all."""
    chosen: list[Lying] = []
    seen: Seen = {}
    for name, lying in files.items():
        state, taken = before.get(name, ("", False))
        rested = state == lying.state
        if rested and not taken and len(chosen) < AT_ONCE:
            chosen.append(lying)
            taken = True
        seen[name] = (lying.state, rested and taken)
    return chosen, seen


def _read(cursor: str | None) -> Seen:
    return {name: (state, taken) for name, (state, taken) in json.loads(cursor or "{}").items()}
