# ruff: noqa: TID253 - only methods of the generator import this module, so torch may load with it
"""The fitted diffusion models of a cohort: sampling and loss."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
import polars as pl
import torch
from torch import Tensor

from outcross.resources.generators.contract import Budget, CohortModel, Tensors
from outcross.resources.generators.diffusion.network import Network
from outcross.resources.generators.diffusion.process import Process, diffusion_nats
from outcross.resources.generators.diffusion.sampling import SamplingPlan, denoise
from outcross.resources.generators.fitting.balance import Balance
from outcross.resources.generators.fitting.frames import loss_frame
from outcross.resources.generators.fitting.parameters import count_parameters, select_replicates
from outcross.resources.generators.images.class_labels import ClassLabels, class_tensors
from outcross.resources.generators.images.image_rows import assemble_exhibits, assemble_samples, image_column
from outcross.resources.schema import Schema
from outcross.resources.seeds import derive_seed, generator

ROWS_AT_ONCE = 256
"""Images of a replicate per batch. Random numbers are drawn per batch, so another value would change the samples."""
PIXELS_AT_ONCE = 2**19
"""Largest number of pixels per batch, all replicates together, so that memory does not grow with the cohort."""


@dataclass(frozen=True)
class DiffusionModel(CohortModel):
    """One class-conditional diffusion model per replicate.

    Attributes:
        schema: an image and, perhaps, a label.
        labels: replicate → its classes, ascending.
        network: the K networks, in the order of the replicates.
        process: the forward (noising) process.
        sampling: the sampler and its steps.
        balance: target shares of classes in sampled rows, whatever their shares in the training rows.
        loss_samples: noisy images for the loss of a row.
        budget: what the fit spent.
        fit_loss: K mean losses of training rows drawn by weight.
        version: of the generator.
        settings: of the generator, for the card.
    """

    schema: Schema
    labels: dict[int, ClassLabels]
    network: Network
    process: Process
    sampling: SamplingPlan
    balance: Balance
    loss_samples: int
    budget: Budget
    fit_loss: list[float]
    version: str
    settings: dict[str, Any]

    def sample(self, *, rows: int, seeds: Mapping[int, int]) -> pl.DataFrame:
        """Draw labels (by ``balance``) and noise, and denoise it to images.

        The random numbers do not depend on the model: a seed gives every model the same noise at the same positions,
        and row i is the same however many rows are drawn.
        """
        own = [seeds[number] for number in self.labels]
        classes = [
            labels.draw(
                generator(derive_seed(seed, "classes")).random(rows),
                shares=self.balance.get(labels.name or ""),
                by_name=True,
            )
            for labels, seed in zip(self.labels.values(), own, strict=True)
        ]
        return assemble_samples(self.schema, self.labels, classes, self._images(classes, own))

    def exhibit(
        self, *, rows: int, labels: pl.Series | None, real: pl.DataFrame, seeds: Mapping[int, int]
    ) -> pl.DataFrame:
        """Draw images for the labels; the initial noise is comparable across models, since it lives in pixel space."""
        own = [seeds[number] for number in self.labels]
        return assemble_exhibits(self.schema, self.labels, labels, rows, lambda classes: self._images(classes, own))

    def _images(self, classes: Sequence[np.ndarray], seeds: Sequence[int]) -> list[pl.Series]:
        """Draw the image column of each replicate for its classes (rows,)."""
        column, rows = image_column(self.schema), len(classes[0])
        conditions, pixels = self._conditions(classes), np.empty((len(seeds), rows, self._pixels), dtype=np.uint8)
        for first in range(0, rows, ROWS_AT_ONCE):
            part = slice(first, first + ROWS_AT_ONCE)
            for members, network in self._networks():
                given = self._move(conditions[members, part])
                pixels[members, part] = self._draw_rows(network, given, seeds[members], first).cpu().numpy()
        return [pl.Series(column.name, images, dtype=column.dtype) for images in pixels]

    @torch.inference_mode()
    def _draw_rows(self, network: Network, conditions: Tensor, seeds: Sequence[int], first: int) -> Tensor:
        """Draw pixels (K, rows, pixels), uint8, for conditions (K, rows, C) of the rows that begin at ``first``."""
        shape = (conditions.shape[1], self._pixels)

        def normals(*purpose: str | int) -> Tensor:
            return self._draw_stacked(seeds, lambda own: own.standard_normal(shape, dtype=np.float32), *purpose, first)

        least_noisy = denoise(
            network,
            self.process,
            normals("latents"),
            conditions,
            sampling=self.sampling,
            noise=lambda step: normals("noise", step),
        )
        return self.process.draw_pixels(
            least_noisy,
            self._draw_stacked(seeds, lambda own: own.random(shape, dtype=np.float32), "grey values", first),
        )

    def _draw_stacked(
        self, seeds: Sequence[int], draw: Callable[[np.random.Generator], np.ndarray], *purpose: str | int
    ) -> Tensor:
        """Draw one array per replicate, from its own seed, and stack them."""
        return self._move(np.stack([draw(generator(derive_seed(seed, *purpose))) for seed in seeds]))

    def loss(self, rows: pl.DataFrame, *, seeds: Mapping[int, int]) -> pl.DataFrame:
        """Estimate an upper bound of the negative log-likelihood of each row, without guidance.

        The loss is that of the whole row: −log p(label) by the training frequencies plus the variational bound of −log
        p(image | label) (Kingma et al. 2021, arXiv 2107.00630, equation 11). Its reconstruction and prior terms are
        exact, the diffusion loss is estimated at ``loss_samples`` evenly spaced times. For an unseen label, the first
        is by escape (:class:`ClassLabels`), the second under the frequency-weighted mean of the class embeddings.
        """
        nats = self.nats([rows] * len(self.labels), seeds=seeds)
        return loss_frame(list(self.labels), nats, np.ones(rows.height, dtype=np.int64))

    def nats(self, rows: Sequence[pl.DataFrame], *, seeds: Mapping[int, int]) -> np.ndarray:
        """Return the losses (K, N) of N rows for each replicate."""
        own = [seeds[number] for number in self.labels]
        pixels = np.stack([frame[image_column(self.schema).name].to_numpy() for frame in rows])
        classes = [labels.classes(frame) for labels, frame in zip(self.labels.values(), rows, strict=True)]
        nats = np.stack([labels.nats(each) for labels, each in zip(self.labels.values(), classes, strict=True)])
        conditions = self._conditions(classes)
        at_once = max(1, ROWS_AT_ONCE // self.loss_samples)
        for first in range(0, pixels.shape[1], at_once):
            part = slice(first, first + at_once)
            for members, network in self._networks():
                images, given = self._move(pixels[members, part]), self._move(conditions[members, part])
                nats[members, part] += self._bound(network, images, given, own[members], first).cpu().numpy()
        return nats

    @torch.inference_mode()
    def _bound(self, network: Network, pixels: Tensor, conditions: Tensor, seeds: Sequence[int], first: int) -> Tensor:
        """Estimate the variational bound (K, rows), float64, of the rows that begin at ``first``."""
        replicates, rows, width = pixels.shape
        samples = self.loss_samples
        starts = self._draw_stacked(seeds, lambda own: own.random((rows, 1), dtype=np.float32), "times", first)
        noise = self._draw_stacked(
            seeds, lambda own: own.standard_normal((rows * samples, width), dtype=np.float32), "noise", first
        )
        times = (starts + torch.arange(samples, device=pixels.device)) / samples
        nats = diffusion_nats(
            replace(network, precision=torch.float32),
            self.process,
            self.process.scale(pixels).repeat_interleave(samples, dim=1),
            times=times.view(replicates, -1),
            noise=noise,
            condition=conditions.repeat_interleave(samples, dim=1),
        )
        return self.process.prior_and_reconstruction_nats(pixels) + nats.view(replicates, rows, samples).double().mean(
            -1
        )

    def warm_start(self, labels: Mapping[int, ClassLabels]) -> Network:
        """Return the networks of some replicates as a warm start, with the classes of the new training rows.

        A class that a network has not seen starts with a zero embedding, as without a label.
        """
        parameters = select_replicates(self.network.parameters, list(self.labels), labels)
        table, width = parameters["class.weight"], max(own.count for own in labels.values())
        moved = table.new_zeros(len(labels), width, table.shape[-1])
        for place, (number, own) in enumerate(labels.items()):
            for cell, known in enumerate(own.positions_among(self.labels[number])):
                if known >= 0:
                    moved[place, cell] = table[place, known]
        shape = replace(self.network.shape, classes=width)
        return replace(self.network, parameters={**parameters, "class.weight": moved}, shape=shape)

    @property
    def _pixels(self) -> int:
        return self.network.shape.values

    def _networks(self) -> Iterator[tuple[slice, Network]]:
        """Batches of networks, with their replicates."""
        count = max(1, PIXELS_AT_ONCE // (ROWS_AT_ONCE * self._pixels))
        for first in range(0, self.network.replicates, count):
            members = slice(first, first + count)
            yield members, self.network.part(members)

    def _conditions(self, classes: Sequence[np.ndarray]) -> np.ndarray:
        """Return the conditions (K, rows, C) of the classes (rows,) of each replicate."""
        width = self.network.shape.classes
        pairs = zip(self.labels.values(), classes, strict=True)
        return np.stack([labels.conditions(each, width=width) for labels, each in pairs])

    def _move(self, array: np.ndarray) -> Tensor:
        return torch.from_numpy(np.ascontiguousarray(array)).to(self.network.device)

    def tensors(self) -> Tensors:
        """Return the networks' parameters with a leading axis K, each replicate's classes, and ``fit_loss`` (K,)."""
        parameters = {f"network/{name}": tensor.cpu().numpy() for name, tensor in self.network.parameters.items()}
        return {**parameters, **class_tensors(self.labels), "fit_loss": np.asarray(self.fit_loss)}

    def card(self) -> dict[str, Any]:
        """Return settings, network shape, schema, replicates, budget, and the number of parameters of one replicate."""
        return {
            **self.settings,
            "version": self.version,
            "schema": self.schema.to_json(),
            "shape": self.network.shape.to_json(),
            "replicates": list(self.labels),
            "budget": asdict(self.budget),
            "parameters_each": count_parameters(self.network.parameters),
        }
