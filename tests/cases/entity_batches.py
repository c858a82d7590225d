"""Rows of patients for a corpus that is split by them: which of their names stop a row, and which do not."""

from collections.abc import Callable
from dataclasses import dataclass

import polars as pl

from outcross.assets.corpus.entities import EntityFault


@dataclass(frozen=True, kw_only=True)
class OfEntity:
    """What the first two rows of a batch say of their patient.

    Attributes:
        fault: the reason against these rows; None where they are admitted.
        name: the patient they name, from one of the holdout and one of the anchor.
        origin: that they declare.
        dtype: of the column of patients.
    """

    fault: EntityFault | None
    name: Callable[[str, str], str | None]
    origin: str = "real"
    dtype: pl.DataType = pl.String()  # noqa: RUF009 - a type has no state


HELD, UNKNOWN = EntityFault.OF_HOLDOUT, EntityFault.UNKNOWN
CASES: dict[str, OfEntity] = {
    "new rows of a patient of the holdout": OfEntity(fault=HELD, name=lambda held, _: held),
    "the same, with white space": OfEntity(fault=HELD, name=lambda held, _: f" {held}\t"),
    "the same, as a number with decimals in text": OfEntity(fault=HELD, name=lambda held, _: f"{held}.0"),
    "the same, as a whole number": OfEntity(fault=HELD, name=lambda held, _: held, dtype=pl.Int64()),
    "the same, as a float": OfEntity(fault=HELD, name=lambda held, _: held, dtype=pl.Float64()),
    "the same, declared synthetic": OfEntity(fault=HELD, name=lambda held, _: held, origin="synthetic"),
    "rows of nobody": OfEntity(fault=UNKNOWN, name=lambda *_: None),
    "rows of an empty name": OfEntity(fault=UNKNOWN, name=lambda *_: " "),
    "generated rows of nobody": OfEntity(fault=None, name=lambda *_: None, origin="synthetic"),
    "new rows of a patient of the anchor": OfEntity(fault=None, name=lambda _, known: known),
    "rows of a new patient": OfEntity(fault=None, name=lambda *_: "700001"),
}
"""What two rows say of their patient → what is held against them."""
