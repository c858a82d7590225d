"""What evidence says in words: which rows have become commoner or rarer, by how much, and since which batch."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from outcross.assets.corpus.accumulated.kinds import Kinds
from outcross.assets.corpus.accumulated.limits import LABELS
from outcross.assets.corpus.accumulated.reference import Reference, Tally
from outcross.assets.corpus.accumulated.state import name_sum
from outcross.assets.corpus.accumulated.window import deviations
from outcross.assets.corpus.guards.measures.contract import Reading
from outcross.assets.corpus.ledger.evidence import BatchSums, Evidence, Since


@dataclass(frozen=True)
class Told:
    """A reading with its words.

    Attributes:
        reading: of the evidence, with its limit.
        what: the change, in words.
        since: the batch that the change dates from.
    """

    reading: Reading
    what: str
    since: Since

    def describe(self, since: Since) -> str:
        """Describe the change, and from which batch on it was found to be there.

        Args:
            since: that batch; once the guard is past its limit, the one it was then dated from.
        """
        value, limit = self.reading.value, self.reading.high
        return (
            f"{self.what}, since batch {since.batch} of {since.at[:10]} (version {since.version}); "
            f"the evidence is {value:.1f}, and by chance a year of clean batches stays below {limit:.1f}"
        )


def tell_window(
    reading: Reading,
    of: tuple[Kinds, int],
    counts: Sequence[np.ndarray],
    window: Sequence[BatchSums],
    season: tuple[float, float],
) -> Told:
    """Tell of a kind of row in the window; the change dates from where the evidence since is strongest.

    Args:
        reading: of the kind.
        of: the kinds of its column, and its place among them.
        counts: of these kinds, batch by batch.
        window: the batches.
        season: largest relative fall and rise that is no change.
    """
    kinds, kind = of
    last = np.cumsum(counts[::-1], axis=0)
    apart = deviations(last, kinds, season)[:, kind]
    length = int(apart.argmax()) + 1
    total, rows = last[length - 1][kind], last[length - 1][-1]
    name, known, of_anchor = kinds.names[kind], int(kinds.known[kind]), max(kinds.of, 1)
    which = "the last batch" if length == 1 else f"the last {length} batches"
    what = (
        f"{total / max(rows, 1):.2%} of the {rows:,} rows of {which} are '{name}', and {known / of_anchor:.2%} of the "
        "anchor's"
    )
    return Told(reading, what, _date(reading.guard, window[-length]))


def tell_sum(reading: Reading, name: str, evidence: Evidence, tallies: Sequence[Tally], reference: Reference) -> Told:
    """Tell of wrong labels or missing rare rows, in the batches of the window that the sum has risen over.

    Args:
        reading: of the sum.
        name: of the sum.
        evidence: after the batch.
        tallies: of the batches of the window.
        reference: of the anchor.
    """
    last = _date(reading.guard, evidence.window[-1])
    since = next((replace(each, guard=reading.guard) for each in evidence.rising if each.guard == name), last)
    risen = [
        tally
        for tally, each in zip(tallies, evidence.window, strict=True)
        if each.version >= since.version or since.version < evidence.window[0].version
    ]
    rows = sum(each.rows for each in risen)
    if reading.guard == LABELS and reference.labels is not None:
        model = reference.labels
        half = len(model.rows)
        labelled = np.sum([each.labels[:half] for each in risen], axis=0)
        wrong = np.sum([each.labels[half:] for each in risen], axis=0)
        expected = float((labelled * (model.errors + 0.5) / (model.rows + 1)).sum())
        what = (
            f"a model of the anchor contradicts '{model.label}' in {int(wrong.sum()):,} of the last "
            f"{int(labelled.sum()):,} rows, and {expected:,.0f} are expected"
        )
    else:
        rarity = reference.rarity
        assert rarity is not None
        level = [name_sum(share) for share in rarity.shares].index(name)
        rare = int(sum(int(each.rare[level]) for each in risen))
        what = (
            f"{rare / max(rows, 1):.1%} of the last {rows:,} rows have a level or tail that at most "
            f"{rarity.shares[level]:.0%} of the anchor's rows have, and {rarity.rare[level] / rarity.rows:.1%} of the "
            "anchor's"
        )
    return Told(reading, what, since)


def _date(guard: str, batch: BatchSums) -> Since:
    return Since(guard=guard, version=batch.version, batch=batch.batch, at=batch.at)
