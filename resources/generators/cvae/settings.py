"""A class-conditional variational autoencoder (CVAE): the generator of small images, fitted a cohort at a time."""

from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np
import polars as pl
from pydantic import Field

from outcross.resources.generators.contract import Budget, Cohort, Progress, Tensors
from outcross.resources.generators.fitting.balance import Balance, check_balance
from outcross.resources.generators.fitting.frames import weighted_rows
from outcross.resources.generators.fitting.trained_generator import Batch, LearningRate, Steps, TrainedGenerator
from outcross.resources.generators.images.class_labels import ClassLabels, read_classes
from outcross.resources.generators.images.image_rows import (
    ImageRows,
    check_images,
    highest_grey_value,
    image_column,
    training_losses,
)
from outcross.resources.schema import Column, Modality, Schema

if TYPE_CHECKING:
    from outcross.resources.generators.cvae.model import CVAEModel
    from outcross.resources.generators.images.pixel_likelihood import LikelihoodName, PixelLikelihood

FEW_LEVELS = 32
"""Largest number of grey levels for a Binomial pixel under ``auto``; with more, a Binomial is far too narrow."""


class CVAE(TrainedGenerator):
    """A variational autoencoder with one hidden layer in the encoder and one in the decoder.

    Kingma and Welling 2014, arXiv 1312.6114.

    It models one image column, conditional on the label where there is one. The latent variable of a class has a
    normal prior of its own, fitted after training (:mod:`.latent_prior`). Samples are drawn from each pixel's
    distribution over 0..levels, since the decoder's mean would be an image without its noise.

    Attributes:
        hidden: width of the hidden layers.
        latent: dimensions of the latent variable.
        steps: optimiser steps, whatever the number of rows.
        batch: rows of each replicate in a step.
        learning_rate: peak learning rate of Adam.
        likelihood: ``binomial`` or ``logistic`` (discretised); ``auto`` is ``binomial`` for up to 32 grey levels.
        loss_samples: importance samples for the loss of a row; more tighten the bound.
        balance: the label → level → share of the sampled rows; the training shares where unset.
        device: see :class:`TrainedGenerator`.
    """

    version: ClassVar[str] = "3"
    modalities: ClassVar[frozenset[Modality]] = frozenset({"image"})
    repeats_draws: ClassVar[bool] = True

    kind: Literal["cvae"] = "cvae"
    hidden: int = Field(default=192, ge=1)
    latent: int = Field(default=16, ge=1)
    steps: Steps = 500
    batch: Batch = 64
    learning_rate: LearningRate = 0.015
    likelihood: Literal["auto", "binomial", "logistic"] = "auto"
    loss_samples: int = Field(default=32, ge=1)
    balance: Balance = Field(default_factory=dict)

    def check(self, schema: Schema) -> None:
        """Reject any schema but one image column without nulls and at most one label."""
        check_images(schema, kind=self.kind)
        check_balance(self.balance, schema, kind=self.kind)

    def fit(self, cohort: Cohort, *, progress: Progress | None = None) -> "CVAEModel":
        """Fit all replicates as one batched network; rows of weight 0 are absent."""
        from outcross.resources.generators.cvae.latent_prior import LatentPrior
        from outcross.resources.generators.cvae.model import CVAEModel
        from outcross.resources.generators.cvae.network import Network, initial_parameters
        from outcross.resources.generators.cvae.training import train
        from outcross.resources.generators.fitting.parameters import on_device
        from outcross.resources.generators.fitting.plan import TrainingPlan
        from outcross.resources.generators.images.pixel_likelihood import pixel_likelihood

        self.check(cohort.schema)
        column, name = image_column(cohort.schema), self._likelihood(cohort.schema)
        likelihood = pixel_likelihood(name, highest_grey_value(column))
        members = {number: weighted_rows(cohort, number, kind=self.kind) for number in cohort.replicates}
        labels = {
            number: ClassLabels.fit(rows, cohort.schema.label, kind=self.kind) for number, rows in members.items()
        }
        rows = ImageRows.of(members, labels, column, kind=self.kind)
        seeds = [cohort.seeds[number] for number in members]
        parameters = initial_parameters(
            np.stack([_start(frame, column, likelihood) for frame in members.values()]),
            pixels=rows.pixels.shape[1],
            classes=max(each.count for each in labels.values()),
            hidden=self.hidden,
            latent=self.latent,
            seeds=seeds,
        )
        network = Network(on_device(parameters, self.choose_device()), likelihood)
        train(
            network,
            rows,
            plan=TrainingPlan(steps=self.steps, batch=self.batch, peak=self.learning_rate),
            seeds=seeds,
            progress=progress,
            checkpoint=cohort.checkpoint,
            seconds_apart=cohort.checkpoint_seconds,
        )
        model = CVAEModel(
            schema=cohort.schema,
            labels=labels,
            network=network,
            prior=LatentPrior.fit(network, rows),
            likelihood=name,
            budget=self.budget(cohort),
            fit_loss=[],
            loss_samples=self.loss_samples,
            balance=self.balance,
            version=self.version,
            settings=self.model_dump(),
        )
        model.fit_loss.extend(self.finite_losses(training_losses(model, members, cohort), cohort))
        return model

    def load(self, tensors: Tensors, card: dict[str, Any]) -> "CVAEModel":
        """Rebuild the models from their parameters and class frequencies."""
        from outcross.resources.generators.cvae.latent_prior import LatentPrior
        from outcross.resources.generators.cvae.model import CVAEModel
        from outcross.resources.generators.cvae.network import Network
        from outcross.resources.generators.fitting.parameters import on_device
        from outcross.resources.generators.images.pixel_likelihood import pixel_likelihood

        schema = Schema.from_json(card["schema"])
        labels = read_classes(tensors, card["replicates"], schema.label)
        arrays = {key: array for key, array in tensors.items() if key.startswith(("encoder.", "decoder."))}
        network = Network(
            on_device(arrays, self.choose_device()),
            pixel_likelihood(card["likelihood"], highest_grey_value(image_column(schema))),
        )
        return CVAEModel(
            schema=schema,
            labels=labels,
            network=network,
            prior=LatentPrior.load(tensors, network),
            likelihood=card["likelihood"],
            budget=Budget(**card["budget"]),
            fit_loss=tensors["fit_loss"].tolist(),
            loss_samples=self.loss_samples,
            balance=self.balance,
            version=self.version,
            settings=self.model_dump(),
        )

    def _likelihood(self, schema: Schema) -> "LikelihoodName":
        if self.likelihood != "auto":
            return self.likelihood
        return "binomial" if highest_grey_value(image_column(schema)) <= FEW_LEVELS else "logistic"


def _start(rows: pl.DataFrame, column: Column, likelihood: "PixelLikelihood") -> np.ndarray:
    """Return the decoder outputs that fit each pixel alone, with half a black and half a white row of pseudo-counts."""
    shares, weights = rows[column.name].to_numpy() / highest_grey_value(column), rows["weight"].to_numpy()
    total = weights.sum() + 1
    mean = (weights @ shares + 0.5) / total
    square = (weights @ shares**2 + 0.5) / total
    return likelihood.start(mean, np.sqrt(square - mean**2))
