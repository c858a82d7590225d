"""One version of a corpus, as data and as JSON: its parts, the action that made it, and who asked for that.

A version never changes once it is written. It names every part of the corpus, so that it can be read without the
versions before it.
"""

import json
import math
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from functools import cache
from typing import Any, Literal, Self, get_args

from pydantic import ConfigDict, TypeAdapter, ValidationError

from outcross.assets.corpus.guards.catalogue.accumulated import ACCUMULATED
from outcross.assets.corpus.ledger.accepted_change import AcceptedChange
from outcross.assets.corpus.ledger.anchor_ref import AnchorRef
from outcross.assets.corpus.ledger.custody import Declaration, ErasedFile, Withdrawal
from outcross.assets.corpus.ledger.evidence import Evidence
from outcross.assets.corpus.ledger.share_evidence import ShareEvidence
from outcross.resources.errors import RESTORE, BadInput
from outcross.resources.guard_engine import Vital

Origin = Literal["real", "synthetic", "mixed", "unknown"]
Action = Literal[
    "anchor", "ingest", "release", "reject", "trim", "takeover", "withdraw", "decide", "declare", "renewal", "accept"
]
ORIGINS: tuple[Origin, ...] = get_args(Origin)
_STRICT = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)
_LONGEST = 200


@dataclass(frozen=True, kw_only=True)
class Count:
    """Rows of a corpus that share origin, depth, generator and licence."""

    __pydantic_config__ = _STRICT
    origin: Origin
    depth: int | None
    """Number of models that the rows have passed through; 0 for real rows, None where it is unknown."""
    generator: str | None
    licence: str | None
    rows: int


@dataclass(frozen=True, kw_only=True)
class PartRef:
    """A Parquet file of a corpus.

    Attributes:
        path: within the corpus's folder.
        sha256: of the file.
        rows: number of its rows.
        batch: of these rows; empty where they belong to several batches.
        synthetic: number of these rows that are declared synthetic; None where it is not stated, as in ledgers of an
            earlier layout. A part without any is not read where such rows are looked for.
    """

    __pydantic_config__ = _STRICT
    path: str
    sha256: str
    rows: int
    batch: str
    synthetic: int | None = None


@dataclass(frozen=True, kw_only=True)
class FileRef:
    """A file of a corpus that is no part, such as an original: its path within the corpus's folder, and its sha256."""

    __pydantic_config__ = _STRICT
    path: str
    sha256: str


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """The estimated share of synthetic rows, with its 95 % interval; reliable only if ``decided``."""

    __pydantic_config__ = _STRICT
    share: float
    lower: float
    upper: float
    auc: float | None
    decided: bool
    how: str


@dataclass(frozen=True, kw_only=True)
class Expected:
    """Rows that were released by their probability of being synthetic, and how many of them are expected to be so.

    Attributes:
        below: largest probability of a released row, itself not released.
        rows: number of these rows.
        synthetic: sum of their probabilities.
        lower, upper: 95 % limits of the number of synthetic rows among them.
    """

    __pydantic_config__ = _STRICT
    below: float
    rows: int
    synthetic: float
    lower: float
    upper: float

    @property
    def interval(self) -> tuple[float, float, float]:
        """The expected number, and its limits."""
        return self.synthetic, self.lower, self.upper


NOT_LOOKED_INTO = "not_looked_into"
"""Metric of a result that says what a guard could not look into."""
TOO_FEW = "too_few_rows"
"""Metric of a result that says which guard a batch is too small for: how many readings, and what it could see."""
ESTIMATE = "estimate"
"""Metric of a result that only warns: the corpus's estimated synthetic share."""
CAUSE = "cause"
"""Metric of a result that explains what a guard found in a column."""
ROWS_HELD = "rows_held"
"""Metric of a result that counts the rows that a row-level guard holds."""
ROWS_OBSERVED = "rows_observed"
"""Metric of a result that counts the rows that a row-level guard would hold, and only observes."""
ADMITTED_BEFORE = "admitted_before"
"""Metric of a result that only warns: rows that are copies of a protected set, and were in before it was named."""
ROWS_OF_SET = "rows_of_set"
"""Metric of a result that counts the rows of a batch that are copies of a protected set, ``NAME@DIGEST``."""
MARKED = "marked"
"""Metric of a result that counts the rows of a batch that somebody has marked; the group is the mark."""
_TOLD = frozenset({ADMITTED_BEFORE, CAUSE, ESTIMATE, ROWS_HELD})
"""Metrics of results that hold nothing whatever the guard's mode is."""


@dataclass(frozen=True, kw_only=True)
class GuardResult:
    """One number that a guard checks, its bounds (None: open on that side), and whether it is within them.

    A value that could not be computed is None; in JSON a number that is not finite is null.
    """

    __pydantic_config__ = _STRICT
    guard: str
    metric: str
    group: str
    value: float | None
    lower: float | None
    upper: float | None
    passed: bool
    blocking: bool
    why: str

    @classmethod
    def of_vital(cls, vital: Vital, *, passed: bool, blocking: bool, why: str) -> Self:
        """Return the result of a measured number."""
        return cls(
            guard=vital.check,
            metric=vital.metric,
            group=vital.group,
            value=vital.value,
            lower=vital.lower,
            upper=vital.upper,
            passed=passed,
            blocking=blocking,
            why=why,
        )

    @property
    def abstained(self) -> bool:
        """Whether the guard could not look into something: that is neither passed, nor out of its bounds."""
        return self.metric in (NOT_LOOKED_INTO, TOO_FEW)

    @property
    def observed(self) -> bool:
        """Whether the guard only observes, and would have held rows or the batch."""
        told = self.metric in _TOLD or self.guard in ACCUMULATED
        return not (self.passed or self.blocking or self.abstained or told)

    @property
    def warned(self) -> bool:
        """Whether the guard warns about the corpus, and holds nothing."""
        accumulated = self.guard in ACCUMULATED and not (self.blocking or self.abstained)
        return not self.passed and (accumulated or self.metric in (ADMITTED_BEFORE, ESTIMATE))


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

    __pydantic_config__ = _STRICT
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


@dataclass(frozen=True, kw_only=True)
class Totals:
    """Totals of a version's rows.

    Attributes:
        rows: number of rows.
        synthetic: rows declared synthetic.
        share: synthetic ÷ rows; 0 where there are no rows.
        undeclared: rows whose origin is mixed or unknown.
        by_origin: origin → rows.
        by_depth: depth → rows, in order of depth; None last.
        by_generator: generator → rows, for rows that name one.
        by_licence: licence → rows; None where none is stated.
        deepest: largest known depth, if any is known.
        mean_depth: over the rows whose depth is known, if any.
    """

    rows: int
    synthetic: int
    share: float
    undeclared: int
    by_origin: dict[str, int] = field(default_factory=dict)
    by_depth: dict[int | None, int] = field(default_factory=dict)
    by_generator: dict[str, int] = field(default_factory=dict)
    by_licence: dict[str | None, int] = field(default_factory=dict)
    deepest: int | None = None
    mean_depth: float | None = None


def totals(counts: Iterable[Count]) -> Totals:
    """Add up the rows of a version."""
    counted = list(counts)
    rows = sum(count.rows for count in counted)
    by_origin = {origin: sum(count.rows for count in counted if count.origin == origin) for origin in ORIGINS}
    by_depth = _sums((count.depth, count.rows) for count in counted)
    known = {depth: number for depth, number in by_depth.items() if depth is not None and number}
    return Totals(
        rows=rows,
        synthetic=by_origin["synthetic"],
        share=by_origin["synthetic"] / rows if rows else 0.0,
        undeclared=by_origin["mixed"] + by_origin["unknown"],
        by_origin={origin: number for origin, number in by_origin.items() if number},
        by_depth=dict(sorted(by_depth.items(), key=lambda item: math.inf if item[0] is None else item[0])),
        by_generator=dict(sorted(_sums((count.generator, count.rows) for count in counted if count.generator).items())),
        by_licence=dict(
            sorted(_sums((count.licence, count.rows) for count in counted).items(), key=lambda item: item[0] or "")
        ),
        deepest=max(known, default=None),
        mean_depth=sum(depth * number for depth, number in known.items()) / sum(known.values()) if known else None,
    )


def _sums(pairs: Iterable[tuple[Any, int]]) -> dict[Any, int]:
    sums: dict[Any, int] = {}
    for key, number in pairs:
        sums[key] = sums.get(key, 0) + number
    return sums


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
