"""One version of a corpus, as data and as JSON: its parts, the action that made it, and who asked for that.

A version never changes once it is written. It names every part of the corpus, so that it can be read without the
versions before it.
"""

import json
import math
from dataclasses import asdict, dataclass
from functools import cache
from typing import Any, Literal

from pydantic import TypeAdapter, ValidationError

from outcross.assets.corpus.ledger.accepted_change import AcceptedChange
from outcross.assets.corpus.ledger.anchor_ref import AnchorRef
from outcross.assets.corpus.ledger.custody import Declaration, ErasedFile, Withdrawal
from outcross.assets.corpus.ledger.evidence import Evidence
from outcross.assets.corpus.ledger.guard_result import GuardResult
from outcross.assets.corpus.ledger.records import STRICT, Count, Estimate, Expected, FileRef, PartRef
from outcross.assets.corpus.ledger.share_evidence import ShareEvidence
from outcross.resources.errors import RESTORE, BadInput

Action = Literal[
    "anchor", "ingest", "release", "reject", "trim", "takeover", "withdraw", "decide", "declare", "renewal", "accept"
]
_LONGEST = 200


@dataclass(frozen=True, kw_only=True)
class Version:
    """One entry of a corpus's ledger.

    Attributes:
        corpus: its name.
        number: 1 for the anchor, then one more for each version.
        parent: number of the version that it was built on; None for the first.
        at: when, in ISO 8601 with its offset from UTC.
        by: person or process that asked for it.
        action: that made this version.
        reason: for the action, in words.
        batch: that the action was about, if any.
        rows_in: rows that the action processed.
        rows_admitted: number of these that were added to the corpus.
        rows_quarantined: number of these that were quarantined, or stay in quarantine.
        parts: every part of the corpus, the anchor's first.
        left_out: parts that list the rows that trims left out, by batch and position; ``rows`` is their number.
        counts: of the rows of the whole version.
        declared_share: synthetic rows ÷ rows, as declared.
        estimated: synthetic rows ÷ rows, as estimated; None without an estimate.
        bound: largest synthetic share that is allowed; None where there is none.
        bound_from: source of the bound.
        guards: results of the guards for this action.
        held: the part with the rows of the batch that were quarantined when it was ingested, if this was an ingest.
        decided: parts that list the quarantined rows that were released or rejected; these have left quarantine.
        parent_sha256: of the parent's file, so that a version vouches for every one before it; None for the first, and
            in ledgers of an earlier layout.
        files: the other files that this version rests on, such as an original, the holdout, the rules; empty in ledgers
            of an earlier layout.
        expected: of the rows that were released by their probability, if this was such a release.
        accumulated: what the guards that accumulate remember of the batches so far.
        recent: the estimated share of the rows declared real in the last batches.
        evidence: the sums that the estimates are made of; None where an earlier release wrote the version.
        anchor: that batches are compared with, if it was renewed.
        accepted: lasting changes that count as normal.
        withdrawals: every withdrawal of rows so far.
        erased: every file whose bytes were erased so far, in whole or in part.
        declarations: what was declared anew of batches so far, the latest last.
    """

    __pydantic_config__ = STRICT
    corpus: str
    number: int
    parent: int | None
    at: str
    by: str
    action: Action
    reason: str
    batch: str | None
    rows_in: int
    rows_admitted: int
    rows_quarantined: int
    parts: tuple[PartRef, ...]
    left_out: tuple[PartRef, ...]
    counts: tuple[Count, ...]
    declared_share: float
    estimated: Estimate | None
    bound: float | None
    bound_from: str
    guards: tuple[GuardResult, ...]
    held: PartRef | None = None
    decided: tuple[PartRef, ...] = ()
    parent_sha256: str | None = None
    files: tuple[FileRef, ...] = ()
    expected: Expected | None = None
    accumulated: Evidence | None = None
    recent: Estimate | None = None
    evidence: ShareEvidence | None = None
    anchor: AnchorRef | None = None
    accepted: tuple[AcceptedChange, ...] = ()
    withdrawals: tuple[Withdrawal, ...] = ()
    erased: tuple[ErasedFile, ...] = ()
    declarations: tuple[Declaration, ...] = ()

    @property
    def rows(self) -> int:
        """Number of rows of the corpus in this version."""
        return sum(count.rows for count in self.counts)

    def to_json(self) -> dict[str, Any]:
        """Convert to values that JSON can hold; :meth:`from_json` reads them back."""
        result: dict[str, Any] = _finite(asdict(self))
        return result

    @classmethod
    def from_json(cls, value: Any, *, where: str = "the version") -> "Version":
        """Read back what :meth:`to_json` wrote.

        Raises:
            BadInput: a field is missing, unknown, or of another type; the message names each.
        """
        try:
            content = json.dumps(value, allow_nan=False)
        except (TypeError, ValueError) as error:
            raise BadInput(f"{where} is not JSON ({error}); {RESTORE}") from None
        return cls.decode(content.encode(), where=where)

    def encode(self) -> bytes:
        """Encode as the bytes of the ledger's file: equal versions give equal bytes.

        Raises:
            BadInput: a value has a type that JSON lacks, or a text is not valid Unicode.
        """
        try:
            return (json.dumps(self.to_json(), indent=1, ensure_ascii=False, allow_nan=False) + "\n").encode()
        except (TypeError, ValueError) as error:
            raise BadInput(f"version {self.number} of corpus '{self.corpus}' cannot be written: {error}") from None

    @classmethod
    def decode(cls, content: bytes, *, where: str = "the version") -> "Version":
        """Read back what :meth:`encode` wrote; raises as :meth:`from_json` does."""
        try:
            return _reader().validate_json(content)
        except ValidationError as error:
            raise BadInput(f"{where} cannot be read: {_explain(error)}; {RESTORE}") from None


def _finite(value: Any) -> Any:
    """Replace NaN and infinity, which JSON lacks, by null."""
    if isinstance(value, dict):
        return {key: _finite(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(each) for each in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


@cache
def _reader() -> TypeAdapter[Version]:
    return TypeAdapter(Version)


def _explain(error: ValidationError) -> str:
    found = error.errors(include_url=False, include_context=False)
    faults = [f"'{'.'.join(str(step) for step in each['loc']) or 'it'}': {each['msg']}"[:_LONGEST] for each in found]
    return "; ".join(faults[:5]) + (f"; and {len(faults) - 5} more" if len(faults) > 5 else "")
