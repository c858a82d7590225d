"""Handwritten digits, bundled with scikit-learn."""

from typing import Literal

import polars as pl

from outcross.resources.schema import Column, Role, Schema
from outcross.resources.sources.bundled import read_bundled
from outcross.resources.sources.contract import RealData, Source

SCHEMA = Schema(
    (
        Column(name="image", role=Role.IMAGE, shape=(8, 8), levels=16),
        Column(name="label", role=Role.LABEL),
    )
)


class Digits(Source):
    """1,797 labelled handwritten digits of 8 × 8 pixels with 17 grey values (UCI Optical Digits, test part)."""

    kind: Literal["digits"] = "digits"

    def load(self) -> RealData:
        """Return the columns ``image`` and ``label``."""
        data = read_bundled("digits.csv.gz").astype("uint8")
        rows = pl.DataFrame(
            {"image": data[:, :-1], "label": [str(digit) for digit in data[:, -1]]}, schema=SCHEMA.polars
        )
        return RealData(rows=rows, schema=SCHEMA)
