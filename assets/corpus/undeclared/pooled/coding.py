"""Rows as numbers by rules that are fitted to rows of the anchor alone, so that they stay the same for every batch.

Rows of the holdout and of batches are new to them alike, so a real row of either has the same probability of any code.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

import numpy as np
import polars as pl

from outcross.assets.corpus.undeclared.cells import LARGEST
from outcross.assets.corpus.undeclared.style import Style
from outcross.assets.instruments.classifier_two_sample import encode_columns, level_orders
from outcross.assets.instruments.embedding import Embedding
from outcross.assets.instruments.image_features import ImageFeatures
from outcross.assets.instruments.surprisal import Surprisal
from outcross.assets.instruments.text_features import TextFeatures
from outcross.resources.schema import Schema


@dataclass(frozen=True)
class Coding:
    """The rules.

    Attributes:
        schema: the columns of a row.
        orders: discrete column → its levels; of a table only.
        embedding: of texts or pictures.
        style: a model of real texts, of texts only.
    """

    schema: Schema
    orders: dict[str, list[str]]
    embedding: Embedding | None
    style: Style | None

    @classmethod
    def fit(cls, anchor: pl.DataFrame, schema: Schema, *, of_style: pl.DataFrame | None) -> Self:
        """Fit to canonical rows of the anchor.

        Args:
            anchor: the rows.
            schema: their columns.
            of_style: other rows of the anchor, for the model of style; None without one.
        """
        if schema.modality == "table":
            return cls(schema, level_orders(anchor, schema), None, None)
        style = None if of_style is None or schema.text is None else Style.fit(of_style[schema.text.name])
        return cls(schema, {}, Embedding.fit(anchor, schema), style)

    def encode(self, rows: pl.DataFrame) -> np.ndarray:
        """Return (rows, features) of canonical rows."""
        if self.embedding is None:
            coded: np.ndarray = np.clip(encode_columns(rows, self.orders, self.schema), -LARGEST, LARGEST)
            return coded
        points = self.embedding.transform(rows)
        if self.style is None or self.schema.text is None:
            return points
        return np.hstack([points, self.style.encode(rows[self.schema.text.name])])

    def arrays(self) -> dict[str, np.ndarray]:
        """Return everything that :meth:`from_arrays` needs besides the schema."""
        found = {"orders": np.array(json.dumps(self.orders))}
        if self.embedding is not None:
            found["mean"] = self.embedding.mean
            if self.embedding.components is not None:
                found["components"] = self.embedding.components
        if self.style is not None:
            found |= {f"style/{name}": each for name, each in self.style.model.arrays().items()}
        return found

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, np.ndarray], schema: Schema) -> Self:
        """Rebuild the rules from their arrays."""
        style = {name.removeprefix("style/"): each for name, each in arrays.items() if name.startswith("style/")}
        embedding = None
        if "mean" in arrays:
            features = TextFeatures if schema.modality == "text" else ImageFeatures
            embedding = Embedding(features.fit(pl.DataFrame(), schema), arrays["mean"], arrays.get("components"))
        return cls(
            schema,
            json.loads(str(arrays["orders"])),
            embedding,
            Style(Surprisal.from_arrays(style)) if style else None,
        )
