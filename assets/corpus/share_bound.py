"""The bound on the synthetic share of a corpus, and the source of that number."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import polars as pl

from outcross.assets.corpus.corpus import Corpus
from outcross.assets.corpus.ledger.guard_result import ESTIMATE
from outcross.assets.corpus.ledger.records import Count, Estimate
from outcross.assets.stored_verdicts import read_verdicts
from outcross.resources.errors import BadInput
from outcross.resources.guard_engine import Vital
from outcross.resources.store import MissingArtefact, Store

SHARE = "synthetic_share"
"""The guard that enforces the bound."""
ESTIMATED, LOWER = "estimated_share", "lower_limit"
"""The guard that holds the estimated share to it, and the metric that blocks."""


@dataclass(frozen=True)
class Bound:
    """The bound of a corpus at the time it was read.

    Attributes:
        share: largest synthetic share that is allowed.
        source: of this number, in words.
    """

    share: float
    source: str


def read_bound(corpus: Corpus, store: Store) -> Bound:
    """Read a corpus's bound: the share in its file, or the lower limit of a study's verdict on its primary endpoint.

    Of several ladders the smallest limit counts, and of several sizes the one of the largest number of rows. Where the
    bound names an endpoint, that one counts instead. An
    undecided verdict has the limit 0, which allows no synthetic row.

    Raises:
        BadInput: the study has no such verdict, or a verdict without a limit.
    """
    bound = corpus.bound
    if bound.share is not None:
        return Bound(bound.share, "stated in the corpus file")
    assert bound.study is not None
    try:
        verdicts = read_verdicts(store, bound.study).filter(pl.col("reference") == "holdout")
    except MissingArtefact:
        raise BadInput(
            f"corpus '{corpus.corpus}': 'bound' names the study '{bound.study}', which has no verdict yet; "
            f"run: outcross study {bound.study}, or state 'bound: {{share: …}}'"
        ) from None
    for key, wanted in (("ladder", bound.ladder), ("endpoint", bound.endpoint)):
        if wanted is not None:
            known = verdicts[key].unique().sort().to_list()
            verdicts = verdicts.filter(pl.col(key) == wanted)
            if verdicts.is_empty():
                raise BadInput(
                    f"corpus '{corpus.corpus}': the study '{bound.study}' has no verdict for the {key} '{wanted}' "
                    f"(it has {', '.join(known)}); correct 'bound'"
                )
    if bound.endpoint is None:
        verdicts = verdicts.filter("primary")
    verdicts = verdicts.filter(pl.col("rows").is_null() | (pl.col("rows") == pl.col("rows").max()))
    least = verdicts.sort("lower_95", nulls_last=False).row(0, named=True)
    if least["lower_95"] is None:
        raise BadInput(
            f"corpus '{corpus.corpus}': the verdict of '{bound.study}' on {least['endpoint']} ({least['ladder']}) "
            "has no limit; run the study with more replicates, or state 'bound: {share: …}'"
        )
    size = "" if least["rows"] is None else f", at {least['rows']:,} rows a generation (at other sizes it may differ)"
    source = f"lower 95 % limit of study {bound.study}, {least['ladder']}, {least['endpoint']}{size}"
    return Bound(float(least["lower_95"]), source if least["decided"] else f"{source} (not decided)")


def share_vital(counts: Sequence[Count], bound: Bound, *, before: Sequence[Count] = ()) -> Vital:
    """Compute the synthetic share of a corpus; rows of mixed or unknown origin count as synthetic.

    Args:
        counts: of the rows of the corpus.
        bound: of the share.
        before: counts of the version before. Past its bound, a corpus may still take what lowers the share.
    """
    return Vital(SHARE, SHARE, "", _not_real(counts), None, max(bound.share, _not_real(before)))


def estimated_vitals(found: Estimate | None, bound: Bound, *, before: Estimate | None) -> Iterator[Vital]:
    """Yield the lower limit of the estimated share, and the estimate itself where it is decided.

    Args:
        found: the estimate for the corpus; nothing is yielded without one.
        bound: of the share.
        before: the estimate for the version before, as in :func:`share_vital`.
    """
    if found is None:
        return
    yield Vital(ESTIMATED, LOWER, "", found.lower, None, max(bound.share, before.lower if before else 0.0))
    if found.decided:
        yield Vital(ESTIMATED, ESTIMATE, "", found.share, None, bound.share)


def _not_real(counts: Sequence[Count]) -> float:
    rows = sum(count.rows for count in counts)
    doubtful = sum(count.rows for count in counts if count.origin != "real")
    return doubtful / rows if rows else 0.0
