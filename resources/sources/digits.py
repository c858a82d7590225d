"""Handwritten digits, bundled with scikit-learn."""

from typing import Literal

import polars as pl

from outcross.resources.schema import Column, Role, Schema
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
        from sklearn.datasets import load_digits

        data = load_digits()
        rows = pl.DataFrame(
            {"image": data.data.astype("uint8"), "label": [str(digit) for digit in data.target]},
            schema=SCHEMA.polars,
        )
        return RealData(rows=rows, schema=SCHEMA)
