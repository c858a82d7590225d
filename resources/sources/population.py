"""Rows drawn from a distribution with known parameters, so that results can be compared with theory."""

import hashlib
from typing import Annotated, Any, Literal, Self

import numpy as np
import polars as pl
from pydantic import Field, model_validator

from outcross.resources import seeds
from outcross.resources.schema import Column, Role, Schema
from outcross.resources.settings import Settings
from outcross.resources.sources.contract import RealData, Source


class _Family(Settings):
    def truth(self) -> dict[str, Any]:
        """Return the family's name and its parameters."""
        return self.model_dump(mode="json")

    def draw(self, rows: int, random: np.random.Generator) -> tuple[pl.DataFrame, Schema]:
        """Draw independent rows."""
        raise NotImplementedError


class GaussianFamily(_Family):
    """Independent normal columns ``x1`` … ``xd`` with one mean and one standard deviation.

    Attributes:
        dimensions: of a row.
        mean: of each dimension.
        deviation: standard deviation of each dimension.
    """

    family: Literal["gaussian"]
    dimensions: int = Field(1, ge=1, le=1000)
    mean: float = 0.0
    deviation: float = Field(1.0, gt=0)

    def draw(self, rows: int, random: np.random.Generator) -> tuple[pl.DataFrame, Schema]:
        """Draw independent rows."""
        return _numeric(self.mean + self.deviation * random.standard_normal((rows, self.dimensions)))


class UniformFamily(_Family):
    """One column ``x1``, uniform on (0, ``upper``).

    Attributes:
        upper: end of the interval from 0.
    """

    family: Literal["uniform"]
    upper: float = Field(1.0, gt=0)

    def draw(self, rows: int, random: np.random.Generator) -> tuple[pl.DataFrame, Schema]:
        """Draw independent rows."""
        return _numeric(self.upper * random.random((rows, 1)))


class CategoricalFamily(_Family):
    """One column ``state`` with the values "0", "1", … and these probabilities.

    Attributes:
        probabilities: of the states; they add up to 1.
    """

    family: Literal["categorical"]
    probabilities: tuple[Annotated[float, Field(ge=0)], ...] = Field(min_length=2)

    @model_validator(mode="after")
    def _sums_to_one(self) -> Self:
        if abs(sum(self.probabilities) - 1) > 1e-9:
            raise ValueError(f"'probabilities' sum to {sum(self.probabilities):g}, not to 1; correct them")
        return self

    def draw(self, rows: int, random: np.random.Generator) -> tuple[pl.DataFrame, Schema]:
        """Draw independent rows."""
        states = random.choice(len(self.probabilities), size=rows, p=self.probabilities).astype(str)
        return pl.DataFrame({"state": states}), Schema((Column(name="state", role=Role.CATEGORICAL),))


class RegressionFamily(_Family):
    """Features ``x1`` … ``xd`` ~ N(0, I) and a target ``y = x·coefficients + noise·ε``.

    Attributes:
        coefficients: of the features.
        noise: standard deviation of the noise.
    """

    family: Literal["regression"]
    coefficients: tuple[float, ...] = Field(min_length=1)
    noise: float = Field(1.0, ge=0)

    def draw(self, rows: int, random: np.random.Generator) -> tuple[pl.DataFrame, Schema]:
        """Draw independent rows."""
        features = random.standard_normal((rows, len(self.coefficients)))
        target = features @ np.array(self.coefficients) + self.noise * random.standard_normal(rows)
        frame, schema = _numeric(features)
        return frame.with_columns(y=target), Schema((*schema.columns, Column(name="y", role=Role.NUMERIC)))


class ClassesFamily(_Family):
    """Features ``x1`` … ``xd`` ~ N(0, I) and a label ``y``: "1" where x·(1, 0, …, 0) > 0, else "0".

    Attributes:
        dimensions: number of features.
    """

    family: Literal["classes"]
    dimensions: int = Field(2, ge=1, le=1000)

    def truth(self) -> dict[str, Any]:
        """Add the direction that separates the classes."""
        return {**super().truth(), "direction": [1.0] + [0.0] * (self.dimensions - 1)}

    def draw(self, rows: int, random: np.random.Generator) -> tuple[pl.DataFrame, Schema]:
        """Draw independent rows."""
        frame, schema = _numeric(random.standard_normal((rows, self.dimensions)))
        labelled = frame.with_columns(y=pl.when(pl.col("x1") > 0).then(pl.lit("1")).otherwise(pl.lit("0")))
        return labelled, Schema((*schema.columns, Column(name="y", role=Role.LABEL)))


AnyFamily = Annotated[
    GaussianFamily | UniformFamily | CategoricalFamily | RegressionFamily | ClassesFamily,
    Field(discriminator="family"),
]


class Population(Source):
    """Independent rows of a known distribution.

    ``of`` names the family and its parameters. Models are compared with these parameters (:attr:`RealData.truth`).

    Attributes:
        rows: that are drawn, the holdout included.
        seed: of the draw.
        of: family of distributions, with its parameters.
    """

    kind: Literal["population"] = "population"
    rows: int = Field(ge=4, le=50_000_000)
    seed: int = Field(0, ge=0)
    of: AnyFamily

    def content_version(self) -> str:
        """Identify the rows by the settings, which determine them."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()

    def load(self) -> RealData:
        """Draw the rows; the same settings give the same rows."""
        stream = seeds.generator(seeds.derive_seed("population", self.of.family, self.seed))
        frame, schema = self.of.draw(self.rows, stream)
        note = f"{self.rows:,} rows drawn from a population of family '{self.of.family}'"
        return RealData(rows=frame, schema=schema, notes=[note], truth=self.of.truth())


def _numeric(values: np.ndarray) -> tuple[pl.DataFrame, Schema]:
    names = [f"x{index}" for index in range(1, values.shape[1] + 1)]
    columns = tuple(Column(name=name, role=Role.NUMERIC) for name in names)
    return pl.DataFrame(np.ascontiguousarray(values), schema=names), Schema(columns)
