"""Measurements of breast tumours, bundled with scikit-learn."""

from typing import Literal

import polars as pl

from outcross.resources.schema import Column, Role, Schema
from outcross.resources.sources.contract import RealData, Source


class BreastCancer(Source):
    """569 tumours with 30 measurements of cell nuclei and a diagnosis (UCI Breast Cancer Wisconsin, Diagnostic)."""

    kind: Literal["breast_cancer"] = "breast_cancer"

    def load(self) -> RealData:
        """Return 30 numeric columns and ``label``, which is ``malignant`` or ``benign``."""
        from sklearn.datasets import load_breast_cancer

        data = load_breast_cancer()
        names = [str(name) for name in data.feature_names]
        schema = Schema(
            (*(Column(name=name, role=Role.NUMERIC) for name in names), Column(name="label", role=Role.LABEL))
        )
        measurements = {name: data.data[:, place] for place, name in enumerate(names)}
        diagnoses = [str(data.target_names[code]) for code in data.target]
        return RealData(rows=pl.DataFrame({**measurements, "label": diagnoses}, schema=schema.polars), schema=schema)
