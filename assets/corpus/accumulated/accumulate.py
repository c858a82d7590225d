"""Move the evidence of a corpus on by one batch, and hold it to the limits of a year."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import polars as pl

from outcross.assets.corpus.accumulated.limits import DRIFT, GROUPS
from outcross.assets.corpus.accumulated.reference import Reference
from outcross.assets.corpus.accumulated.state import Arrived, cap_sums, guard_of, move_on, read_tallies
from outcross.assets.corpus.accumulated.stored_limits import read_limits
from outcross.assets.corpus.accumulated.told import Told, tell_sum, tell_window
from outcross.assets.corpus.accumulated.window import SEASONAL, deviations
from outcross.assets.corpus.guards.bounds import GuardSetting, apply_bounds, blocks, bounds, is_within_bounds
from outcross.assets.corpus.guards.catalogue.accumulated import DEVIATION, LIKELIHOOD
from outcross.assets.corpus.guards.guards import GUARDS
from outcross.assets.corpus.guards.measures.contract import Reading
from outcross.assets.corpus.ledger.evidence import Evidence, Since
from outcross.assets.corpus.ledger.guard_result import GuardResult
from outcross.assets.corpus.ledger.version import Version
from outcross.assets.corpus.open_corpus import OpenCorpus
from outcross.assets.corpus.undeclared.known_generators import hash_limit

MOST_ROWS = 5_000
"""Largest number of rows of a batch that are counted; of more, those with the smallest content hashes."""
FEWEST_BATCHES = 2
"""A batch alone is for the guards of batches."""
REPRESENTATION = "representation"
"""The guard whose bounds say which change of a group's share is none."""


@dataclass(frozen=True)
class Gathered:
    """What a batch adds.

    Attributes:
        evidence: after the batch; None where nothing was counted before either.
        results: of the guards that accumulate.
    """

    evidence: Evidence | None
    results: tuple[GuardResult, ...] = ()


def accumulate(corpus: OpenCorpus, batch: Path, last: Version, *, batch_id: str, at: str) -> Gathered:
    """Move the evidence on by the rows of a batch that are not declared synthetic.

    The cost does not grow with the number of batches: the last version holds every sum.

    Args:
        corpus: the open corpus.
        batch: Parquet of ``content``, the canonical columns and ``origin``.
        last: the version before.
        batch_id: id of the batch.
        at: when it came, ISO 8601 with its offset.
    """
    if not (corpus.schema.numeric or corpus.schema.discrete):
        return Gathered(last.accumulated)
    rows = _draw(pl.scan_parquet(batch).filter(pl.col("origin") != "synthetic"), corpus.schema.names)
    if not rows.height:
        return Gathered(last.accumulated)
    reference = Reference.fit(corpus.profile, corpus.rows, corpus.holdout, seed=corpus.settings.seed)
    arrived = Arrived(last.number + 1, batch_id, at, reference.tally(rows))
    return _judge(corpus, reference, move_on(last.accumulated, arrived, reference))


def _judge(corpus: OpenCorpus, reference: Reference, evidence: Evidence) -> Gathered:
    if len(evidence.window) < FEWEST_BATCHES:
        return Gathered(replace(evidence, passed=()))
    settings = corpus.settings.guard_settings()
    season = group_season(settings)
    mean = sum(each.rows for each in evidence.window) / len(evidence.window)
    limits = read_limits(corpus, reference, mean, season)
    highest = {guard: max(limit, bounds(guard, settings)[1] or 0.0) for guard, limit in limits.items()}
    evidence = cap_sums(evidence, highest)
    results, passed = list[GuardResult](), list[Since]()
    for told in read_evidence(evidence, reference, limits, season):
        (vital,) = apply_bounds([told.reading], settings)
        within = is_within_bounds(vital)
        name = f"{vital.check} {vital.group}".strip()
        since = next((each for each in evidence.passed if each.guard == name), replace(told.since, guard=name))
        passed += [] if within else [since]
        why = "" if within else f"{told.describe(since)}; {GUARDS[vital.check].remedy}"
        blocking = blocks(vital.check, settings)
        results.append(GuardResult.of_vital(vital, passed=within, blocking=blocking, why=why))
    return Gathered(replace(evidence, passed=tuple(passed)), tuple(results))


def read_evidence(
    evidence: Evidence, reference: Reference, limits: dict[str, float], season: tuple[float, float]
) -> Iterator[Told]:
    """Read the evidence: of the window, each column past the limit and the highest one; of sums, the highest.

    Args:
        evidence: after the batch.
        reference: of the anchor.
        limits: guard → limit.
        season: largest relative fall and rise of the share of a protected group that is no change.
    """
    tallies = read_tallies(evidence.window, reference)
    total = np.sum([each.kinds for each in tallies], axis=0)
    found: dict[str, list[Told]] = {DRIFT: [], GROUPS: []}
    for kinds, where in zip(reference.kinds.every, reference.kinds.places, strict=True):
        guard, allowed = (GROUPS, season) if kinds.is_group else (DRIFT, SEASONAL)
        apart = deviations(total[where], kinds, allowed)
        if apart.size:
            kind = int(apart.argmax())
            reading = Reading(guard, DEVIATION, kinds.column, float(apart[kind]), high=limits[guard])
            counts = [each.kinds[where] for each in tallies]
            found[guard].append(tell_window(reading, (kinds, kind), counts, evidence.window, allowed))
    for guard, every in found.items():
        columns = dict[str, Told]()
        for told in sorted(every, key=lambda told: -told.reading.value):
            columns.setdefault(told.reading.group, told)  # numbers have two sets of kinds
        for place, told in enumerate(columns.values()):
            if place == 0 or told.reading.value > limits[guard]:
                yield told
    for guard in dict.fromkeys(guard_of(name) for name in evidence.sums):
        name = max((each for each in evidence.sums if guard_of(each) == guard), key=evidence.sums.__getitem__)
        reading = Reading(guard, LIKELIHOOD, "", evidence.sums[name], high=limits[guard])
        yield tell_sum(reading, name, evidence, tallies, reference)


def group_season(settings: dict[str, GuardSetting]) -> tuple[float, float]:
    """Return the relative fall and rise of the share of a protected group that ``representation`` allows."""
    lower, upper = bounds(REPRESENTATION, settings)
    return max(1 - (1.0 if lower is None else lower), 0.0), max((1.0 if upper is None else upper) - 1, 0.0)


def _draw(rows: pl.LazyFrame, names: list[str]) -> pl.DataFrame:
    count = rows.select(pl.len()).collect(engine="streaming").item()
    few = rows.filter(pl.col("content") < hash_limit(count, MOST_ROWS)).select("content", "position", *names)
    return few.collect(engine="streaming").sort("content", "position").head(MOST_ROWS).select(names)
