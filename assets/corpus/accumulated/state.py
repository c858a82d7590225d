"""The evidence after a batch: the window moved on by one batch, and the sums by one step."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from outcross.assets.corpus.accumulated.cusum import CAP, label_steps, rare_steps
from outcross.assets.corpus.accumulated.limits import LABELS, TAILS
from outcross.assets.corpus.accumulated.reference import Reference, Tally
from outcross.assets.corpus.accumulated.window import BATCHES
from outcross.assets.corpus.ledger.evidence import BatchSums, Evidence, Since


@dataclass(frozen=True)
class Arrived:
    """The batch that evidence moves on by.

    Attributes:
        version: number of the version that ingests it.
        batch: its id.
        at: when, ISO 8601 with its offset.
        tally: its counts.
    """

    version: int
    batch: str
    at: str
    tally: Tally

    def since(self, guard: str) -> Since:
        """Date something from this batch."""
        return Since(guard=guard, version=self.version, batch=self.batch, at=self.at)


def move_on(last: Evidence | None, arrived: Arrived, reference: Reference) -> Evidence:
    """Add a batch to the evidence; the sums are not capped yet.

    Args:
        last: evidence before the batch; evidence of other counts is dropped, as after an upgrade.
        arrived: the batch.
        reference: of the anchor.
    """
    if last is None or last.counted != reference.counted:
        last = Evidence(counted=reference.counted, sums={})
    tally = arrived.tally
    counts = " ".join(str(each) for each in (*tally.kinds, *tally.labels, *tally.rare))
    here = BatchSums(version=arrived.version, batch=arrived.batch, at=arrived.at, rows=tally.rows, counts=counts)
    earlier, sums, rising = {each.guard: each for each in last.rising}, dict[str, float](), []
    for name, step in _steps(tally, reference).items():
        sums[name] = max(last.sums.get(name, 0.0) + step, 0.0)
        if sums[name] > 0:
            rising.append(earlier.get(name, arrived.since(name)))
    return replace(last, window=(*last.window, here)[-BATCHES:], sums=sums, rising=tuple(rising))


def cap_sums(evidence: Evidence, limits: Mapping[str, float]) -> Evidence:
    """Cap the sums at ``CAP`` times the bounds of their guards, so that they come down again."""
    capped = {name: min(total, CAP * limits[guard_of(name)]) for name, total in evidence.sums.items()}
    return replace(evidence, sums=capped)


def name_sum(share: float) -> str:
    """Name the sum of the rows that are rare at a level of rarity."""
    return f"{TAILS} {share:g}"


def guard_of(name: str) -> str:
    """Return the guard of a sum."""
    return name.split(" ", maxsplit=1)[0]


def read_tallies(window: Sequence[BatchSums], reference: Reference) -> list[Tally]:
    """Read the counts of the batches of a window."""
    kinds = reference.kinds.places[-1].stop if reference.kinds.places else 0
    rare = 0 if reference.rarity is None else len(reference.rarity.rare)
    found = []
    for each in window:
        counts = np.array(each.counts.split(), dtype=np.int64)
        ends = kinds, len(counts) - rare
        found.append(Tally(each.rows, counts[: ends[0]], counts[ends[0] : ends[1]], counts[ends[1] :]))
    return found


def _steps(tally: Tally, reference: Reference) -> dict[str, float]:
    """Compute the log-likelihood ratio of a batch for each sum, by its name."""
    found = {}
    if (model := reference.labels) is not None:
        half = len(tally.labels) // 2
        known = model.rows, model.errors
        found[LABELS] = float(label_steps(tally.labels[:half], tally.labels[half:], known, model.classes))
    if (rarity := reference.rarity) is not None:
        steps = rare_steps(np.array(tally.rows), tally.rare, (rarity.rows, np.array(rarity.rare)))
        found |= {name_sum(share): float(step) for share, step in zip(rarity.shares, steps, strict=True)}
    return found
