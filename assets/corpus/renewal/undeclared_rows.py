"""Whether rows that are to join the anchor are shown to be real: the upper limit of their undeclared synthetic share.

The rows are counted in the corpus's fixed classifier, all together and each batch by itself. So what is shown is that
few of them are of the *known* generators; a generator that is not known, or that is as good as real, goes unnoticed.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl

from outcross.assets.corpus.guards.bounds import bounds
from outcross.assets.corpus.ledger.share_evidence import Tally
from outcross.assets.corpus.ledger.version import Version
from outcross.assets.corpus.open_corpus import OpenCorpus
from outcross.assets.corpus.renewal.largest_share import largest_synthetic_share
from outcross.assets.corpus.undeclared.batch_share import GUARD
from outcross.assets.corpus.undeclared.comparison import REMEDY, compare_with, scan_declared
from outcross.assets.corpus.undeclared.pooled.corpus_evidence import gather, tally_batches
from outcross.assets.corpus.undeclared.pooled.pooled_share import PooledShare, estimate_pooled, fits
from outcross.resources.errors import BadInput


@dataclass(frozen=True, kw_only=True)
class ShownShare:
    """The undeclared synthetic share of rows, as far as the known generators go.

    Attributes:
        share, lower, upper: of the rows, with 95 % limits.
        limit: the bound of the guard ``undeclared_share``.
        generators: the known generators, in words.
        is_mixture: whether a mixture of real rows as before and rows of the generators fits. If not, as after a drift,
            the upper limit holds whatever the real rows are distributed as now.
        batches: batch → lower limit of its own share.
    """

    share: float
    lower: float
    upper: float
    limit: float
    generators: str
    is_mixture: bool
    batches: dict[str, float]


def show_share(corpus: OpenCorpus, version: Version, chosen: pl.DataFrame) -> ShownShare:
    """Estimate the undeclared share of rows, and refuse them where it is not shown to lie below the guard's bound.

    Args:
        corpus: the open corpus, with the anchor of the version.
        version: the last of its ledger.
        chosen: the rows, as :func:`.contents.scan_rows` gives them.

    Raises:
        BadInput: no generator is known or told from real rows, too few rows can be looked at, or a limit is above the
            bound; the message says which, with the remedy.
    """
    limit = bounds(GUARD, corpus.settings.guard_settings())[1]
    limit = 1.0 if limit is None else limit
    gathered = gather(corpus, version)
    if gathered is None or not gathered.evidence.rises or gathered.evidence.merged:
        told = "rows of a known generator are hardly told from real rows" if gathered else "no generator is known"
        raise BadInput(f"{_refused(corpus, limit)}: {told}, so nothing shows how many of them are synthetic; {REMEDY}")
    compared = compare_with(corpus, scan_declared(corpus, version), gathered.cells.groups)
    calibration = gathered.evidence.calibration
    counted = tally_batches(corpus, version, chosen.lazy(), gathered.cells, compared)
    tallies = {batch: tally for (batch, _), tally in counted.items()}
    whole = sum(tallies.values(), start=Tally.empty(gathered.cells.cells))
    found, largest = estimate_pooled(whole, calibration), largest_synthetic_share(whole, calibration)
    own = {batch: estimate_pooled(tally, calibration) for batch, tally in tallies.items()}
    names = ", ".join(rise.generator for rise in gathered.evidence.rises)
    is_mixture = found.decided and fits(whole, calibration)
    upper = max(found.upper if is_mixture else largest, found.share if is_mixture else 0.0)
    if faults := [*_faults(upper, own, limit, names)]:
        raise BadInput(f"{_refused(corpus, limit)}: {faults[0]}")
    return ShownShare(
        share=min(found.share, upper),
        lower=min(found.lower if is_mixture else whole.certain / whole.rows, found.share, upper),
        upper=upper,
        limit=limit,
        generators=names,
        is_mixture=is_mixture,
        batches={batch: each.lower for batch, each in own.items()},
    )


def _refused(corpus: OpenCorpus, limit: float) -> str:
    return (
        f"corpus '{corpus.name}': the anchor is not renewed with these rows, since their undeclared synthetic share is "
        f"not shown to lie below {limit:.1%}, the bound of '{GUARD}'"
    )


def _faults(upper: float, own: dict[str, PooledShare], limit: float, names: str) -> Iterator[str]:
    for batch, each in own.items():
        if each.lower > limit:
            yield (
                f"at least {each.lower:.1%} of batch {batch} are told to be rows of {names}; choose others with "
                "--batch, and ask the source of this one"
            )
    if upper > limit:
        yield (
            f"as many as {upper:.1%} of them may be rows of {names} (95 % limit); choose more batches, leave out the "
            f"suspicious ones with --batch, or set 'guards: {{{GUARD}: {{upper: …}}}}' in the corpus file"
        )
