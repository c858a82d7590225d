"""What generators of images share: the columns that they model, their training rows, and what those cost in nats."""

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
"""The training loss is estimated on as many rows, drawn by weight."""


@dataclass(frozen=True)
class ImageRows:
    """The training rows of K replicates, end to end.

    Attributes:
        pixels: uint8 (N, pixels).
        classes: int64 (N,), each row's position among the classes of its replicate.
        weights: float32 (N,), mean 1 within a replicate.
        sizes: K numbers of rows, N together.
    """

    pixels: np.ndarray
    classes: np.ndarray
    weights: np.ndarray
    sizes: list[int]

    @classmethod
    def of(
        cls, members: Mapping[int, pl.DataFrame], labels: Mapping[int, ClassLabels], column: Column, *, kind: str
    ) -> "ImageRows":
        """Lay the weighted rows of the replicates end to end.

        Raises:
            BadInput: a grey value is above the column's levels; the message names the generator ``kind``.
        """
        pixels = np.concatenate([rows[column.name].to_numpy() for rows in members.values()])
        if pixels.max() > levels_of(column):
            raise BadInput(
                f"generator '{kind}': column '{column.name}' holds grey values up to {pixels.max()}, its schema says "
                f"{column.levels}; set 'levels' to the highest grey value"
            )
        return cls(
            pixels=pixels,
            classes=np.concatenate([labels[number].classes(rows) for number, rows in members.items()]),
            weights=np.concatenate([rows["weight"].to_numpy() for rows in members.values()]).astype(np.float32),
            sizes=[rows.height for rows in members.values()],
        )

    def part(self, replicates: slice) -> "ImageRows":
        """The rows of some of the replicates."""
        first = sum(self.sizes[: replicates.start])
        own = slice(first, first + sum(self.sizes[replicates]))
        return ImageRows(self.pixels[own], self.classes[own], self.weights[own], self.sizes[replicates])


class ScoresImages(Protocol):
    """Fitted models that score rows of each replicate's own."""

    def nats(self, rows: Sequence[pl.DataFrame], *, seeds: Mapping[int, int]) -> np.ndarray:
        """Return the losses (K, N) of N rows of each replicate's own."""


def image_of(schema: Schema) -> Column:
    """Return the image column of a schema that has passed :func:`check_images`."""
    assert schema.image is not None
    return schema.image


def levels_of(column: Column) -> int:
    """Return the highest grey value of an image column."""
    assert column.levels is not None
    return column.levels


def check_images(schema: Schema, *, kind: str) -> None:
    """Refuse everything but one image column without nulls and at most one label.

    Raises:
        BadInput: naming the generator ``kind``, the column and the remedy.
    """
    if schema.image is None:
        raise BadInput(
            f"generator '{kind}': no column has role 'image'; name one, or use kind 'copula' for tables and 'ngram' "
            "for text"
        )
    for column in schema.columns:
        if column.role is Role.IMAGE and column.nullable:
            wrong, remedy = "has nulls", "drop those rows"
        elif column.role is Role.IMAGE and column != schema.image:
            wrong, remedy = f"is an image beside '{schema.image.name}', it models one", "give it role 'ignore'"
        elif column.role not in (Role.IMAGE, Role.LABEL):
            wrong = f"has role '{column.role}', it models an image and its label"
            remedy = "give it role 'ignore'"
        else:
            continue
        raise BadInput(f"generator '{kind}': column '{column.name}' {wrong}; {remedy}")


def sampled_rows(
    schema: Schema, labels: Mapping[int, ClassLabels], classes: Sequence[np.ndarray], images: Sequence[pl.Series]
) -> pl.DataFrame:
    """Put together what each replicate drew: its image column with the label column of its classes (rows,)."""
    frames = [
        pl.DataFrame([own, *known.column(drawn).values()])
        for own, known, drawn in zip(images, labels.values(), classes, strict=True)
    ]
    return _together(schema, labels, frames)


def exhibited_rows(
    schema: Schema,
    labels: Mapping[int, ClassLabels],
    wanted: pl.Series | None,
    rows: int,
    draw: Callable[[list[np.ndarray]], Sequence[pl.Series]],
) -> pl.DataFrame:
    """Put together images of wanted labels (rows,); one of a class that a replicate does not know is null.

    Args:
        schema: an image and, perhaps, a label.
        labels: replicate → its classes.
        wanted: the labels; None where the schema has none.
        rows: how many.
        draw: the image column of each replicate for its classes (rows,).
    """
    shown = [] if schema.label is None or wanted is None else [wanted.alias(schema.label.name)]
    classes = [
        known.classes(pl.DataFrame(shown)) if shown else np.zeros(rows, dtype=np.int64) for known in labels.values()
    ]
    frames = [
        pl.select(pl.when(pl.Series(known >= 0)).then(own).alias(own.name), *shown)
        for own, known in zip(draw(classes), classes, strict=True)
    ]
    return _together(schema, labels, frames)


def _together(schema: Schema, labels: Mapping[int, ClassLabels], frames: Sequence[pl.DataFrame]) -> pl.DataFrame:
    replicates = replicate_column(list(labels), frames[0].height)
    return pl.concat(frames).select(schema.names).insert_column(0, replicates)


def training_losses(model: ScoresImages, members: Mapping[int, pl.DataFrame], cohort: Cohort) -> np.ndarray:
    """Estimate the mean loss (K,) of training rows, nats a row."""
    seeds = {number: derive_seed(cohort.seeds[number], "fit loss") for number in members}
    return model.nats(rows_by_weight(members, cohort, count=FIT_LOSS_ROWS), seeds=seeds).mean(axis=1)
