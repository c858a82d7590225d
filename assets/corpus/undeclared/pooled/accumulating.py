"""ShareEvidence that accumulates: each batch is added to the sums, and to a cumulative sum for each known generator.

The cumulative sum (CUSUM; Page 1954, Biometrika 41:100) of the log-likelihood ratio of a share of 5 % to none rises
while rows of the generator come, and falls back to 0 while none do. In a year of n clean batches it passes h with a
probability of at most n · exp(−h): 52 · exp(−7) is 5 %. Its ratio takes the calibration samples for the truth, and
their error is the same in every batch. So the rows since it was last 0 must be told from real ones with that error too.
"""

from collections.abc import Sequence
from dataclasses import replace
from math import log

import numpy as np

from outcross.assets.corpus.ledger.share_evidence import LAST, BatchTally, Rise, ShareEvidence, Tally
from outcross.assets.corpus.undeclared.cells import FOLDS
from outcross.assets.corpus.undeclared.pooled.fixed_cells import FixedCells
from outcross.assets.corpus.undeclared.pooled.pooled_share import fits, likelihood_ratio

SHARE = 0.05
"""Share of rows declared real that the cumulative sum tells from none."""
BEYOND = 2.7
"""Log-likelihood ratio that the error of the calibration samples reaches in 1 % of corpora: half of 2.33²."""
THRESHOLD = 7.0
"""The guard's bound where a corpus sets none."""


def begin(cells: FixedCells) -> ShareEvidence:
    """Return the evidence of no rows."""
    nothing = Tally.empty(cells.cells)
    return ShareEvidence(
        cells=cells.digest,
        merged=bool(cells.merged),
        calibration=tuple(tuple(int(each) for each in row) for row in cells.calibration),
        since_anchor=nothing,
        unfit=0,
        last=(),
        rises=tuple(Rise(generator=name, value=0.0, batch=None, at=None, since=nothing) for name in cells.names),
    )


def add_batch(
    evidence: ShareEvidence, *, batch: str, at: str, real: Tally, others: Tally, threshold: float = THRESHOLD
) -> ShareEvidence:
    """Add a batch that is admitted.

    Args:
        evidence: of the corpus before.
        batch: its id.
        at: when it came, ISO 8601.
        real: its rows declared real.
        others: its other rows that are not declared synthetic.
        threshold: at which a cumulative sum starts again, since it has told what it had to tell.
    """
    if not evidence.rises:
        return evidence.with_rows(real + others, fits=True)
    fitting = fits(real, evidence.calibration)
    after = evidence.with_rows(real, fits=fitting).with_rows(others, fits=fits(others, evidence.calibration))
    if not fitting:
        return after
    after = _with_last(after, BatchTally(batch=batch, real=real), at)
    rises = [
        _start_again(rise) if is_alarm(after, place, threshold) else rise for place, rise in enumerate(after.rises)
    ]
    return replace(after, rises=tuple(rises))


def with_batch_risen(evidence: ShareEvidence, *, batch: str, at: str, real: Tally) -> ShareEvidence:
    """Add a batch to the cumulative sums and to the last batches alone, without starting any again: for its guards."""
    if not evidence.rises or not fits(real, evidence.calibration):
        return evidence
    return _with_last(evidence, BatchTally(batch=batch, real=real), at)


def _with_last(evidence: ShareEvidence, added: BatchTally, at: str) -> ShareEvidence:
    if not added.real.rows:
        return evidence
    return replace(evidence, last=(*evidence.last, added)[-LAST:], rises=_risen(evidence, added, at))


def alarm_value(evidence: ShareEvidence, place: int) -> float:
    """Return what is held to the threshold: a cumulative sum, less ln of the number of generators.

    Args:
        evidence: of the corpus.
        place: of the generator.
    """
    value = evidence.rises[place].value
    return value - log(len(evidence.rises)) if value else 0.0


def is_beyond_calibration(evidence: ShareEvidence, place: int) -> bool:
    """Check whether a rise is more than the error of the calibration samples explains, with 99 % confidence."""
    found = likelihood_ratio(evidence.rises[place].since, evidence.calibration, place + 1)
    return found > BEYOND


def is_alarm(evidence: ShareEvidence, place: int, threshold: float) -> bool:
    """Check whether a generator's rows come with certainty; the arguments are those of :func:`alarm_value`."""
    return alarm_value(evidence, place) > threshold and is_beyond_calibration(evidence, place)


def pool(tallies: Sequence[BatchTally], cells: int) -> Tally:
    """Add up the rows declared real of batches."""
    return sum((each.real for each in tallies), start=Tally.empty(cells))


def _risen(evidence: ShareEvidence, added: BatchTally, at: str) -> tuple[Rise, ...]:
    """Add a batch to the cumulative sums."""
    risen = []
    for place, rise in enumerate(evidence.rises):
        value = rise.value + _log_ratio(added.real, evidence.calibration, place + 1)
        if value <= 0:
            risen.append(_start_again(rise))
        elif rise.batch is None:
            risen.append(replace(rise, value=value, batch=added.batch, at=at, since=added.real))
        else:
            risen.append(replace(rise, value=value, since=rise.since + added.real))
    return tuple(risen)


def _start_again(rise: Rise) -> Rise:
    return replace(rise, value=0.0, batch=None, at=None, since=Tally.empty(len(rise.since.cells)))


def _log_ratio(tally: Tally, calibration: Sequence[Sequence[int]], kind: int) -> float:
    """Compute the log-likelihood ratio of a share of one generator to none; the calibration samples are the truth."""
    counts = np.array(calibration, dtype=np.float64)[[0, kind]] + 0.5
    real, made = counts / counts.sum(axis=1, keepdims=True)
    unsure = sum(tally.cells) / FOLDS
    scale = unsure / tally.squares if tally.squares else 0.0
    return float((np.array(tally.cells) / FOLDS * scale) @ np.log1p(SHARE * (made / real - 1)))
