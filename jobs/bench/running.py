"""Run rows of the benchmark, and collect their measurements with the facts about machine, versions and data."""

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


class RowDisplay(Protocol):
    """Displays the programs of a row while they run."""

    def row(self, row: Row) -> AbstractContextManager[Watch]:
        """Display one row while it runs."""


@dataclass(frozen=True)
class Outcome:
    """A row and its measurements."""

    row: Row
    finding: Finding


@dataclass(frozen=True)
class Report:
    """Results of a benchmark.

    Attributes:
        machine: facts about the machine, and versions.
        peers: package → version in the peers' environment; empty if no row has peers.
        data: facts about the data from which the tables were drawn.
        threads: number of threads of every program.
        repeats: number of turns.
        outcomes: the rows and their measurements, in order.
    """

    machine: dict[str, str]
    peers: dict[str, str]
    data: dict[str, Any]
    threads: int
    repeats: int
    outcomes: list[Outcome]

    @property
    def met(self) -> bool:
        """Whether every row meets its targets."""
        return all(outcome.finding.met for outcome in self.outcomes)

    def to_json(self) -> dict[str, Any]:
        """Return the report as a JSON-serialisable dictionary."""
        facts = {name: getattr(self, name) for name in ("machine", "peers", "data", "threads", "repeats")}
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
        return {**facts, "rows": rows, "met": self.met}


def run_rows(rows: Iterable[Row], *, repeats: int, data: Path | None, label: str | None, display: RowDisplay) -> Report:
    """Measure rows one after the other; a row that fails does not stop the others.

    Raises:
        BadInput: the data does not exist, or a row needs peers and they are not installed.
    """
    chosen, machine = list(rows), describe_machine()
    peers = peer_versions() if any(row.peers for row in chosen) else {}
    outcomes = []
    with open_bench(repeats=repeats, data=data, label=label) as bench:
        for row in chosen:
            with display.row(row) as watch:
                outcomes.append(Outcome(row, _measure(row, bench.with_watch(watch))))
    return Report(machine, peers, bench.data.facts(), bench.threads, repeats, outcomes)


def _measure(row: Row, bench: Bench) -> Finding:
    try:
        return row.measure(bench)
    except ChildFailed as error:
        return Finding([], [], failure=str(error))
