"""Measurements of breast tumours, bundled with scikit-learn."""

from typing import Literal

import polars as pl

from outcross.resources.schema import Column, Role, Schema
from outcross.resources.sources.bundled import read_bundled
from outcross.resources.sources.contract import RealData, Source

_OF_NUCLEI = (
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
MEASUREMENTS = tuple(form.format(each) for form in ("mean {}", "{} error", "worst {}") for each in _OF_NUCLEI)
"""Names of the columns of measurements, in the file's order."""
DIAGNOSES = ("malignant", "benign")
"""Diagnosis of each code in the file."""


class BreastCancer(Source):
    """569 tumours with 30 measurements of cell nuclei and a diagnosis (UCI Breast Cancer Wisconsin, Diagnostic)."""

    kind: Literal["breast_cancer"] = "breast_cancer"

    def load(self) -> RealData:
        """Return 30 numeric columns and ``label``, which is ``malignant`` or ``benign``."""
        data = read_bundled("breast_cancer.csv", header_lines=1)
        schema = Schema(
            (*(Column(name=name, role=Role.NUMERIC) for name in MEASUREMENTS), Column(name="label", role=Role.LABEL))
        )
        measurements = {name: data[:, place] for place, name in enumerate(MEASUREMENTS)}
        diagnoses = [DIAGNOSES[int(code)] for code in data[:, -1]]
        return RealData(rows=pl.DataFrame({**measurements, "label": diagnoses}, schema=schema.polars), schema=schema)
