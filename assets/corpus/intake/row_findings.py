"""What row-level guards found in a batch: the rows that they hold, and those that they would hold if they blocked.

Found rows are counted a guard, with one of them as an example, so that a person reads the cause beside the counts.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

import polars as pl

from outcross.assets.corpus.guards.guards import GUARDS
from outcross.assets.corpus.ledger.guard_result import ROWS_HELD, ROWS_OBSERVED, GuardResult
from outcross.resources.counted import counted

_GUARD = r"^([a-z_]+): (.*)$"


@dataclass(frozen=True, kw_only=True)
class RowFinding:
    """The rows of a batch that a guard has a reason against.

    Attributes:
        guard: its name.
        rows: number of rows.
        position: of the first of them in its file.
        reason: against that row.
    """

    guard: str
    rows: int
    position: int
    reason: str

    def to_result(self, *, held: bool) -> GuardResult:
        """Convert to a result for the ledger; the batch as a whole is not blocked by it.

        Args:
            held: whether the rows are held; else the guard only observes, and they are admitted.
        """
        rows = counted(self.rows, "row")
        return GuardResult(
            guard=self.guard,
            metric=ROWS_HELD if held else ROWS_OBSERVED,
            group="",
            value=float(self.rows),
            lower=None,
            upper=None,
            passed=False,
            blocking=False,
            why=f"{rows}, such as row {self.position}: {self.reason}; {GUARDS[self.guard].remedy}",
        )


class RowFindings:
    """Counts of found rows, chunk by chunk; the rows of one chunk are in no other chunk of the same guard.

    Attributes:
        guards: whose rows are counted.
    """

    def __init__(self, guards: Collection[str]) -> None:
        """Start without rows."""
        self.guards = frozenset(guards)
        self._found: dict[str, RowFinding] = {}

    def add(self, found: pl.DataFrame) -> None:
        """Count rows.

        Args:
            found: ``position``, ``guard``, ``reason``: a line for each reason against a row.
        """
        counted = (
            found.filter(pl.col("guard").is_in(sorted(self.guards)))
            .sort("position", "reason")
            .group_by("guard", maintain_order=True)
            .agg(rows=pl.col("position").n_unique(), position=pl.first("position"), reason=pl.first("reason"))
        )
        for row in counted.iter_rows(named=True):
            new = RowFinding(**row)
            old = self._found.get(new.guard)
            first = new if old is None or new.position < old.position else old
            rows = new.rows + (0 if old is None else old.rows)
            self._found[new.guard] = RowFinding(
                guard=new.guard, rows=rows, position=first.position, reason=first.reason
            )

    def add_reasons(self, positions: pl.Series, reasons: pl.Series) -> None:
        """Count rows with their reasons.

        Args:
            positions: (rows,) Int64.
            reasons: (rows,) List(String), each ``guard: reason``.
        """
        self.add(_by_guard(pl.DataFrame({"position": positions, "reasons": reasons})))

    def __iter__(self) -> Iterator[RowFinding]:
        """Iterate over the findings, those with most rows first."""
        return iter(sorted(self._found.values(), key=lambda each: (-each.rows, each.guard)))


def to_results(held: Iterable[RowFinding], observed: Iterable[RowFinding]) -> Iterator[GuardResult]:
    """Convert what was found to results for the ledger."""
    for finding in held:
        yield finding.to_result(held=True)
    for finding in observed:
        yield finding.to_result(held=False)


def _by_guard(rows: pl.DataFrame) -> pl.DataFrame:
    """Split reasons: a line for each, without those that name no guard."""
    named = pl.col("reasons").str.extract_groups(_GUARD)
    return (
        rows.explode("reasons")
        .select("position", guard=named.struct.field("1"), reason=named.struct.field("2"))
        .drop_nulls("guard")
    )
