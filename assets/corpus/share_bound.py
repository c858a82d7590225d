"""The bound on the synthetic share of a corpus, and the source of that number."""

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from outcross.assets.corpus.corpus import Corpus
from outcross.assets.corpus.ledger.version import Count
from outcross.assets.stored_verdicts import read_verdicts
from outcross.resources.errors import BadInput
from outcross.resources.guard_engine import Vital
from outcross.resources.store import MissingArtefact, Store

SHARE = "synthetic_share"
"""The guard that enforces the bound."""


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


def share_vital(counts: Sequence[Count], bound: Bound) -> Vital:
    """Compute the synthetic share of a corpus; rows of mixed or unknown origin count as synthetic."""
    rows = sum(count.rows for count in counts)
    doubtful = sum(count.rows for count in counts if count.origin != "real")
    return Vital(SHARE, SHARE, "", doubtful / rows if rows else 0.0, None, bound.share)
