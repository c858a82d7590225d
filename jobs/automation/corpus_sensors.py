"""The sensor of an inbox: it requests one ingest run for every file that no longer changes.

A file is stable if its size and modification time, and those of its sidecar, equal those of the previous tick. A file
that is still being copied is not. A stable file that changes later is another batch. A file that is removed leaves the
cursor.

No file is ingested twice. The cursor records which files were requested. A run key consists of the file's name and
state and of the time at which that state was first seen. A batch is identified by its content, so even a second run
admits nothing. Resetting the cursor in the UI requests every file again that is not a batch yet, such as one whose run
failed. A file that was missing when its run started, because a disk was unmounted, is requested again once it is back.

The sensor is on by default: a corpus with an inbox is meant to be watched.
"""

import json
import time
from collections.abc import Callable, Mapping, Set
from typing import TYPE_CHECKING, NamedTuple

import dagster as dg

from outcross.assets.corpus.corpus import Corpus
from outcross.jobs.automation.corpus_definitions import FILE_TAG
from outcross.jobs.automation.corpus_keys import batch_key, batch_partitions, identifier
from outcross.jobs.automation.inbox import Inbox, InboxFile
from outcross.jobs.automation.intervals import read_interval

if TYPE_CHECKING:
    from outcross.resources.dagster_internals import AssetJob

RUNS_PER_TICK = 20
"""Runs requested in one tick; further files wait for the next tick."""


class Sighting(NamedTuple):
    """A file as it was last seen: its state, since when (in seconds since 1970), and whether a run was requested."""

    state: str
    since: int
    requested: bool


Sightings = dict[str, Sighting]
"""Name → the last sighting of that file."""


def read_inbox_interval() -> int:
    """Return the seconds between two ticks: ``OUTCROSS_INBOX_SECONDS``, or 30.

    Raises:
        BadInput: it is not a positive whole number.
    """
    return read_interval("OUTCROSS_INBOX_SECONDS", 30)


def inbox_sensor(corpus: Corpus, job: "AssetJob") -> dg.SensorDefinition:
    """Define the sensor that watches a corpus's inbox and requests runs of its ingest job."""
    assert corpus.inbox is not None
    place, partitions = corpus.inbox, batch_partitions(corpus)

    @dg.sensor(
        name=f"{identifier(corpus)}_inbox",
        job=job,
        description=f"Ingest the files in the inbox of '{corpus.corpus}' once they no longer change.",
        minimum_interval_seconds=read_inbox_interval(),
        default_status=dg.DefaultSensorStatus.RUNNING,
    )
    def watch(context: dg.SensorEvaluationContext) -> dg.SensorResult | dg.SkipReason:
        inbox = Inbox(place)
        try:
            files = inbox.files()
        except (FileNotFoundError, NotADirectoryError):
            return dg.SkipReason(
                f"the inbox {place} is not a folder; make it, or correct 'inbox' in the file of '{corpus.corpus}'"
            )
        before = {name: Sighting(*sighting) for name, sighting in json.loads(context.cursor or "{}").items()}
        chosen, seen = choose(
            files,
            before,
            batches=lambda: context.instance.get_materialized_partitions(batch_key(corpus)),
            now=time.time(),
        )
        cursor = json.dumps(seen)
        if not chosen:
            requested = sum(sighting.requested for sighting in seen.values())
            reason = f"files requested: {requested}; files that may still change: {len(seen) - requested}"
            return dg.SensorResult(skip_reason=reason, cursor=cursor)
        return dg.SensorResult(
            run_requests=[
                dg.RunRequest(
                    run_key=f"{each.digest}/{seen[each.name].since}",
                    partition_key=each.key,
                    tags={FILE_TAG: inbox.url(each)},
                )
                for each in chosen
            ],
            dynamic_partitions_requests=[partitions.build_add_request([each.key for each in chosen])],
            cursor=cursor,
        )

    return watch


def choose(
    files: Mapping[str, InboxFile], before: Sightings, *, batches: Callable[[], Set[str]], now: float
) -> tuple[list[InboxFile], Sightings]:
    """Choose the files to ingest, at most :data:`RUNS_PER_TICK`, and record a sighting of every file.

    Args:
        files: the files in the inbox, by name.
        before: their sightings at the previous tick.
        batches: returns the keys that are batches already; called only if a file is stable.
        now: seconds since 1970.
    """
    seen: Sightings = {}
    stable: list[InboxFile] = []
    for name, file in files.items():
        sighting = before.get(name)
        if sighting is None or sighting.state != file.state:
            seen[name] = Sighting(file.state, int(now), requested=False)
            continue
        seen[name] = sighting
        if not sighting.requested:
            stable.append(file)
    known = batches() if stable else frozenset()
    chosen = [each for each in stable if each.key not in known][:RUNS_PER_TICK]
    for each in (*chosen, *(each for each in stable if each.key in known)):
        seen[each.name] = seen[each.name]._replace(requested=True)
    return chosen, seen
