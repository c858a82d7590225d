"""The sensor of an inbox: a file that has come to rest is taken in, once.

A file is taken where its size and its time of change, and those of the provenance beside it, are what they were one
look before; one that is still being copied waits. A file that changes later is another batch, and one that goes
leaves the cursor.

No file is taken twice. The cursor says which were taken; a run has a key made of the file's name and state and of when
that was first seen; and a batch is known by its content, so that even a second run admits nothing. A cursor that is
reset in the UI asks for those files again that are no batches yet, such as those whose run failed. A file that was
gone when its run began, since a disk was unmounted, and is back is taken as well.

The sensor runs from the start: who names an inbox wants it watched.
"""

import json
import os
import time
from collections.abc import Callable, Mapping, Set
from typing import TYPE_CHECKING, NamedTuple

import dagster as dg

from outcross.assets.corpus.corpus import Corpus
from outcross.jobs.automation.corpus_definitions import FILE_TAG, batch_key, batch_partitions, identifier
from outcross.jobs.automation.inbox import Inbox, InboxFile
from outcross.resources.errors import BadInput

if TYPE_CHECKING:
    from outcross.jobs.running.dagster_internals import AssetJob

AT_ONCE = 20
"""Runs asked for in one look; the files beyond wait for the next."""


class Sight(NamedTuple):
    """A file as it was last seen: its state, since when (in seconds since 1970), and whether it has been taken so."""

    state: str
    since: int
    taken: bool


Seen = dict[str, Sight]
"""Name → how the file was last seen."""


def seconds_between_looks() -> int:
    """How long a file must have rested: ``OUTCROSS_INBOX_SECONDS``, or 30.

    Raises:
        BadInput: it is no positive whole number.
    """
    value = os.environ.get("OUTCROSS_INBOX_SECONDS", "30")
    if not (value.isascii() and value.isdigit() and int(value)):
        raise BadInput(f"OUTCROSS_INBOX_SECONDS is '{value}': set it to a number of seconds, 1 or more, or unset it")
    return int(value)


def inbox_sensor(corpus: Corpus, job: "AssetJob") -> dg.SensorDefinition:
    """The sensor that watches a corpus's inbox and asks for runs of its ingest job."""
    assert corpus.inbox is not None
    place, partitions = corpus.inbox, batch_partitions(corpus)

    @dg.sensor(
        name=f"{identifier(corpus)}_inbox",
        job=job,
        description=f"Take in the files that come to rest in the inbox of '{corpus.corpus}'.",
        minimum_interval_seconds=seconds_between_looks(),
        default_status=dg.DefaultSensorStatus.RUNNING,
    )
    def look(context: dg.SensorEvaluationContext) -> dg.SensorResult | dg.SkipReason:
        inbox = Inbox(place)
        try:
            files = inbox.files()
        except (FileNotFoundError, NotADirectoryError):
            return dg.SkipReason(
                f"the inbox {place} is no folder; make it, or correct 'inbox' of corpus '{corpus.corpus}'"
            )
        before = {name: Sight(*sight) for name, sight in json.loads(context.cursor or "{}").items()}
        chosen, seen = choose(
            files, before, done=lambda: context.instance.get_materialized_partitions(batch_key(corpus)), now=time.time()
        )
        cursor = json.dumps(seen)
        if not chosen:
            taken = sum(sight.taken for sight in seen.values())
            reason = f"{taken} files have been taken in, {len(seen) - taken} have yet to come to rest"
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

    return look


def choose(
    files: Mapping[str, InboxFile], before: Seen, *, done: Callable[[], Set[str]], now: float
) -> tuple[list[InboxFile], Seen]:
    """Say which files to take, at most :data:`AT_ONCE`, and what to remember of all.

    Args:
        files: by name, as they lie there.
        before: as they were seen one look before.
        done: gives the keys that are batches already; asked only where some file is to be taken.
        now: seconds since 1970.
    """
    seen: Seen = {}
    rested: list[InboxFile] = []
    for name, file in files.items():
        sight = before.get(name)
        if sight is None or sight.state != file.state:
            seen[name] = Sight(file.state, int(now), taken=False)
            continue
        seen[name] = sight
        if not sight.taken:
            rested.append(file)
    known = done() if rested else frozenset()
    chosen = [each for each in rested if each.key not in known][:AT_ONCE]
    for each in (*chosen, *(each for each in rested if each.key in known)):
        seen[each.name] = seen[each.name]._replace(taken=True)
    return chosen, seen
