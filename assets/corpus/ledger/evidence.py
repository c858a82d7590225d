"""What the guards that accumulate remember from one batch to the next: sums, of a size that does not grow."""

from dataclasses import dataclass

from pydantic import ConfigDict

_STRICT = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)


@dataclass(frozen=True, kw_only=True)
class BatchSums:
    """The counts of one batch of the window.

    Attributes:
        version: number of the version that ingested it.
        batch: its id.
        at: when, ISO 8601 with its offset.
        rows: that were counted.
        counts: of the kinds of rows, in their order, separated by blanks: one line of the version's file.
    """

    __pydantic_config__ = _STRICT
    version: int
    batch: str
    at: str
    rows: int
    counts: str


@dataclass(frozen=True, kw_only=True)
class Since:
    """The batch from which on something holds.

    Attributes:
        guard: that it holds for, with its column or sum after a blank.
        version: number of the version that ingested the batch.
        batch: its id.
        at: when, ISO 8601 with its offset.
    """

    __pydantic_config__ = _STRICT
    guard: str
    version: int
    batch: str
    at: str


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """What has accumulated up to a version.

    Attributes:
        counted: identifies what ``counts`` and ``sums`` are of; where it has changed, evidence starts anew.
        window: the last batches, the latest last.
        sums: name → cumulative sum of the log-likelihood ratio, nats; the name begins with that of its guard.
        rising: for each sum above 0, the batch from which on it has been.
        passed: for each guard and column past the limit, the batch from which on the change dates.
    """

    __pydantic_config__ = _STRICT
    counted: str
    window: tuple[BatchSums, ...] = ()
    sums: dict[str, float]
    rising: tuple[Since, ...] = ()
    passed: tuple[Since, ...] = ()
