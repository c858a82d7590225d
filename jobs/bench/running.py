"""Run rows of the benchmark, and gather what they found with the circumstances."""

from collections.abc import Iterable
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Protocol

from outcross.jobs.bench.bench import Bench, Watch, open_bench
from outcross.jobs.bench.child import ChildFailed
from outcross.jobs.bench.machine import describe_machine
from outcross.jobs.bench.peer_environment import peer_versions
from outcross.jobs.bench.row import Finding, Row


class Showing(Protocol):
    """Shows what is running."""

    def row(self, row: Row) -> AbstractContextManager[Watch]:
        """Show one row, while it runs."""


@dataclass(frozen=True)
class Outcome:
    """A row and its finding."""

    row: Row
    finding: Finding


@dataclass(frozen=True)
class Report:
    """Everything a benchmark gave.

    Attributes:
        machine: what it ran on.
        peers: package → version in the peers' environment; empty where no row had peers.
        data: what the tables were drawn from.
        threads: of every program.
        repeats: turns.
        outcomes: the rows, in order.
    """

    machine: dict[str, str]
    peers: dict[str, str]
    data: dict[str, Any]
    threads: int
    repeats: int
    outcomes: list[Outcome]

    @property
    def met(self) -> bool:
        """Whether no row misses a target."""
        return all(outcome.finding.met for outcome in self.outcomes)

    def to_json(self) -> dict[str, Any]:
        """A JSON-able form."""
        circumstances = {name: getattr(self, name) for name in ("machine", "peers", "data", "threads", "repeats")}
        rows = [
            {
                "name": outcome.row.name,
                "work": outcome.row.work,
                "peer": outcome.row.peer,
                "met": outcome.finding.met,
                **asdict(outcome.finding),
            }
            for outcome in self.outcomes
        ]
        return {**circumstances, "rows": rows, "met": self.met}


def run_rows(rows: Iterable[Row], *, repeats: int, data: Path | None, label: str | None, showing: Showing) -> Report:
    """Measure rows one after the other; one that cannot be measured does not stop the others.

    Raises:
        BadInput: there is no such data, or a row needs peers and they are not installed.
    """
    chosen, machine = list(rows), describe_machine()
    peers = peer_versions() if any(row.peers for row in chosen) else {}
    outcomes = []
    with open_bench(repeats=repeats, data=data, label=label) as bench:
        for row in chosen:
            with showing.row(row) as watch:
                outcomes.append(Outcome(row, _measure(row, bench.watched(watch))))
    return Report(machine, peers, bench.wanted.facts(), bench.threads, repeats, outcomes)


def _measure(row: Row, bench: Bench) -> Finding:
    try:
        return row.measure(bench)
    except ChildFailed as error:
        return Finding([], [], failure=str(error))
