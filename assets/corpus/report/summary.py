"""A summary of a corpus: its share over versions, what guards found, grouped by cause, what waits, its last batches."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from outcross.assets.corpus.generator_terms import tell_terms
from outcross.assets.corpus.ledger.guard_result import ADMITTED_BEFORE, ESTIMATE, ROWS_HELD, ROWS_OBSERVED, GuardResult
from outcross.assets.corpus.ledger.ledger import numbers, read_version
from outcross.assets.corpus.ledger.normal import describe_normal
from outcross.assets.corpus.ledger.version import Version
from outcross.assets.corpus.marks.results import PROVES_NOTHING, tell_marks
from outcross.assets.corpus.open_corpus import OpenCorpus
from outcross.assets.corpus.protected.results import tell_protected
from outcross.assets.corpus.quarantine.next_step import next_step
from outcross.assets.corpus.quarantine.quarantine import QuarantinedBatch, list_quarantine
from outcross.assets.corpus.share_bound import Bound, read_bound
from outcross.assets.corpus.trim.past_bound import advise_past_bound
from outcross.assets.corpus.withdrawal.marks import describe_custody
from outcross.resources.errors import BadInput


@dataclass(frozen=True, kw_only=True)
class Cause:
    """What one guard found in batches: one cause, however many batches it is in.

    Attributes:
        guard: its name.
        batches: number of batches that it held, or some of whose rows.
        held: number of these that it held whole.
        rows: rows of these batches that are held for it.
        observed: whether it only observes, in each of them.
        file: of the last of these batches.
        batch: its id.
        at: when that came.
        why: what it found there.
        command: that deals with it.
    """

    guard: str
    batches: int
    held: int
    rows: int
    observed: bool
    file: str
    batch: str
    at: str
    why: str
    command: str


@dataclass(frozen=True, kw_only=True)
class Batch:
    """A batch as it was ingested, with the first reason against it and the command that deals with it."""

    version: int
    at: str
    file: str
    batch: str
    status: str
    rows_in: int
    rows_admitted: int
    rows_quarantined: int
    reason: str
    command: str


@dataclass(frozen=True, kw_only=True)
class Summary:
    """The summary of a corpus.

    Attributes:
        corpus: its name.
        description: of it.
        versions: all of them, in order.
        bound: that holds now; None where it cannot be read.
        causes: what guards found, the latest first.
        waiting: batches with rows in quarantine.
        batches: the last ones, the latest first.
        custody: withdrawals that nobody has decided about yet, a sentence each.
        told: of protected sets, generators and marks, a sentence each.
    """

    corpus: str
    description: str
    versions: tuple[Version, ...]
    bound: Bound | None
    causes: tuple[Cause, ...]
    waiting: tuple[QuarantinedBatch, ...]
    batches: tuple[Batch, ...]
    custody: tuple[str, ...] = ()
    told: tuple[str, ...] = ()

    @property
    def last(self) -> Version:
        """The last version."""
        return self.versions[-1]

    @property
    def normal(self) -> tuple[str, ...]:
        """The renewed anchor, if there is one, and the changes that are accepted."""
        return tuple(describe_normal(self.last))

    @property
    def past(self) -> str:
        """In what respect the corpus is past its bound, and the remedy; empty where it is not."""
        return advise_past_bound(self.last, self.bound) or ""


def summarise(corpus: OpenCorpus, *, last: int = 10) -> Summary:
    """Summarise a corpus.

    Args:
        corpus: the open corpus.
        last: number of batches to list; 0 for all.

    Raises:
        BadInput: the ledger or a quarantine is damaged.
    """
    versions = tuple(read_version(corpus.files, number) for number in numbers(corpus.files))
    try:
        bound = read_bound(corpus.settings, corpus.store)
    except BadInput:  # the verdict it comes from is gone; the ledger can be read all the same
        bound = None
    return Summary(
        corpus=corpus.name,
        description=corpus.settings.description,
        versions=versions,
        bound=bound,
        causes=tuple(find_causes(versions)),
        waiting=tuple(list_quarantine(corpus)),
        batches=tuple(describe_batches(versions)[: last or None]),
        custody=tuple(describe_custody(corpus, versions[-1])),
        told=(
            *tell_protected(corpus.settings.protected, versions),
            *tell_terms(corpus.settings.generators, versions[-1]),
            *(tell_marks(versions) or [f"no row of a batch bears a mark of its origin; {PROVES_NOTHING}"]),
        ),
    )


def find_causes(versions: Iterable[Version]) -> list[Cause]:
    """Group what guards found in the batches of versions, a cause a guard, the latest first."""
    found: dict[str, Cause] = {}
    for version in versions:
        for guard, results in _failed(version).items():
            assert version.batch is not None
            before = found.get(guard)
            whole = any(each.blocking for each in results) and not version.rows_admitted
            rows = version.rows_in if whole else int(sum(each.value or 0 for each in results if _counts_rows(each)))
            observed = all(each.observed for each in results)
            found[guard] = Cause(
                guard=guard,
                batches=1 + (before.batches if before else 0),
                held=int(whole) + (before.held if before else 0),
                rows=rows + (before.rows if before else 0),
                observed=observed and (before is None or before.observed),
                file=version.reason.removeprefix("file "),
                batch=version.batch,
                at=version.at,
                why=results[0].why,
                command=next_step(guard, version.corpus, version.batch),
            )
    return sorted(found.values(), key=lambda each: (each.at, each.batches, each.guard), reverse=True)


def describe_batches(versions: Sequence[Version]) -> list[Batch]:
    """Describe the batches of versions, the latest first."""
    return [_describe(version) for version in reversed(versions) if version.action == "ingest" and version.batch]


def since(versions: Iterable[Version], moment: datetime) -> list[Version]:
    """Keep the versions that were written at a moment or later."""
    return [version for version in versions if datetime.fromisoformat(version.at) >= moment]


def _describe(version: Version) -> Batch:
    assert version.batch is not None
    failed = _failed(version)
    guard = next(iter(failed), "")
    status = "admitted" if not version.rows_quarantined else "partly admitted" if version.rows_admitted else "held"
    return Batch(
        version=version.number,
        at=version.at,
        file=version.reason.removeprefix("file "),
        batch=version.batch,
        status=status,
        rows_in=version.rows_in,
        rows_admitted=version.rows_admitted,
        rows_quarantined=version.rows_quarantined,
        reason=f"{guard}: {failed[guard][0].why}" if guard else "",
        command=next_step(guard, version.corpus, version.batch) if guard else "",
    )


def _failed(version: Version) -> dict[str, list[GuardResult]]:
    """Map each guard that held a version's batch or rows of it, would have, or warned, to its results."""
    found: dict[str, list[GuardResult]] = {}
    if version.action != "ingest" or version.batch is None:
        return found
    for each in version.guards:
        told = each.metric in (ADMITTED_BEFORE, ROWS_HELD, ESTIMATE) or each.blocking or each.observed
        if not each.passed and not each.abstained and told:
            found.setdefault(each.guard, []).append(each)
    return dict(sorted(found.items(), key=lambda item: not any(each.blocking for each in item[1])))


def _counts_rows(result: GuardResult) -> bool:
    return result.metric in (ROWS_HELD, ROWS_OBSERVED)
