"""A corpus proven from its stored bytes: rows in = admitted + quarantined, and every version is what it says.

Read anew are: every version of the ledger, each against its parent; every part that a version names (sha256, rows, and
rows by origin, depth, generator and licence); the original of every batch, of whose rows each must be admitted or
quarantined, once; what was decided about those quarantined. Memory is that of some rows, and a byte for each row of
the largest batch.

Not proven: who did what and why, which nothing but the ledger holds; and what a quarantined row says, of which the
position alone is held against the original.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from outcross.assets.corpus.audit.audit_batches import BatchFound, audit_batch, audit_refused
from outcross.assets.corpus.audit.audit_parts import Kinds, PartsFound, audit_parts
from outcross.assets.corpus.files import HOLDOUT, PROFILE
from outcross.assets.corpus.ledger.ledger import Version, numbers, read_version, version_path
from outcross.assets.corpus.ledger.version_checks import faults_following
from outcross.assets.corpus.open_corpus import Anchored
from outcross.resources.errors import BadInput
from outcross.resources.store import MissingArtefact

Tell = Callable[[str], None]
MOST_TOLD = 50
"""Problems that are told one by one."""


@dataclass(frozen=True, kw_only=True)
class Audit:
    """What an audit found.

    Attributes:
        corpus: its name.
        version: the last that could be read; 0 where there is none.
        versions: how many could be read.
        batches: taken in.
        rows_in: rows of their originals.
        rows_admitted: rows of the parts that were admitted as they came.
        rows_quarantined: rows held back as they came.
        rows_released: of these, by now in the corpus.
        rows_rejected: of these, decided to stay out.
        problems: what is wrong, a sentence each; empty where all is proven.
    """

    corpus: str
    version: int
    versions: int
    batches: int
    rows_in: int
    rows_admitted: int
    rows_quarantined: int
    rows_released: int
    rows_rejected: int
    problems: tuple[str, ...]


def audit(anchored: Anchored, *, tell: Tell = lambda _: None) -> Audit:
    """Prove a corpus. Damage is a problem that is told, never an error.

    Args:
        anchored: the corpus; it is read and never written.
        tell: told what is being read.
    """
    problems: list[str] = []
    tell("the ledger")
    versions = _versions(anchored, problems)
    problems += _anchor_problems(anchored)
    parts = audit_parts(anchored, versions, tell=tell)
    problems += [*parts.problems, *_counts_problems(versions, parts)]
    taken = [version for version in versions if version.action == "ingest" and version.batch is not None]
    found = []
    for place, version in enumerate(taken, start=1):
        tell(f"batch {place:,} of {len(taken):,}")
        try:
            found.append(audit_batch(anchored, version, versions[-1], parts))
            problems += found[-1].problems
        except (BadInput, MissingArtefact, OSError) as error:
            problems.append(f"batch {version.batch!r:.60}: {error}")
    problems += audit_refused(anchored, {version.batch for version in taken})
    problems = list(dict.fromkeys(problems))
    if len(problems) > MOST_TOLD:
        more = len(problems) - MOST_TOLD
        problems = [*problems[:MOST_TOLD], f"and {more:,} more problems; mend these and audit again"]
    return Audit(
        corpus=anchored.corpus.corpus,
        version=versions[-1].number if versions else 0,
        versions=len(versions),
        batches=len(found),
        problems=tuple(problems),
        **{name: sum(getattr(batch, name) for batch in found) for name in _SUMS},
    )


_SUMS = [name for name in BatchFound.__dataclass_fields__ if name.startswith("rows_")]


def _versions(anchored: Anchored, problems: list[str]) -> list[Version]:
    """Every version that can be read, each held against the one before it."""
    files, found = anchored.files, list[Version]()
    known = numbers(files)
    if not known:
        problems.append(f"corpus '{anchored.corpus.corpus}' has no version: it was never started; ingest a file first")
    there = set(known)
    for number in range(1, max(known, default=0) + 1):
        if number not in there:
            problems.append(f"{version_path(number)} is missing; restore it from a copy")
            continue
        try:
            version = read_version(files, number)
        except (BadInput, MissingArtefact, OSError) as error:
            problems.append(f"{version_path(number)}: {_without_advice(str(error))}")
            continue
        if found and found[-1].number == number - 1:
            faults = faults_following(version, found[-1])
            problems += [f"{version_path(number)}: {fault}; restore it from a copy" for fault in faults]
        found.append(version)
    return found


def _without_advice(message: str) -> str:
    """What is wrong with a version, with the remedy for one that was written already."""
    return message.replace("Nothing was written; count its rows again", "Restore it from a copy")


def _anchor_problems(anchored: Anchored) -> Iterator[str]:
    """Files of the anchor that no version names."""
    for path in (HOLDOUT, PROFILE):
        if not anchored.files.exists(path):
            yield f"{path} is missing; restore it from a copy"


def _counts_problems(versions: list[Version], parts: PartsFound) -> Iterator[str]:
    """Where the rows that a version counts are not those of its parts."""
    for version in versions:
        counted = parts.kinds_of(version)
        if counted is None:
            continue
        stated: Kinds = {}
        for count in version.counts:
            if count.rows:
                stated[count.origin, count.depth, count.generator, count.licence] = count.rows
        for kind in sorted({*stated, *counted}, key=str):
            if stated.get(kind, 0) != counted.get(kind, 0):
                origin, depth, generator, licence = kind
                yield (
                    f"{version_path(version.number)} counts {stated.get(kind, 0):,} rows of origin {origin}, depth "
                    f"{depth}, generator {generator!r:.60} and licence {licence!r:.60}, its parts have "
                    f"{counted.get(kind, 0):,}; restore the one or the other from a copy"
                )
