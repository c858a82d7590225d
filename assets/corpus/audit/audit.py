"""Verify a corpus against its stored bytes: rows in = admitted + quarantined, for every batch and version.

The audit reads every version of the ledger and compares it with its parent, whose digest it names; every part that a
version names (sha256, rows, and rows by origin, depth, generator and licence), and every other file that it rests on;
the original of every batch, each of whose rows must be admitted or quarantined exactly once; and the decisions about
quarantined rows. Where asked, it derives the rows again from the originals. Memory is that of a chunk of rows, and one
byte for each row of the largest batch.

What it cannot see it says: see :mod:`outcross.assets.corpus.audit.limits`.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from outcross.assets.corpus.audit.audit_anchors import audit_anchors
from outcross.assets.corpus.audit.audit_batches import BatchAudit, audit_batch, audit_refusals
from outcross.assets.corpus.audit.audit_chain import ChainAudit, audit_chain
from outcross.assets.corpus.audit.audit_parts import Kinds, PartsAudit, audit_parts
from outcross.assets.corpus.audit.audit_released import audit_released
from outcross.assets.corpus.audit.findings import Finding
from outcross.assets.corpus.audit.heads import verify_heads
from outcross.assets.corpus.audit.limits import find_erased, find_limits
from outcross.assets.corpus.audit.rederive import rederive
from outcross.assets.corpus.files import ABOUT, HOLDOUT, PROFILE, WITHDRAWN
from outcross.assets.corpus.ledger.custody import Erasures
from outcross.assets.corpus.ledger.ledger import numbers, read_version, version_path
from outcross.assets.corpus.ledger.version import Version
from outcross.assets.corpus.ledger.version_checks import find_faults_against_parent
from outcross.assets.corpus.open_corpus import OpenCorpus
from outcross.assets.corpus.parquet_file import read_rows
from outcross.resources.errors import BadInput, Damaged
from outcross.resources.store import MissingArtefact

Report = Callable[[str], None]
MOST_PROBLEMS = 50
"""Problems that are listed one by one."""
MOST_UNNAMED = 20
"""Files that no version names, listed one by one."""


@dataclass(frozen=True, kw_only=True)
class Audit:
    """The result of an audit.

    Attributes:
        corpus: its name.
        version: number of the last version that could be read; 0 where there is none.
        versions: number of versions that could be read.
        head: sha256 of the last version's file, which stands for the whole ledger; empty where there is none.
        kept: number of the version whose head was kept outside; None without one.
        signed: number of the newest version whose head is signed by the key; None without one.
        batches: number of batches that were ingested.
        rows_in: rows of their originals.
        rows_admitted: rows admitted when their batch was ingested.
        rows_quarantined: rows quarantined when their batch was ingested.
        rows_released: number of these that were released into the corpus.
        rows_rejected: number of these that were rejected.
        rows_withdrawn: rows that were withdrawn, admitted or quarantined.
        rows_erased: rows whose bytes were erased as well: what is said of them rests on their lists.
        rows_rederived: stored rows that were derived again from their originals; None where that was not asked for.
        to_take_over: files of versions of an earlier layout that no version names.
        unnamed_files: number of files that no version names, and that are no refusal and not derived.
        unnamed: the first of them.
        limits: what this audit cannot see, one sentence each.
        problems: one sentence each; empty where the corpus is verified.
    """

    corpus: str
    version: int
    versions: int
    head: str
    kept: int | None
    signed: int | None
    batches: int
    rows_in: int
    rows_admitted: int
    rows_quarantined: int
    rows_released: int
    rows_rejected: int
    rows_withdrawn: int
    rows_erased: int
    rows_rederived: int | None
    to_take_over: int
    unnamed_files: int
    unnamed: tuple[str, ...]
    limits: tuple[str, ...]
    problems: tuple[str, ...]


def audit(
    corpus: OpenCorpus,
    *,
    head: str | None = None,
    key: Path | None = None,
    from_originals: bool = False,
    report: Report = lambda _: None,
) -> Audit:
    """Audit a corpus. Damage is reported as a problem and never raised as an error.

    Args:
        corpus: the open corpus; it is only read.
        head: sha256 that was kept outside the store, of the last version's file at that time.
        key: file of the public key that heads have to be signed by.
        from_originals: whether to derive the stored rows again from the originals.
        report: called with the name of what is being read.

    Raises:
        BadInput: the key cannot be used.
    """
    problems: list[str] = []
    report("the ledger")
    versions = _versions(corpus, problems)
    chain = audit_chain(corpus, versions)
    problems += [*chain.problems, *_anchor_problems(corpus, versions)]
    erasures = Erasures(versions[-1].erased if versions else ())
    kept = _find_kept(chain, erasures, head, problems)
    signed = _find_signed(corpus, chain, erasures, key, problems)
    withdrawn = _read_withdrawn(corpus, versions, problems)
    erased = withdrawn.filter("erased").unique(["path", "batch_id", "position"], keep="first", maintain_order=True)
    parts = audit_parts(corpus, versions, erased, report=report)
    problems += [*parts.problems, *_counts_problems(versions, parts)]
    intakes = [version for version in versions if version.action == "ingest" and version.batch is not None]
    found = []
    for place, version in enumerate(intakes, start=1):
        report(f"batch {place:,} of {len(intakes):,}")
        try:
            found.append(audit_batch(corpus, version, versions[-1], parts, withdrawn))
            problems += found[-1].problems
        except (BadInput, Damaged, MissingArtefact, OSError) as error:
            problems.append(Finding.UNREADABLE_BATCH.say(batch=version.batch, fault=error))
    problems += audit_released(corpus, versions, erased)
    problems += audit_anchors(corpus, versions, erased)
    problems += audit_refusals(corpus, {version.batch for version in intakes})
    again = rederive(corpus, versions, report=report) if from_originals and versions else None
    found_again = again.problems if again else ()
    problems = list(dict.fromkeys(each.replace(f"{corpus.files.url}/", "") for each in (*problems, *found_again)))
    if len(problems) > MOST_PROBLEMS:
        more = len(problems) - MOST_PROBLEMS
        problems = [*problems[:MOST_PROBLEMS], f"and {more:,} more problems; fix these and audit again"]
    last = versions[-1].number if versions else 0
    return Audit(
        corpus=corpus.name,
        version=last,
        versions=len(versions),
        head=chain.digests.get(last, ""),
        kept=kept,
        signed=signed,
        batches=len(found),
        rows_rederived=None if again is None else again.rows,
        rows_erased=erased.select("batch_id", "position").n_unique() if erased.height else 0,
        to_take_over=len(chain.not_taken_over),
        unnamed_files=len(chain.unnamed),
        unnamed=tuple(chain.unnamed[:MOST_UNNAMED]),
        limits=(
            *find_limits(chain, last=last, kept=kept, signed=signed, rederived=again is not None),
            *find_erased(versions[-1] if versions else None, erased),
        ),
        problems=tuple(problems),
        **{name: sum(getattr(batch, name) for batch in found) for name in _SUMS},
    )


def audit_ledger(corpus: OpenCorpus) -> ChainAudit:
    """Audit the ledger alone: how its versions are linked, and the files that they name beside their parts."""
    return audit_chain(corpus, _versions(corpus, []))


def _read_withdrawn(corpus: OpenCorpus, versions: list[Version], problems: list[str]) -> pl.DataFrame:
    """Read the lines of every withdrawal, and whether the bytes of each were erased."""
    frames = [pl.DataFrame(schema={**WITHDRAWN, "erased": pl.Boolean()})]
    for each in versions[-1].withdrawals if versions else ():
        try:
            lines = list(read_rows(corpus.files, each.path, WITHDRAWN))
        except (BadInput, Damaged) as error:
            problems.append(Finding.UNREADABLE_PART.say(fault=error))
            continue
        frames += [frame.with_columns(erased=pl.lit(each.erased)) for frame in lines]
    return pl.concat(frames)


def _find_kept(chain: ChainAudit, erasures: Erasures, head: str | None, problems: list[str]) -> int | None:
    """Return the version that a head kept outside is of; where it is of none, that is a problem."""
    if head is None:
        return None
    for number, sha256 in chain.digests.items():
        if sha256 == erasures.expect(version_path(number), head):
            return number
    problems.append(Finding.UNKNOWN_HEAD.say(head=head))
    return None


def _find_signed(
    corpus: OpenCorpus, chain: ChainAudit, erasures: Erasures, key: Path | None, problems: list[str]
) -> int | None:
    """Return the newest version whose head is signed by a key; a signature that does not hold is a problem."""
    if key is None:
        return None
    signed = []
    for path, head in verify_heads(corpus.files, key):
        if head is None:
            problems.append(Finding.WRONG_SIGNATURE.say(path=path))
        elif chain.digests.get(head.version) != erasures.expect(version_path(head.version), head.head):
            problems.append(Finding.UNKNOWN_HEAD.say(head=head.head))
        else:
            signed.append(head.version)
    if not signed:
        problems.append(Finding.NO_SIGNATURE.say(corpus=corpus.name))
    return max(signed, default=None)


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
        except (Damaged, MissingArtefact, OSError) as error:
            fault = f"{error.fault}; {error.remedy}" if isinstance(error, Damaged) else error
            problems.append(Finding.UNREADABLE_VERSION.say(version=version_path(number), fault=fault))
            continue
        if found and found[-1].number == number - 1:
            faults = find_faults_against_parent(version, found[-1])
            problems += [Finding.WRONG_SUCCESSION.say(version=version_path(number), fault=fault) for fault in faults]
        found.append(version)
    return found


def _anchor_problems(corpus: OpenCorpus, versions: list[Version]) -> Iterator[str]:
    """Check that the files of the anchor exist that no version names, as none of the earlier layout does."""
    named = {each.path for version in versions for each in version.files}
    for path in (HOLDOUT, PROFILE, ABOUT):
        if path not in named and not corpus.files.exists(path):
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
