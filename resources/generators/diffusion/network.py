# ruff: noqa: TID253 - only methods of the generator import this module, so torch may load with it
"""The U-Nets of a cohort, as one network of grouped convolutions.

Every parameter has a leading axis of K replicates; the images of the K replicates are groups of channels. Replicates
do not interact. On one core, three small networks (24 channels, 4 × 4 positions) together take 0.8 times as long as one
after another; larger networks take the same time either way.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from math import ceil, log, prod, sqrt
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from outcross.resources.generators.contract import Tensors
from outcross.resources.generators.diffusion.values import OUTPUTS_PER_PIXEL, posterior_mean
from outcross.resources.seeds import derive_seed, generator

WIDEST = 4
"""Largest width of a level, in multiples of the first level's."""
CHANNELS_A_GROUP = 8
"""Channels per group of group normalisation."""
FREQUENCIES = 16
"""Number of sines, and of cosines, in the embedding of the noise level."""


@dataclass(frozen=True, kw_only=True)
class Shape:
    """The architecture of a U-Net.

    Attributes:
        image: height and width in pixels.
        patch: side of the square of pixels at one position of the first level.
        width: channels of the first level; a level has twice as many as the one before, up to four times the first.
        depth: levels; each but the first has half the height and width of the one before.
        blocks: residual blocks per level, in the encoder and in the decoder each.
        classes: C, number of classes of the label.
        colours: channels of an image, 3 in colour; its values are row by row, the channels of a pixel together.
    """

    image: tuple[int, int]
    patch: int
    width: int
    depth: int
    blocks: int
    classes: int
    colours: int = 1

    @property
    def values(self) -> int:
        """Values of an image."""
        return self.image[0] * self.image[1] * self.colours

    def to_json(self) -> dict[str, Any]:
        """A JSON-able form, in which ``colours`` is left out of grey images."""
        return {name: value for name, value in asdict(self).items() if name != "colours" or value != 1}

    @property
    def channels(self) -> list[int]:
        """Channels of each level."""
        return [self.width * min(2**level, WIDEST) for level in range(self.depth)]

    @property
    def embedding(self) -> int:
        """Width of the embedding of noise level and class."""
        return 4 * self.width

    @property
    def padding(self) -> tuple[int, int]:
        """Rows and columns of padding, so that every level halves evenly."""
        unit = self.patch * 2 ** (self.depth - 1)
        height, width = (ceil(side / unit) * unit - side for side in self.image)
        return height, width

    def block_channels(self) -> Iterator[tuple[str, int, int]]:
        """Name, input channels and output channels of every block, in order."""
        inside = self.width
        for level, channels in enumerate(self.channels):
            for block in range(self.blocks):
                yield f"down{level}.{block}", inside, channels
                inside = channels
        for level, channels in reversed(list(enumerate(self.channels))):
            for block in range(self.blocks):
                yield f"up{level}.{block}", inside + channels, channels
                inside = channels


@dataclass(frozen=True)
class Network:
    """K U-Nets (Ronneberger et al. 2015, arXiv 1505.04597; Ho et al. 2020) that denoise images.

    The noise level and the class modulate the second normalisation of each residual block by scales and shifts
    (Dhariwal and Nichol 2021, arXiv 2105.05233). The outputs for each pixel parametrise a prior; see
    :func:`~outcross.resources.generators.diffusion.values.posterior_mean`.

    Attributes:
        parameters: as :func:`initial_parameters` draws them, float32, on one device.
        shape: architecture of each network.
        levels: the highest grey value.
        precision: of convolutions and products.
    """

    parameters: Mapping[str, Tensor]
    shape: Shape
    levels: int
    precision: torch.dtype = torch.float32

    @property
    def device(self) -> torch.device:
        """Device of the parameters."""
        return self.parameters["out.bias"].device

    @property
    def replicates(self) -> int:
        """K."""
        return self.parameters["out.bias"].shape[0]

    def part(self, replicates: slice) -> "Network":
        """Copy some of the replicates."""
        own = {name: tensor[replicates].clone() for name, tensor in self.parameters.items()}
        return Network(own, self.shape, self.levels, self.precision)

    def predict_clean(self, noisy: Tensor, log_noise: Tensor, place: Tensor, condition: Tensor) -> Tensor:
        """Return the expected clean image x̂ (K, B, pixels).

        Args:
            noisy: noisy images (K, B, pixels).
            log_noise: ln σ²/α² (K, B).
            place: time t in [0, 1] of that noise level (K, B).
            condition: (K, B, C), one-hot for a known class, zeros for none.
        """
        reduced = self.precision != torch.float32
        with torch.autocast(noisy.device.type, dtype=self.precision if reduced else torch.bfloat16, enabled=reduced):
            modulations = self._modulations(place, condition)
            images = self._convolve("in", self._inputs(noisy))
            skips = []
            for level in range(self.shape.depth):
                if level:
                    images = functional.avg_pool2d(images, 2)
                for block in range(self.shape.blocks):
                    images = self._block(f"down{level}.{block}", images, modulations)
                    skips.append(images)
            for level in reversed(range(self.shape.depth)):
                for block in range(self.shape.blocks):
                    images = self._block(f"up{level}.{block}", self._concatenate(images, skips.pop()), modulations)
                if level:
                    images = functional.interpolate(images, scale_factor=2.0, mode="nearest")
            images = self._convolve("out", functional.silu(self._normalise("out", images)))
        return posterior_mean(self._outputs(images.float()), noisy, log_noise, levels=self.levels)

    def _modulations(self, place: Tensor, condition: Tensor) -> dict[str, tuple[Tensor, Tensor]]:
        """Name of a block → scales and shifts (B, K × channels, 1, 1) from noise level and class."""
        parameters = self.parameters
        frequencies = torch.exp(torch.arange(FREQUENCIES, device=place.device) * (log(1_000.0) / FREQUENCIES))
        angles = place.unsqueeze(-1) * frequencies
        waves = torch.cat([angles.sin(), angles.cos()], dim=-1)
        hidden = functional.silu(torch.baddbmm(parameters["noise.bias"], waves, parameters["noise.weight"]))
        mixed = torch.baddbmm(parameters["mixed.bias"], hidden, parameters["mixed.weight"])
        mixed = functional.silu(mixed + torch.bmm(condition, parameters["class.weight"]))
        joint = torch.baddbmm(parameters["told.bias"], mixed, parameters["told.weight"]).transpose(0, 1)
        blocks = {name: channels for name, _, channels in self.shape.block_channels()}
        parts = joint.split([channels for channels in blocks.values() for _ in range(2)], dim=-1)
        each = [part.flatten(1)[:, :, None, None] for part in parts]
        return {name: (1 + each[2 * place], each[2 * place + 1]) for place, name in enumerate(blocks)}

    def _inputs(self, noisy: Tensor) -> Tensor:
        """Arrange images as (B, K × channels, height, width), padded and in patches."""
        replicates, rows, _ = noisy.shape
        if self.shape.colours == 1:
            images = noisy.view(replicates, rows, *self.shape.image).transpose(0, 1)
        else:
            pixels = noisy.view(replicates, rows, *self.shape.image, self.shape.colours)
            images = pixels.permute(1, 0, 4, 2, 3).flatten(1, 2)
        below, right = self.shape.padding
        if below or right:
            images = functional.pad(images, (0, right, 0, below))
        if self.shape.patch > 1:
            images = functional.pixel_unshuffle(images, self.shape.patch)
        return images.contiguous(memory_format=torch.channels_last)

    def _outputs(self, images: Tensor) -> Tensor:
        """Invert :meth:`_inputs`: (K, B, values, OUTPUTS_PER_PIXEL)."""
        if self.shape.patch > 1:
            images = functional.pixel_shuffle(images, self.shape.patch)
        height, width = self.shape.image
        images = images[:, :, :height, :width]
        if self.shape.colours == 1:
            numbers = images.flatten(2).unflatten(1, (self.replicates, OUTPUTS_PER_PIXEL))
            result: Tensor = numbers.permute(1, 0, 3, 2)
        else:
            of_channels = images.unflatten(1, (self.replicates, OUTPUTS_PER_PIXEL, self.shape.colours))
            result = of_channels.permute(1, 0, 4, 5, 3, 2).flatten(2, 4)
        return result

    def _block(self, name: str, images: Tensor, modulations: Mapping[str, tuple[Tensor, Tensor]]) -> Tensor:
        hidden = self._convolve(f"{name}.first", functional.silu(self._normalise(f"{name}.first", images)))
        scale, shift = modulations[name]
        hidden = torch.addcmul(shift, self._normalise(f"{name}.second", hidden), scale)
        hidden = self._convolve(f"{name}.second", functional.silu(hidden))
        around = f"{name}.around"
        return hidden + (self._convolve(around, images) if f"{around}.weight" in self.parameters else images)

    def _convolve(self, name: str, images: Tensor) -> Tensor:
        weight, bias = self.parameters[f"{name}.weight"], self.parameters[f"{name}.bias"]
        return functional.conv2d(
            images, weight.flatten(0, 1), bias.flatten(), padding=weight.shape[-1] // 2, groups=self.replicates
        )

    def _normalise(self, name: str, images: Tensor) -> Tensor:
        scale, shift = (self.parameters[f"{name}.norm.{part}"].flatten() for part in ("scale", "shift"))
        return functional.group_norm(images, images.shape[1] // CHANNELS_A_GROUP, scale, shift)

    def _concatenate(self, images: Tensor, skipped: Tensor) -> Tensor:
        """Concatenate the channels of the decoder state and the skip connection of each replicate."""
        if self.replicates == 1:
            return torch.cat([images, skipped], dim=1)
        parts = [each.unflatten(1, (self.replicates, -1)) for each in (images, skipped)]
        return torch.cat(parts, dim=2).flatten(1, 2).contiguous(memory_format=torch.channels_last)


def parameter_shapes(shape: Shape) -> dict[str, tuple[int, ...]]:
    """Return name → shape of each parameter of one network."""
    channels, embedding = shape.channels[0], shape.embedding
    pixels = shape.patch**2 * shape.colours
    shapes: dict[str, tuple[int, ...]] = {
        "noise.weight": (2 * FREQUENCIES, embedding),
        "noise.bias": (1, embedding),
        "mixed.weight": (embedding, embedding),
        "mixed.bias": (1, embedding),
        "class.weight": (shape.classes, embedding),
        **_convolution("in", pixels, channels, 3),
    }
    modulations = 0
    for name, inside, outside in shape.block_channels():
        shapes |= _normalisation(f"{name}.first", inside) | _convolution(f"{name}.first", inside, outside, 3)
        shapes |= _normalisation(f"{name}.second", outside) | _convolution(f"{name}.second", outside, outside, 3)
        modulations += 2 * outside
        if inside != outside:
            shapes |= _convolution(f"{name}.around", inside, outside, 1)
    shapes |= {"told.weight": (embedding, modulations), "told.bias": (1, modulations)}
    return shapes | _normalisation("out", channels) | _convolution("out", channels, OUTPUTS_PER_PIXEL * pixels, 3)


def initial_parameters(shape: Shape, seeds: Sequence[int]) -> Tensors:
    """Draw the initial parameters of K networks, each from its own seed.

    The residual branches and the outputs of the network start at zero. Each parameter has its own stream, so that
    padding the class table for replicates with fewer classes changes nothing.
    """
    parameters: Tensors = {}
    for name, own in parameter_shapes(shape).items():
        if name.endswith("norm.scale") or _starts_at_zero(name):
            values = np.full((len(seeds), *own), float(name.endswith("norm.scale")), dtype=np.float32)
        else:
            streams = [generator(derive_seed(seed, "parameters", name)) for seed in seeds]
            inputs = prod(own[1:]) if len(own) == 4 else 1 if name == "class.weight" else own[0]
            drawn = np.stack([stream.standard_normal(own, dtype=np.float32) for stream in streams])
            values = (drawn / sqrt(inputs)).astype(np.float32)
        parameters[name] = values
    return parameters


def _starts_at_zero(name: str) -> bool:
    return name == "out.weight" or name.endswith((".bias", ".shift", ".second.weight"))


def _convolution(name: str, inside: int, outside: int, side: int) -> dict[str, tuple[int, ...]]:
    return {f"{name}.weight": (outside, inside, side, side), f"{name}.bias": (outside,)}


def _normalisation(name: str, channels: int) -> dict[str, tuple[int, ...]]:
    return {f"{name}.norm.scale": (channels,), f"{name}.norm.shift": (channels,)}
