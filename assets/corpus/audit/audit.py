"""Verify a corpus against its stored bytes: rows in = admitted + quarantined, for every batch and version.

The audit reads every version of the ledger and compares it with its parent; every part that a version names (sha256,
rows, and rows by origin, depth, generator and licence); the original of every batch, each of whose rows must be
admitted or quarantined exactly once; and the decisions about quarantined rows. Memory is that of a chunk of rows, and
one byte for each row of the largest batch.

Not verified: who did what and why, which only the ledger records; and the values of a quarantined row, of which only
the position is compared with the original.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from outcross.assets.corpus.audit.audit_batches import BatchAudit, audit_batch, audit_refusals
from outcross.assets.corpus.audit.audit_parts import Kinds, PartsAudit, audit_parts
from outcross.assets.corpus.audit.audit_released import audit_released
from outcross.assets.corpus.audit.findings import Finding
from outcross.assets.corpus.files import HOLDOUT, PROFILE
from outcross.assets.corpus.ledger.ledger import Version, numbers, read_version, version_path
from outcross.assets.corpus.ledger.version_checks import find_faults_against_parent
from outcross.assets.corpus.open_corpus import OpenCorpus
from outcross.resources.errors import BadInput
from outcross.resources.store import MissingArtefact

Report = Callable[[str], None]
MOST_PROBLEMS = 50
"""Problems that are listed one by one."""


@dataclass(frozen=True, kw_only=True)
class Audit:
    """The result of an audit.

    Attributes:
        corpus: its name.
        version: number of the last version that could be read; 0 where there is none.
        versions: number of versions that could be read.
        batches: number of batches that were ingested.
        rows_in: rows of their originals.
        rows_admitted: rows admitted when their batch was ingested.
        rows_quarantined: rows quarantined when their batch was ingested.
        rows_released: number of these that were released into the corpus.
        rows_rejected: number of these that were rejected.
        problems: one sentence each; empty where the corpus is verified.
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


def audit(corpus: OpenCorpus, *, report: Report = lambda _: None) -> Audit:
    """Audit a corpus. Damage is reported as a problem and never raised as an error.

    Args:
        corpus: the open corpus; it is only read.
        report: called with the name of what is being read.
    """
    problems: list[str] = []
    report("the ledger")
    versions = _versions(corpus, problems)
    problems += _anchor_problems(corpus)
    parts = audit_parts(corpus, versions, report=report)
    problems += [*parts.problems, *_counts_problems(versions, parts)]
    intakes = [version for version in versions if version.action == "ingest" and version.batch is not None]
    found = []
    for place, version in enumerate(intakes, start=1):
        report(f"batch {place:,} of {len(intakes):,}")
        try:
            found.append(audit_batch(corpus, version, versions[-1], parts))
            problems += found[-1].problems
        except (BadInput, MissingArtefact, OSError) as error:
            problems.append(Finding.UNREADABLE_BATCH.say(batch=version.batch, fault=error))
    problems += audit_released(corpus, versions)
    problems += audit_refusals(corpus, {version.batch for version in intakes})
    problems = list(dict.fromkeys(problems))
    if len(problems) > MOST_PROBLEMS:
        more = len(problems) - MOST_PROBLEMS
        problems = [*problems[:MOST_PROBLEMS], f"and {more:,} more problems; fix these and audit again"]
    return Audit(
        corpus=corpus.name,
        version=versions[-1].number if versions else 0,
        versions=len(versions),
        batches=len(found),
        problems=tuple(problems),
        **{name: sum(getattr(batch, name) for batch in found) for name in _SUMS},
    )


_SUMS = [name for name in BatchAudit.__dataclass_fields__ if name.startswith("rows_")]


def _versions(corpus: OpenCorpus, problems: list[str]) -> list[Version]:
    """Read every version that can be read, and compare each with the one before it."""
    files, found = corpus.files, list[Version]()
    known = numbers(files)
    if not known:
        problems.append(Finding.NO_VERSION.say(corpus=corpus.name))
    there = set(known)
    for number in range(1, max(known, default=0) + 1):
        if number not in there:
            problems.append(Finding.MISSING_VERSION.say(version=version_path(number)))
            continue
        try:
            version = read_version(files, number)
        except (BadInput, MissingArtefact, OSError) as error:
            fault = _with_remedy(str(error))
            problems.append(Finding.UNREADABLE_VERSION.say(version=version_path(number), fault=fault))
            continue
        if found and found[-1].number == number - 1:
            faults = find_faults_against_parent(version, found[-1])
            problems += [Finding.WRONG_SUCCESSION.say(version=version_path(number), fault=fault) for fault in faults]
        found.append(version)
    return found


def _with_remedy(message: str) -> str:
    """Replace the remedy for a version that is being written by that for a stored one."""
    return message.replace("Nothing was written; count its rows again", "Restore it from a copy")


def _anchor_problems(corpus: OpenCorpus) -> Iterator[str]:
    """Check that the files of the anchor that no version names exist."""
    for path in (HOLDOUT, PROFILE):
        if not corpus.files.exists(path):
            yield Finding.MISSING_ANCHOR_FILE.say(anchor_file=path)


def _counts_problems(versions: list[Version], parts: PartsAudit) -> Iterator[str]:
    """Compare the counts of each version with the rows of its parts."""
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
                yield Finding.WRONG_COUNTS.say(
                    version=version_path(version.number),
                    stated=stated.get(kind, 0),
                    origin=origin,
                    depth=depth,
                    generator=generator,
                    licence=licence,
                    counted=counted.get(kind, 0),
                )
