# ruff: noqa: TID253 - only methods of the generator import this module, so torch may load with it
"""The fitted variational autoencoders of a cohort: what they sample, and how they score rows."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import polars as pl
import torch

from outcross.resources.generators.contract import Budget, CohortModel, Tensors
from outcross.resources.generators.cvae.latent_alignment import principal_looks, turns, within
from outcross.resources.generators.cvae.network import Network
from outcross.resources.generators.fitting.balance import Balance
from outcross.resources.generators.fitting.frames import loss_frame
from outcross.resources.generators.fitting.parameters import parameters_each
from outcross.resources.generators.images.class_labels import ClassLabels, tensors_of_classes
from outcross.resources.generators.images.image_rows import exhibited_rows, sampled_rows
from outcross.resources.generators.images.pixel_likelihood import LikelihoodName
from outcross.resources.schema import Schema
from outcross.resources.seeds import generator

SAMPLED_AT_ONCE = 1_024
"""Rows of a replicate decoded at a time."""
SCORED_AT_ONCE = 1_024
"""Importance samples of a replicate decoded at a time."""
TURNED_BY = 500
"""Real rows by which latents are turned."""


@dataclass(frozen=True)
class CVAEModel(CohortModel):
    """One class-conditional variational autoencoder per replicate.

    Attributes:
        schema: an image and, perhaps, a label.
        labels: replicate → its classes, ascending.
        network: the K networks, in the order of the replicates.
        likelihood: name of the distribution of a pixel.
        budget: what the fit spent.
        fit_loss: K mean losses of training rows drawn by weight.
        loss_samples: importance samples for the loss of a row.
        balance: shares of classes that sampled rows are given, whatever the training rows had.
        version: of the generator.
        settings: of the generator, for the card.
    """

    schema: Schema
    labels: dict[int, ClassLabels]
    network: Network
    likelihood: LikelihoodName
    budget: Budget
    fit_loss: list[float]
    loss_samples: int
    balance: Balance
    version: str
    settings: dict[str, Any]

    def sample(self, *, rows: int, seeds: Mapping[int, int]) -> pl.DataFrame:
        """Draw labels as balanced, z from its prior, and pixels from the decoder's distribution."""
        streams = [generator(seeds[number]) for number in self.labels]
        classes = [
            labels.draw(stream.random(rows), shares=self.balance.get(labels.name or ""))
            for labels, stream in zip(self.labels.values(), streams, strict=True)
        ]
        return sampled_rows(self.schema, self.labels, classes, self._images(classes, streams))

    def exhibit(
        self, *, rows: int, labels: pl.Series | None, real: pl.DataFrame, seeds: Mapping[int, int]
    ) -> pl.DataFrame:
        """Draw images of the labels, with latents turned so that the same one means the same for models fitted apart.

        The prior is the same from all sides, so what is drawn is distributed as any sample of that label is.
        """
        streams, turned = [generator(seeds[number]) for number in self.labels], self._turns(real)
        return exhibited_rows(
            self.schema, self.labels, labels, rows, lambda classes: self._images(classes, streams, turns=turned)
        )

    def _turns(self, real: pl.DataFrame) -> np.ndarray:
        """Return the rotations (K, latent, latent) from latents that mean the same for all models to each model's."""
        assert self.schema.image is not None
        rows = real.head(TURNED_BY)
        pixels = rows[self.schema.image.name].to_numpy()
        groups = np.zeros(rows.height, dtype=np.int64)
        if self.schema.label is not None:
            groups = rows[self.schema.label.name].rank("dense").fill_null(0).to_numpy().astype(np.int64)
        conditions = self._conditions([labels.classes(rows) for labels in self.labels.values()])
        with torch.inference_mode():
            images = self._move(np.stack([pixels] * len(self.labels))).float()
            means, _ = self.network.encode(images, self._move(conditions))
        looks = principal_looks(pixels, groups, count=self.network.latent)
        return turns(within(means.cpu().numpy(), groups), looks)

    def _images(
        self, classes: Sequence[np.ndarray], streams: list[np.random.Generator], *, turns: np.ndarray | None = None
    ) -> list[pl.Series]:
        """Draw the image column of each replicate for its classes (rows,)."""
        column = self.schema.image
        assert column is not None
        parts = [
            self._draw([each[first : first + SAMPLED_AT_ONCE] for each in classes], streams, turns)
            for first in range(0, len(classes[0]), SAMPLED_AT_ONCE)
        ]
        pixels = np.concatenate(parts, axis=1) if parts else np.empty((len(streams), 0), dtype=np.uint8)
        return [pl.Series(column.name, images, dtype=column.dtype) for images in pixels]

    def _draw(
        self, classes: Sequence[np.ndarray], streams: list[np.random.Generator], turns: np.ndarray | None
    ) -> np.ndarray:
        """Draw pixels, uint8 (K, rows, pixels), for the classes (rows,) of each replicate."""
        shape = (len(classes[0]), self.network.latent)
        latent = np.stack([stream.standard_normal(shape, dtype=np.float32) for stream in streams])
        if turns is not None:
            latent = (latent @ turns).astype(np.float32)
        with torch.inference_mode():
            outputs = self.network.decode(self._move(latent), self._move(self._conditions(classes))).cpu().numpy()
        likelihood = self.network.likelihood
        return np.stack([likelihood.draw(output, stream) for output, stream in zip(outputs, streams, strict=True)])

    def loss(self, rows: pl.DataFrame, *, seeds: Mapping[int, int]) -> pl.DataFrame:
        """Estimate an upper bound of the negative log-likelihood of each row, by importance sampling.

        It is that of the whole row: −log p(label) by the training frequencies plus the bound of −log p(image | label).
        A label that a replicate never saw scores as :class:`ClassLabels` says, its image under the frequency-weighted
        mean of the class biases.
        """
        nats = self.nats([rows] * len(self.labels), seeds=seeds)
        return loss_frame(list(self.labels), nats, np.ones(rows.height, dtype=np.int64))

    def nats(self, rows: Sequence[pl.DataFrame], *, seeds: Mapping[int, int]) -> np.ndarray:
        """Return the losses (K, N) of N rows of each replicate's own."""
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
                bound = self.network.importance_bound(images, self._move(conditions[:, part]), self._move(noise))
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
        """The networks' parameters with a leading axis K; of each replicate, its classes; ``fit_loss`` (K,)."""
        parameters = {name: tensor.cpu().numpy() for name, tensor in self.network.parameters.items()}
        return {**parameters, **tensors_of_classes(self.labels), "fit_loss": np.asarray(self.fit_loss)}

    def card(self) -> dict[str, Any]:
        """Settings, the likelihood in use, schema, replicates, budget, and the parameters of one replicate."""
        return {
            **self.settings,
            "likelihood": self.likelihood,
            "version": self.version,
            "schema": self.schema.to_json(),
            "replicates": list(self.labels),
            "budget": asdict(self.budget),
            "parameters_each": parameters_each(self.network.parameters),
        }
