"""The frozen embedding in which distances are measured: features of a row, projected to the anchor's main directions.

For images it also keeps a random sketch of the remaining directions, in which noise would otherwise go unseen; so its
distances are nearly those between pixels.

It is fitted to the anchor alone, so every generation of a study is measured in the same space. It is not an Inception
network: a Fréchet distance in it is not an FID, and values cannot be compared between studies.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from hashlib import sha256
from typing import Any, Protocol, Self

import numpy as np
import polars as pl

from outcross.assets.instruments.image_features import ImageFeatures
from outcross.assets.instruments.table_features import TableFeatures
from outcross.assets.instruments.text_features import TextFeatures
from outcross.resources.schema import Modality, Schema
from outcross.resources.seeds import derive_seed, generator

DIMENSIONS: dict[Modality, int] = {"image": 64, "table": 64, "text": 32}
"""Most main directions of the embedding."""
SKETCH = 32
"""Random directions that represent the remaining ones of an image; if these are no more than 32, all are kept."""
SLICE = 4_096
"""Rows whose features are in memory at one time."""


class Features(Protocol):
    """Numbers computed from single rows by rules that are fitted to the anchor."""

    def encode(self, rows: pl.DataFrame) -> np.ndarray:
        """Return (rows, features) float64."""

    def facts(self) -> dict[str, Any]:
        """Return everything that the features depend on, JSON-able."""


@dataclass(frozen=True)
class Embedding:
    """Features, centred at the anchor's mean and projected to its principal components.

    Attributes:
        features: the features of a single row.
        mean: (features,) mean of the anchor.
        components: (features, dimensions) orthonormal columns by descending variance, for large images followed by a
            sketch of the rest; None keeps the features unchanged (tables of few features, whose dimensions stay
            readable).
        sketched: whether the components end with a sketch.
    """

    features: Features
    mean: np.ndarray
    components: np.ndarray | None
    sketched: bool = False

    @classmethod
    def fit(cls, anchor: pl.DataFrame, schema: Schema, *, label: bool = True) -> Self:
        """Fit to canonical rows of the anchor.

        Args:
            anchor: the rows.
            schema: their columns.
            label: whether a table's label or target is among the features; for a model of it, it must not be.
        """
        features = _fit_features(anchor, schema, label=label)
        total, products = np.zeros(1), np.zeros((1, 1))
        for encoded in _slices(features, anchor):
            total, products = total + encoded.sum(axis=0), products + encoded.T @ encoded
        mean = total / anchor.height
        most = DIMENSIONS[schema.modality]
        if schema.modality == "table" and len(mean) <= most:
            return cls(features, mean, None)
        covariance = products / anchor.height - np.outer(mean, mean)
        if schema.modality != "image":
            return cls(features, mean, _principal(covariance, most))
        if len(mean) <= most + SKETCH:
            return cls(features, mean, _principal(covariance, len(mean)))
        main = _principal(covariance, most)
        return cls(features, mean, np.hstack([main, _sketch(main)]), sketched=True)

    def transform(self, rows: pl.DataFrame) -> np.ndarray:
        """Embed canonical rows; return (rows, dimensions) float64."""
        width = len(self.mean) if self.components is None else self.components.shape[1]
        parts = [np.zeros((0, width))]
        for encoded in _slices(self.features, rows):
            centred = encoded - self.mean
            parts.append(centred if self.components is None else centred @ self.components)
        return np.concatenate(parts)

    @cached_property
    def main(self) -> Self:
        """The embedding without the sketch, for classifiers, to which random directions are noise."""
        if self.components is None or not self.sketched:
            return self
        return replace(self, components=self.components[:, :-SKETCH], sketched=False)

    @cached_property
    def whole(self) -> Self:
        """The features themselves, centred, for classifiers to which no direction is too small to matter."""
        return replace(self, components=None, sketched=False)

    @cached_property
    def digest(self) -> str:
        """SHA-256 of everything that defines the embedding: with equal digests, equal rows have equal points."""
        digest = sha256(json.dumps(self.features.facts(), sort_keys=True).encode())
        digest.update(self.mean.tobytes())
        if self.components is not None:
            digest.update(np.ascontiguousarray(self.components).tobytes())
        return digest.hexdigest()


def _fit_features(anchor: pl.DataFrame, schema: Schema, *, label: bool) -> Features:
    match schema.modality:
        case "image":
            return ImageFeatures.fit(anchor, schema)
        case "text":
            return TextFeatures.fit(anchor, schema)
        case "table":
            return TableFeatures.fit(anchor, schema, label=label)


def _slices(features: Features, rows: pl.DataFrame) -> Iterator[np.ndarray]:
    for part in rows.iter_slices(SLICE):
        yield features.encode(part)


def _principal(covariance: np.ndarray, most: int) -> np.ndarray:
    """Return the eigenvectors of the largest eigenvalues; their largest entry in size is positive, to fix the sign."""
    _, vectors = np.linalg.eigh(covariance)
    kept = vectors[:, ::-1][:, :most]
    largest = np.abs(kept).argmax(axis=0)
    result: np.ndarray = kept * np.sign(kept[largest, np.arange(kept.shape[1])])
    return result


def _sketch(main: np.ndarray) -> np.ndarray:
    """Return (features, SKETCH) scaled random directions, orthogonal to the main ones and to each other.

    The squared length of a row's sketch estimates, without bias, that of its part outside the main directions, with a
    relative standard deviation of √(2 ÷ SKETCH) = 0.25 (Johnson & Lindenstrauss 1984).
    """
    features, most = main.shape
    drawn = generator(derive_seed("sketch of images")).normal(size=(features, SKETCH))
    rest, _ = np.linalg.qr(drawn - main @ (main.T @ drawn))
    result: np.ndarray = rest * np.sqrt((features - most) / SKETCH)
    return result
