"""Parts that all image generators share: schema check, training rows, assembly of samples, training loss."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import polars as pl

from outcross.resources.errors import BadInput
from outcross.resources.generators.contract import Cohort
from outcross.resources.generators.fitting.frames import replicate_column, rows_by_weight
from outcross.resources.generators.images.class_labels import ClassLabels
from outcross.resources.schema import Column, Role, Schema
from outcross.resources.seeds import derive_seed

FIT_LOSS_ROWS = 512
"""Number of rows for the estimate of the training loss, drawn by weight."""


@dataclass(frozen=True)
class ImageRows:
    """The training rows of K replicates, concatenated.

    Attributes:
        pixels: uint8 (N, pixels).
        classes: int64 (N,), each row's position among the classes of its replicate.
        weights: float32 (N,), mean 1 within a replicate.
        sizes: number of rows of each of the K replicates; their sum is N.
    """

    pixels: np.ndarray
    classes: np.ndarray
    weights: np.ndarray
    sizes: list[int]

    @classmethod
    def of(
        cls, members: Mapping[int, pl.DataFrame], labels: Mapping[int, ClassLabels], column: Column, *, kind: str
    ) -> "ImageRows":
        """Concatenate the weighted rows of the replicates.

        Raises:
            BadInput: a grey value is above the column's levels; the message names the generator ``kind``.
        """
        pixels = np.concatenate([rows[column.name].to_numpy() for rows in members.values()])
        if pixels.max() > highest_grey_value(column):
            raise BadInput(
                f"generator '{kind}': column '{column.name}' has grey values up to {pixels.max()}, but its schema "
                f"allows {column.levels}; set 'levels' to the highest grey value"
            )
        return cls(
            pixels=pixels,
            classes=np.concatenate([labels[number].classes(rows) for number, rows in members.items()]),
            weights=np.concatenate([rows["weight"].to_numpy() for rows in members.values()]).astype(np.float32),
            sizes=[rows.height for rows in members.values()],
        )

    def part(self, replicates: slice) -> "ImageRows":
        """Return the rows of some of the replicates."""
        first = sum(self.sizes[: replicates.start])
        own = slice(first, first + sum(self.sizes[replicates]))
        return ImageRows(self.pixels[own], self.classes[own], self.weights[own], self.sizes[replicates])


class ScoresImages(Protocol):
    """Fitted models that compute losses of different rows for each replicate."""

    def nats(self, rows: Sequence[pl.DataFrame], *, seeds: Mapping[int, int]) -> np.ndarray:
        """Return the losses (K, N) of N rows for each replicate."""


def image_column(schema: Schema) -> Column:
    """Return the image column of a schema that has passed :func:`check_images`."""
    assert schema.image is not None
    return schema.image


def highest_grey_value(column: Column) -> int:
    """Return the highest grey value of an image column."""
    assert column.levels is not None
    return column.levels


def check_images(schema: Schema, *, kind: str) -> None:
    """Reject any schema but one image column without nulls and at most one label.

    Raises:
        BadInput: the message names the generator ``kind``, the column and the remedy.
    """
    if schema.image is None:
        raise BadInput(
            f"generator '{kind}': no column has role 'image'; give one that role, or use kind 'copula' for tables and "
            "'ngram' for text"
        )
    for column in schema.columns:
        if column.role is Role.IMAGE and column.nullable:
            wrong, remedy = "has nulls", "drop those rows"
        elif column.role is Role.IMAGE and column != schema.image:
            wrong, remedy = f"is a second image next to '{schema.image.name}'", "give it role 'ignore'"
        elif column.role not in (Role.IMAGE, Role.LABEL):
            wrong = f"has role '{column.role}'; the generator models one image and its label"
            remedy = "give it role 'ignore'"
        else:
            continue
        raise BadInput(f"generator '{kind}': column '{column.name}' {wrong}; {remedy}")


def assemble_samples(
    schema: Schema, labels: Mapping[int, ClassLabels], classes: Sequence[np.ndarray], images: Sequence[pl.Series]
) -> pl.DataFrame:
    """Assemble the samples of all replicates: image columns, and label columns for the classes (rows,)."""
    frames = [
        pl.DataFrame([own, *known.column(drawn).values()])
        for own, known, drawn in zip(images, labels.values(), classes, strict=True)
    ]
    return _concatenate(schema, labels, frames)


def assemble_exhibits(
    schema: Schema,
    labels: Mapping[int, ClassLabels],
    requested: pl.Series | None,
    rows: int,
    draw: Callable[[list[np.ndarray]], Sequence[pl.Series]],
) -> pl.DataFrame:
    """Assemble images for requested labels (rows,); an image of a class that a replicate never saw is null.

    Args:
        schema: an image and, perhaps, a label.
        labels: replicate → its classes.
        requested: the labels; None where the schema has none.
        rows: number of rows.
        draw: returns the image column of each replicate for its classes (rows,).
    """
    label = [] if schema.label is None or requested is None else [requested.alias(schema.label.name)]
    classes = [
        known.classes(pl.DataFrame(label)) if label else np.zeros(rows, dtype=np.int64) for known in labels.values()
    ]
    frames = [
        pl.select(pl.when(pl.Series(known >= 0)).then(own).alias(own.name), *label)
        for own, known in zip(draw(classes), classes, strict=True)
    ]
    return _concatenate(schema, labels, frames)


def _concatenate(schema: Schema, labels: Mapping[int, ClassLabels], frames: Sequence[pl.DataFrame]) -> pl.DataFrame:
    replicates = replicate_column(list(labels), frames[0].height)
    return pl.concat(frames).select(schema.names).insert_column(0, replicates)


def training_losses(model: ScoresImages, members: Mapping[int, pl.DataFrame], cohort: Cohort) -> np.ndarray:
    """Estimate the mean loss (K,) of training rows, in nats per row."""
    seeds = {number: derive_seed(cohort.seeds[number], "fit loss") for number in members}
    result: np.ndarray = model.nats(rows_by_weight(members, cohort, count=FIT_LOSS_ROWS), seeds=seeds).mean(axis=1)
    return result
