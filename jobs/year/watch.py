"""The guards' own functions over the batches of a year: those of batches, and those that accumulate."""

from dataclasses import dataclass, field
from io import BytesIO

import polars as pl

from outcross.assets.corpus.accumulated.accumulate import FEWEST_BATCHES, group_season, read_evidence
from outcross.assets.corpus.accumulated.limits import simulate_limits
from outcross.assets.corpus.accumulated.reference import Reference
from outcross.assets.corpus.accumulated.state import Arrived, cap_sums, move_on
from outcross.assets.corpus.accumulated.stored_limits import size_class
from outcross.assets.corpus.guards.bounds import apply_bounds, is_within_bounds
from outcross.assets.corpus.guards.fitting import fit_profile
from outcross.assets.corpus.guards.vitals import measure_batch
from outcross.assets.corpus.ledger.evidence import Evidence
from outcross.jobs.year.years import Year

STATED = {"origin": "real", "generator": None, "licence": "CC0-1.0", "consent": "terms", "depth": 0}


@dataclass
class Watch:
    """The guards of a corpus that is started with the anchor of a year.

    Attributes:
        evidence: after the last batch.
        week: of the next batch.
    """

    year: Year
    evidence: Evidence | None = None
    week: int = 0
    _limits: dict[int, dict[str, float]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        schema = self.year.table.schema
        self._profile = fit_profile(self.year.anchor, self.year.holdout, schema, seed=self.year.seed)
        self._reference = Reference.fit(self._profile, self.year.anchor, self.year.holdout, seed=self.year.seed)

    def resume(self, evidence: Evidence | None, week: int) -> None:
        """Go back to the evidence before a week."""
        self.evidence, self.week = evidence, week

    def held_by(self, batch: pl.DataFrame) -> list[str]:
        """Name the guards of batches that hold a batch by itself."""
        types = {"depth": pl.Int32}
        stated = [pl.lit(value, dtype=types.get(name, pl.String)).alias(name) for name, value in STATED.items()]
        buffer = BytesIO()
        batch.with_columns(stated).write_parquet(buffer)
        buffer.seek(0)
        readings = measure_batch([buffer], self._profile, self.year.anchor, seed=self.year.seed, threads=1)
        return sorted({vital.check for vital in apply_bounds(readings, {}) if not is_within_bounds(vital)})

    def add(self, batch: pl.DataFrame) -> dict[str, str]:
        """Move the evidence on by a batch; return guard → column of those that are past their limits."""
        arrived = Arrived(self.week + 2, f"week {self.week}", "2026-01-01", self._reference.tally(batch))
        self.evidence, self.week = move_on(self.evidence, arrived, self._reference), self.week + 1
        window = self.evidence.window
        if len(window) < FEWEST_BATCHES:
            return {}
        size, season = size_class(sum(each.rows for each in window) / len(window)), group_season({})
        if size not in self._limits:
            self._limits[size] = simulate_limits(self._reference, size, season=season, seed=self.year.seed)
        limits = self._limits[size]
        self.evidence = cap_sums(self.evidence, limits)
        past: dict[str, str] = {}
        for told in read_evidence(self.evidence, self._reference, limits, season):
            if told.reading.value > limits[told.reading.guard]:
                past.setdefault(told.reading.guard, told.reading.group)
        return past
