"""What can be accepted: a change has to be of a column that is modelled, and to be a change from the anchor."""

import math

from outcross.assets.corpus.ledger.accepted_change import AcceptedChange
from outcross.assets.corpus.open_corpus import OpenCorpus
from outcross.resources.did_you_mean import did_you_mean
from outcross.resources.errors import BadInput
from outcross.resources.schema import Column, Role

_MAY_LACK = (Role.NUMERIC, Role.CATEGORICAL, Role.GROUP)


def find_column(corpus: OpenCorpus, name: str) -> Column:
    """Return the column of a corpus that has a name, in its file or in the store.

    Raises:
        BadInput: it has no such column.
    """
    for column in corpus.schema.columns:
        if name in (column.source_name, column.name):
            return column
    names = [column.source_name for column in corpus.schema.columns]
    raise BadInput(
        f"corpus '{corpus.name}' has no column {name!r:.60}{did_you_mean(name, names)}; it has {', '.join(names[:20])}"
    )


def check_change(change: AcceptedChange, corpus: OpenCorpus) -> AcceptedChange:
    """Check that a change can be accepted, and return it.

    Raises:
        BadInput: its column is unknown or of another kind, or the anchor has what it names already.
    """
    column = find_column(corpus, change.column)
    fault = {"level": _level_fault, "range": _range_fault, "unit": _unit_fault, "absent": _absent_fault}[change.kind](
        change, column, corpus
    )
    if fault:
        raise BadInput(f"corpus '{corpus.name}': '{change.describe()}' cannot be accepted: {fault}")
    return change


def _level_fault(change: AcceptedChange, column: Column, corpus: OpenCorpus) -> str:
    if column not in corpus.schema.discrete:
        return "the column has no levels; accept a --range of numbers instead"
    if change.level in _levels(corpus, column):
        return "the anchor has this level already, so that nothing has to be accepted"
    return ""


def _range_fault(change: AcceptedChange, column: Column, corpus: OpenCorpus) -> str:
    if column not in corpus.schema.numeric:
        return "the column has no numbers; accept a --level instead"
    if change.low is None or change.high is None or not change.low < change.high:
        return "LOW has to be below HIGH"
    least, largest = anchor_range(corpus, column)
    if least <= change.low and change.high <= largest:
        return f"the anchor reaches from {least:g} to {largest:g} already, so that nothing has to be accepted"
    return ""


def _unit_fault(change: AcceptedChange, column: Column, corpus: OpenCorpus) -> str:
    if column not in corpus.schema.numeric or column.is_temporal:
        return "the column has no numbers with a unit"
    factor = change.factor or 0.0
    if not math.isfinite(factor) or factor <= 0 or factor == 1:
        return "FACTOR has to be a number above 0 other than 1"
    return ""


def _absent_fault(change: AcceptedChange, column: Column, corpus: OpenCorpus) -> str:
    if column.role not in _MAY_LACK:
        return f"rows without a column of role '{column.role}' are not rows of this corpus; start another one"
    if corpus.entity is not None and column.name == corpus.entity.name:
        return "it names the entity of a row, by which the holdout is kept apart"
    return ""


def _levels(corpus: OpenCorpus, column: Column) -> frozenset[str]:
    return frozenset(corpus.profile.scales.levels[corpus.schema.discrete.index(column)])


def anchor_range(corpus: OpenCorpus, column: Column) -> tuple[float, float]:
    """Return the smallest and the largest number of a column of the anchor; NaN where it has none."""
    values = corpus.rows[column.name].drop_nulls().drop_nans()
    low, high = values.min(), values.max()
    if not isinstance(low, int | float) or not isinstance(high, int | float):
        return math.nan, math.nan
    return float(low), float(high)
