"""A change as it is stated on the command line or in the UI: ``COLUMN=VALUE``, ``COLUMN=LOW..HIGH`` and others."""

from dataclasses import replace

from outcross.assets.corpus.accepted.checked import find_column
from outcross.assets.corpus.ledger.accepted_change import AcceptedChange, ChangeKind
from outcross.assets.corpus.open_corpus import OpenCorpus
from outcross.resources.errors import BadInput
from outcross.resources.schema import Column
from outcross.resources.sources.canonical import canonical

_FORMS: dict[ChangeKind, str] = {
    "level": "COLUMN=VALUE",
    "range": "COLUMN=LOW..HIGH",
    "unit": "COLUMN=FACTOR",
    "absent": "COLUMN",
}


def parse_change(kind: str, text: str, corpus: OpenCorpus, *, reason: str, by: str, at: str) -> AcceptedChange:
    """Parse a change.

    Args:
        kind: of the change.
        text: its column and value.
        corpus: the open corpus.
        reason: for the ledger.
        by: who accepts it.
        at: when, ISO 8601 with its offset.

    Raises:
        BadInput: there is no such kind, the text has another form, a number is none, or the corpus has no such column.
    """
    known = next((each for each in _FORMS if each == kind), None)
    if known is None:
        raise BadInput(f"a change is of the kinds {', '.join(_FORMS)}, not {kind!r:.40}; choose one of these")
    name, parts, value = (text, "=", "") if known == "absent" else text.partition("=")
    if not parts or not name:
        raise BadInput(f"'{text:.80}' is not of the form {_FORMS[known]}; write it so")
    column = find_column(corpus, name)
    stated = AcceptedChange(kind=known, column=column.source_name, reason=reason, by=by, at=at, source="command")
    if known == "level":
        return replace(stated, level=value)
    if known == "unit":
        return replace(stated, factor=_number(value, text))
    if known == "range":
        low, dots, high = value.partition("..")
        if not dots:
            raise BadInput(f"'{text:.80}' is not of the form {_FORMS[known]}; write it so")
        return replace(stated, low=_end(low, column, text), high=_end(high, column, text))
    return stated


def _number(value: str, text: str) -> float:
    try:
        return float(value)
    except ValueError:
        raise BadInput(f"'{text:.80}': {value!r:.40} is no number; write it like 2.54") from None


def _end(value: str, column: Column, text: str) -> float:
    """Read an end of a range as the column's values are read, such as a date."""
    import polars as pl

    if not column.is_temporal:
        return _number(value, text)
    values, why = canonical(pl.Series([value]), column)
    if (fault := why[0]) is not None:
        raise BadInput(f"'{text:.80}': column '{column.source_name}' {fault}; write it as in the anchor's file")
    return float(values[0])
