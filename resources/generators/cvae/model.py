# ruff: noqa: TID253 - only methods of the generator import this module, so torch may load with it
"""The fitted variational autoencoders of a cohort: sampling and loss."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import polars as pl
import torch

from outcross.resources.generators.contract import Budget, CohortModel, Tensors
from outcross.resources.generators.cvae.latent_alignment import centre_by_group, procrustes_rotations, reference_scores
from outcross.resources.generators.cvae.latent_prior import LatentPrior
from outcross.resources.generators.cvae.network import Network
from outcross.resources.generators.fitting.balance import Balance
from outcross.resources.generators.fitting.frames import loss_frame
from outcross.resources.generators.fitting.parameters import count_parameters
from outcross.resources.generators.images.class_labels import ClassLabels, class_tensors
from outcross.resources.generators.images.image_rows import assemble_exhibits, assemble_samples
from outcross.resources.generators.images.pixel_likelihood import LikelihoodName
from outcross.resources.schema import Schema
from outcross.resources.seeds import generator

SAMPLED_AT_ONCE = 1_024
"""Rows of a replicate per batch of the decoder in sampling."""
SCORED_AT_ONCE = 1_024
"""Importance samples of a replicate per batch of the decoder in the loss."""
ALIGNMENT_ROWS = 500
"""Number of real rows for the alignment of latent spaces."""


@dataclass(frozen=True)
class CVAEModel(CohortModel):
    """One class-conditional variational autoencoder per replicate.

    Attributes:
        schema: an image and, perhaps, a label.
        labels: replicate → its classes, ascending.
        network: the K networks, in the order of the replicates.
        prior: the distribution of z of each class.
        likelihood: name of the distribution of a pixel.
        budget: what the fit spent.
        fit_loss: K mean losses of training rows drawn by weight.
        loss_samples: importance samples for the loss of a row.
        balance: target shares of classes in sampled rows, whatever their shares in the training rows.
        version: of the generator.
        settings: of the generator, for the card.
    """

    schema: Schema
    labels: dict[int, ClassLabels]
    network: Network
    prior: LatentPrior
    likelihood: LikelihoodName
    budget: Budget
    fit_loss: list[float]
    loss_samples: int
    balance: Balance
    version: str
    settings: dict[str, Any]

    def sample(self, *, rows: int, seeds: Mapping[int, int]) -> pl.DataFrame:
        """Draw labels (by ``balance``), z from the prior of its class, and pixels from the decoder's distribution."""
        streams = [generator(seeds[number]) for number in self.labels]
        classes = [
            labels.draw(stream.random(rows), shares=self.balance.get(labels.name or ""))
            for labels, stream in zip(self.labels.values(), streams, strict=True)
        ]
        return assemble_samples(self.schema, self.labels, classes, self._images(classes, streams))

    def exhibit(
        self, *, rows: int, labels: pl.Series | None, real: pl.DataFrame, seeds: Mapping[int, int]
    ) -> pl.DataFrame:
        """Draw images for the labels in aligned latent spaces, so that the same z is comparable across models.

        Standard normals are invariant under rotations, so the images have the same distribution as any sample of that
        label.
        """
        streams, rotations = [generator(seeds[number]) for number in self.labels], self._rotations(real)
        return assemble_exhibits(
            self.schema,
            self.labels,
            labels,
            rows,
            lambda classes: self._images(classes, streams, rotations=rotations),
        )

    def _rotations(self, real: pl.DataFrame) -> np.ndarray:
        """Return the rotations (K, latent, latent) from common standard normals to each model's own."""
        assert self.schema.image is not None
        rows = real.head(ALIGNMENT_ROWS)
        pixels = rows[self.schema.image.name].to_numpy()
        groups = np.zeros(rows.height, dtype=np.int64)
        if self.schema.label is not None:
            groups = rows[self.schema.label.name].rank("dense").fill_null(0).to_numpy().astype(np.int64)
        classes = [labels.classes(rows) for labels in self.labels.values()]
        with torch.inference_mode():
            images = self._move(np.stack([pixels] * len(self.labels))).float()
            means, _ = self.network.encode(images, self._move(self._conditions(classes)))
        scores = reference_scores(pixels, groups, count=self.network.latent)
        latents = self.prior.standardised(means.cpu().numpy(), classes)
        return procrustes_rotations(centre_by_group(latents, groups), scores)

    def _images(
        self,
        classes: Sequence[np.ndarray],
        streams: list[np.random.Generator],
        *,
        rotations: np.ndarray | None = None,
    ) -> list[pl.Series]:
        """Draw the image column of each replicate for its classes (rows,)."""
        column = self.schema.image
        assert column is not None
        parts = [
            self._draw([each[first : first + SAMPLED_AT_ONCE] for each in classes], streams, rotations)
            for first in range(0, len(classes[0]), SAMPLED_AT_ONCE)
        ]
        pixels = np.concatenate(parts, axis=1) if parts else np.empty((len(streams), 0), dtype=np.uint8)
        return [pl.Series(column.name, images, dtype=column.dtype) for images in pixels]

    def _draw(
        self, classes: Sequence[np.ndarray], streams: list[np.random.Generator], rotations: np.ndarray | None
    ) -> np.ndarray:
        """Draw pixels, uint8 (K, rows, pixels), for the classes (rows,) of each replicate."""
        shape = (len(classes[0]), self.network.latent)
        noise = np.stack([stream.standard_normal(shape, dtype=np.float32) for stream in streams])
        latent = self.prior.latents(noise if rotations is None else noise @ rotations, classes)
        with torch.inference_mode():
            outputs = self.network.decode(self._move(latent), self._move(self._conditions(classes))).cpu().numpy()
        likelihood = self.network.likelihood
        return np.stack([likelihood.draw(output, stream) for output, stream in zip(outputs, streams, strict=True)])

    def loss(self, rows: pl.DataFrame, *, seeds: Mapping[int, int]) -> pl.DataFrame:
        """Estimate an upper bound of the negative log-likelihood of each row, by importance sampling.

        The loss is that of the whole row: −log p(label) by the training frequencies plus the bound of
        −log p(image | label). For an unseen label, the first is by escape (:class:`ClassLabels`), the second under the
        frequency-weighted mean of the class biases and the prior of all classes together.
        """
        nats = self.nats([rows] * len(self.labels), seeds=seeds)
        return loss_frame(list(self.labels), nats, np.ones(rows.height, dtype=np.int64))

    def nats(self, rows: Sequence[pl.DataFrame], *, seeds: Mapping[int, int]) -> np.ndarray:
        """Return the losses (K, N) of N rows for each replicate."""
        assert self.schema.image is not None
        streams = [generator(seeds[number]) for number in self.labels]
        pixels = np.stack([frame[self.schema.image.name].to_numpy() for frame in rows])
        classes = [labels.classes(frame) for labels, frame in zip(self.labels.values(), rows, strict=True)]
        nats = np.stack([labels.nats(each) for labels, each in zip(self.labels.values(), classes, strict=True)])
        conditions = self._conditions(classes)
        at_once = max(1, SCORED_AT_ONCE // self.loss_samples)
        for first in range(0, pixels.shape[1], at_once):
            part = slice(first, first + at_once)
            shape = (pixels[:, part].shape[1], self.loss_samples, self.network.latent)
            noise = np.stack([stream.standard_normal(shape, dtype=np.float32) for stream in streams])
            with torch.inference_mode():
                images = self._move(pixels[:, part]).float()
                prior = self.prior.of_rows([each[part] for each in classes], self.network.device)
                bound = self.network.importance_bound(images, self._move(conditions[:, part]), self._move(noise), prior)
            nats[:, part] -= bound.cpu().numpy()
        return nats

    def _conditions(self, classes: Sequence[np.ndarray]) -> np.ndarray:
        """Return the conditions (K, rows, C) of the classes (rows,) of each replicate."""
        width = self.network.classes
        pairs = zip(self.labels.values(), classes, strict=True)
        return np.stack([labels.conditions(each, width=width) for labels, each in pairs])

    def _move(self, array: np.ndarray) -> torch.Tensor:
        return torch.from_numpy(array).to(self.network.device)

    def tensors(self) -> Tensors:
        """Return parameters and priors with a leading axis K, each replicate's classes, and ``fit_loss`` (K,)."""
        parameters = {name: tensor.cpu().numpy() for name, tensor in self.network.parameters.items()}
        fitted = {"fit_loss": np.asarray(self.fit_loss)}
        return {**parameters, **self.prior.tensors(), **class_tensors(self.labels), **fitted}

    def card(self) -> dict[str, Any]:
        """Return settings, pixel likelihood, schema, replicates, budget, and the parameter count of one replicate."""
        return {
            **self.settings,
            "likelihood": self.likelihood,
            "version": self.version,
            "schema": self.schema.to_json(),
            "replicates": list(self.labels),
            "budget": asdict(self.budget),
            "parameters_each": count_parameters(self.network.parameters),
        }
