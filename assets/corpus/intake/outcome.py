"""What an ingest is asked, and what comes of it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Literal

from outcross.assets.corpus.intake.arrival import Arrival
from outcross.assets.corpus.intake.batch_checks import list_not_looked_into
from outcross.assets.corpus.ledger.guard_result import CAUSE, MARKED, ROWS_HELD, TOO_FEW, GuardResult
from outcross.assets.corpus.ledger.version import Version
from outcross.assets.corpus.marks.results import describe

Status = Literal["admitted", "partly admitted", "held", "refused", "known"]
Report = Callable[[str], None]


@dataclass(frozen=True, kw_only=True)
class Request:
    """A request to ingest a file.

    Attributes:
        claims: provenance by key; it overrides the sidecar's.
        by: person or process that asked, for the ledger.
        at: when, ISO 8601 with its offset.
    """

    claims: dict[str, Any]
    by: str
    at: str


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """The result of ingesting a file.

    Attributes:
        status: ``held``: no row was admitted; ``refused``: it could not be read; ``known``: the ledger has it already.
        batch: its id; empty where it could not be copied.
        file: its name.
        version: of the ledger that records the batch, if there is one.
        rows_in: rows of the file.
        rows_admitted: number of these rows that were admitted.
        rows_quarantined: number of these rows that were quarantined.
        reasons: against the batch as a whole, or for the refusal.
        cause: for which nearly all its rows were quarantined, with a value, if that is one.
        not_looked_into: what no guard could look into, each with its reason.
        held_rows: for each row-level guard, the number of rows that it holds, one of them, and its reason.
        observed: what the guards that only observe would have held, each with its reason.
        explained: what was done to columns that guards found something in, as far as it is plain.
        warnings: about the corpus, which hold nothing.
        too_few_rows: guards that the batch is too small for, each with the smallest change that it could see.
        marks: what others have marked of its rows.
    """

    status: Status
    batch: str
    file: str
    version: int | None = None
    rows_in: int = 0
    rows_admitted: int = 0
    rows_quarantined: int = 0
    reasons: tuple[str, ...] = ()
    cause: str | None = None
    not_looked_into: tuple[str, ...] = ()
    held_rows: tuple[str, ...] = ()
    observed: tuple[str, ...] = ()
    explained: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    too_few_rows: tuple[str, ...] = ()
    marks: tuple[str, ...] = ()


def outcome_of(arrival: Arrival, version: Version, status: Status, reasons: tuple[str, ...]) -> Outcome:
    """Return the outcome of a file that a version of the ledger records."""
    return Outcome(
        status=status,
        batch=arrival.batch,
        file=arrival.name,
        version=version.number,
        rows_in=version.rows_in,
        rows_admitted=version.rows_admitted,
        rows_quarantined=version.rows_quarantined,
        reasons=reasons,
        not_looked_into=tuple(list_not_looked_into(version.guards)),
        held_rows=_tell(each for each in version.guards if each.metric == ROWS_HELD),
        observed=_tell(each for each in version.guards if each.observed),
        explained=_tell(each for each in version.guards if each.metric == CAUSE),
        warnings=_tell(each for each in version.guards if each.warned),
        too_few_rows=_tell(each for each in version.guards if each.metric == TOO_FEW),
        marks=tuple(describe(each) for each in version.guards if each.metric == MARKED),
    )


def _tell(results: Iterable[GuardResult]) -> tuple[str, ...]:
    return tuple(f"{each.guard}: {each.why}" for each in results)
