"""What generators of images share: the columns that they model, their training rows, and what those cost in nats."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import polars as pl

from resources.errors import BadInput
from resources.generators.class_labels import ClassLabels
from resources.generators.contract import Cohort
from resources.schema import Column, Role, Schema
from resources.seeds import derive_seed, generator

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


def training_losses(
    model: ScoresImages, members: Mapping[int, pl.DataFrame], cohort: Cohort, *, kind: str, learning_rate: float
) -> list[float]:
    """Estimate the mean loss of training rows, one a replicate; refuse models that training has thrown off."""
    drawn, seeds = [], {}
    for number, rows in members.items():
        weights = rows["weight"].to_numpy()
        random = generator(derive_seed(cohort.seeds[number], "fit rows"))
        drawn.append(rows[random.choice(rows.height, size=FIT_LOSS_ROWS, p=weights / weights.sum())])
        seeds[number] = derive_seed(cohort.seeds[number], "fit loss")
    losses = model.nats(drawn, seeds=seeds).mean(axis=1)
    for number, loss in zip(members, losses, strict=True):
        if not np.isfinite(loss):
            raise BadInput(
                f"generator '{kind}': the training of replicate {number} diverged; lower 'learning_rate' "
                f"(now {learning_rate})"
            )
    return losses.tolist()
