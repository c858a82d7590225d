"""Measurements of breast tumours, bundled with scikit-learn."""

from typing import Literal

import numpy as np
import polars as pl

from outcross.resources.schema import Column, Role, Schema
from outcross.resources.sources.contract import RealData, Source
from outcross.resources.sources.packaged import packaged_file

_STATISTICS = ("mean {}", "{} error", "worst {}")
_MEASURED = (
    "radius",
    "texture",
    "perimeter",
    "area",
    "smoothness",
    "compactness",
    "concavity",
    "concave points",
    "symmetry",
    "fractal dimension",
)


class BreastCancer(Source):
    """569 tumours with 30 measurements of cell nuclei and a diagnosis (UCI Breast Cancer Wisconsin, Diagnostic)."""

    kind: Literal["breast_cancer"] = "breast_cancer"

    def load(self) -> RealData:
        """Return 30 numeric columns and ``label``, which is ``malignant`` or ``benign``."""
        file = packaged_file(
            self.kind, package="sklearn", path="datasets/data/breast_cancer.csv", distribution="scikit-learn"
        )
        with file.open(encoding="utf-8") as lines:
            diagnoses = next(lines).split(",")[2:]  # after the numbers of rows and columns
            values = np.loadtxt(lines, delimiter=",")
        names = [statistic.format(measured) for statistic in _STATISTICS for measured in _MEASURED]
        schema = Schema(
            (*(Column(name=name, role=Role.NUMERIC) for name in names), Column(name="label", role=Role.LABEL))
        )
        columns = {name: values[:, place] for place, name in enumerate(names)}
        labels = [diagnoses[int(code)].strip() for code in values[:, -1]]
        return RealData(rows=pl.DataFrame({**columns, "label": labels}, schema=schema.polars), schema=schema)
