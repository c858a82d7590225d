# ruff: noqa: TID253 - only methods of the generator import this module, so torch may load with it
"""The fitted diffusion models of a cohort: what they sample, and how they score rows."""

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
from outcross.resources.generators.diffusion.sampling import Way, denoised
from outcross.resources.generators.fitting.balance import Balance
from outcross.resources.generators.fitting.frames import loss_frame
from outcross.resources.generators.fitting.parameters import of_replicates, parameters_each
from outcross.resources.generators.images.class_labels import ClassLabels, tensors_of_classes
from outcross.resources.generators.images.image_rows import exhibited_rows, image_of, sampled_rows
from outcross.resources.schema import Schema
from outcross.resources.seeds import derive_seed, generator

ROWS_AT_ONCE = 256
"""Images of a replicate computed at a time, and drawn for at a time: another number would change what is random."""
PIXELS_AT_ONCE = 2**19
"""Pixels of all replicates computed at a time, so that memory does not grow with the cohort."""


@dataclass(frozen=True)
class DiffusionModel(CohortModel):
    """One class-conditional diffusion model per replicate.

    Attributes:
        schema: an image and, perhaps, a label.
        labels: replicate → its classes, ascending.
        network: the K networks, in the order of the replicates.
        process: how noise is added.
        way: how images are sampled.
        balance: shares of classes that sampled rows are given, whatever the training rows had.
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
    way: Way
    balance: Balance
    loss_samples: int
    budget: Budget
    fit_loss: list[float]
    version: str
    settings: dict[str, Any]

    def sample(self, *, rows: int, seeds: Mapping[int, int]) -> pl.DataFrame:
        """Draw labels as balanced, noise, and images from it.

        What is random does not depend on the model: a seed gives every model the same noise in the same places, and
        row i is the same however many rows are drawn.
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
        return sampled_rows(self.schema, self.labels, classes, self._images(classes, own))

    def exhibit(
        self, *, rows: int, labels: pl.Series | None, real: pl.DataFrame, seeds: Mapping[int, int]
    ) -> pl.DataFrame:
        """Draw images of the labels; the noise they begin with means the same to every model, since it has pixels."""
        own = [seeds[number] for number in self.labels]
        return exhibited_rows(self.schema, self.labels, labels, rows, lambda classes: self._images(classes, own))

    def _images(self, classes: Sequence[np.ndarray], seeds: Sequence[int]) -> list[pl.Series]:
        """Draw the image column of each replicate for its classes (rows,)."""
        column, rows = image_of(self.schema), len(classes[0])
        conditions, pixels = self._conditions(classes), np.empty((len(seeds), rows, self._pixels), dtype=np.uint8)
        for first in range(0, rows, ROWS_AT_ONCE):
            part = slice(first, first + ROWS_AT_ONCE)
            for members, network in self._networks():
                given = self._move(conditions[members, part])
                pixels[members, part] = self._drawn(network, given, seeds[members], first).cpu().numpy()
        return [pl.Series(column.name, images, dtype=column.dtype) for images in pixels]

    @torch.inference_mode()
    def _drawn(self, network: Network, conditions: Tensor, seeds: Sequence[int], first: int) -> Tensor:
        """Draw pixels (K, rows, pixels), uint8, of the rows from number ``first`` on, for conditions (K, rows, C)."""
        shape = (conditions.shape[1], self._pixels)

        def normals(*purpose: str | int) -> Tensor:
            return self._stacked(seeds, lambda own: own.standard_normal(shape, dtype=np.float32), *purpose, first)

        cleanest = denoised(
            network,
            self.process,
            normals("latents"),
            conditions,
            way=self.way,
            noise=lambda step: normals("noise", step),
        )
        return self.process.drawn(
            cleanest, self._stacked(seeds, lambda own: own.random(shape, dtype=np.float32), "grey values", first)
        )

    def _stacked(
        self, seeds: Sequence[int], draw: Callable[[np.random.Generator], np.ndarray], *purpose: str | int
    ) -> Tensor:
        """Draw an array of each replicate's own, and stack them."""
        return self._move(np.stack([draw(generator(derive_seed(seed, *purpose))) for seed in seeds]))

    def loss(self, rows: pl.DataFrame, *, seeds: Mapping[int, int]) -> pl.DataFrame:
        """Estimate an upper bound of the negative log-likelihood of each row, without guidance.

        It is that of the whole row: −log p(label) by the training frequencies plus the bound of −log p(image | label)
        (Kingma et al. 2021, arXiv 2107.00630, equation 11): reconstruction and prior exactly, the diffusion loss at
        ``loss_samples`` evenly spaced times. A label that a replicate never saw scores as :class:`ClassLabels` says,
        its image under the frequency-weighted mean of what classes change.
        """
        nats = self.nats([rows] * len(self.labels), seeds=seeds)
        return loss_frame(list(self.labels), nats, np.ones(rows.height, dtype=np.int64))

    def nats(self, rows: Sequence[pl.DataFrame], *, seeds: Mapping[int, int]) -> np.ndarray:
        """Return the losses (K, N) of N rows of each replicate's own."""
        own = [seeds[number] for number in self.labels]
        pixels = np.stack([frame[image_of(self.schema).name].to_numpy() for frame in rows])
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
        """Estimate the bound (K, rows) of the rows from number ``first`` on, float64."""
        replicates, rows, width = pixels.shape
        samples = self.loss_samples
        starts = self._stacked(seeds, lambda own: own.random((rows, 1), dtype=np.float32), "times", first)
        noise = self._stacked(
            seeds, lambda own: own.standard_normal((rows * samples, width), dtype=np.float32), "noise", first
        )
        times = (starts + torch.arange(samples, device=pixels.device)) / samples
        nats = diffusion_nats(
            replace(network, precision=torch.float32),
            self.process,
            self.process.scaled(pixels).repeat_interleave(samples, dim=1),
            times=times.view(replicates, -1),
            noise=noise,
            condition=conditions.repeat_interleave(samples, dim=1),
        )
        return self.process.fixed_nats(pixels) + nats.view(replicates, rows, samples).double().mean(-1)

    def restarted(self, labels: Mapping[int, ClassLabels]) -> Network:
        """Return the networks of some replicates to train on from, their classes in the order of new training rows.

        A class that a network has not seen starts as no class does.
        """
        parameters = of_replicates(self.network.parameters, list(self.labels), labels)
        table, width = parameters["class.weight"], max(own.count for own in labels.values())
        moved = table.new_zeros(len(labels), width, table.shape[-1])
        for place, (number, own) in enumerate(labels.items()):
            for cell, known in enumerate(own.cells_among(self.labels[number])):
                if known >= 0:
                    moved[place, cell] = table[place, known]
        shape = replace(self.network.shape, classes=width)
        return replace(self.network, parameters={**parameters, "class.weight": moved}, shape=shape)

    @property
    def _pixels(self) -> int:
        height, width = self.network.shape.image
        return height * width

    def _networks(self) -> Iterator[tuple[slice, Network]]:
        """The networks with their replicates, as many as are computed at once."""
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
        """The networks' parameters with a leading axis K; of each replicate, its classes; ``fit_loss`` (K,)."""
        parameters = {f"network/{name}": tensor.cpu().numpy() for name, tensor in self.network.parameters.items()}
        return {**parameters, **tensors_of_classes(self.labels), "fit_loss": np.asarray(self.fit_loss)}

    def card(self) -> dict[str, Any]:
        """Settings, the networks' shape, schema, replicates, budget, and the parameters of one replicate."""
        return {
            **self.settings,
            "version": self.version,
            "schema": self.schema.to_json(),
            "shape": asdict(self.network.shape),
            "replicates": list(self.labels),
            "budget": asdict(self.budget),
            "parameters_each": parameters_each(self.network.parameters),
        }
