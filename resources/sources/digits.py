"""Handwritten digits, bundled with scikit-learn."""

from typing import Literal

import numpy as np
import polars as pl

from outcross.resources.schema import Column, Role, Schema
from outcross.resources.sources.contract import RealData, Source
from outcross.resources.sources.packaged import packaged_file

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
        file = packaged_file(
            self.kind, package="sklearn", path="datasets/data/digits.csv.gz", distribution="scikit-learn"
        )
        values = np.loadtxt(file, delimiter=",").astype("uint8")  # 64 grey values and the digit
        rows = pl.DataFrame(
            {"image": values[:, :-1], "label": [str(digit) for digit in values[:, -1]]}, schema=SCHEMA.polars
        )
        return RealData(rows=rows, schema=SCHEMA)
