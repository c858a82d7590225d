# ruff: noqa: TID253 - only methods of the generator import this module, so torch may load with it
"""The U-Nets of a cohort, as one network of grouped convolutions.

Every parameter has a leading axis of K replicates; images of the K replicates lie side by side as groups of channels.
Nothing mixes replicates. On one core, three networks take four fifths of the time that they take one after another
where they are small (24 channels, 4 × 4 places), and as long where they are larger.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import ceil, log, prod, sqrt

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from outcross.resources.generators.contract import Tensors
from outcross.resources.generators.diffusion.values import NUMBERS, expected
from outcross.resources.seeds import derive_seed, generator

WIDEST = 4
"""A level is at most so many times as wide as the first."""
CHANNELS_A_GROUP = 8
"""Channels that a group normalisation takes together."""
FREQUENCIES = 16
"""Sines, and as many cosines, that tell the network how noisy its input is."""


@dataclass(frozen=True, kw_only=True)
class Shape:
    """What a network is made of, but for its numbers.

    Attributes:
        image: height and width in pixels.
        patch: side of the square of pixels that is one place of the first level.
        width: channels of the first level; a level has twice as many as the one before, up to four times the first.
        depth: levels; each but the first has half the height and width of the one before.
        blocks: residual blocks of a level, on the way down and on the way up.
        classes: C, of the label.
    """

    image: tuple[int, int]
    patch: int
    width: int
    depth: int
    blocks: int
    classes: int

    @property
    def channels(self) -> list[int]:
        """Of each level."""
        return [self.width * min(2**level, WIDEST) for level in range(self.depth)]

    @property
    def embedding(self) -> int:
        """Width of what the blocks are told of noise and class."""
        return 4 * self.width

    @property
    def padding(self) -> tuple[int, int]:
        """Rows and columns that are added, so that every level has whole places."""
        unit = self.patch * 2 ** (self.depth - 1)
        height, width = (ceil(side / unit) * unit - side for side in self.image)
        return height, width

    def block_channels(self) -> Iterator[tuple[str, int, int]]:
        """Name, channels in and channels out of every block, in the order in which they follow one another."""
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
    """K U-Nets (Ronneberger et al. 2015, arXiv 1505.04597; Ho et al. 2020) that tell an image from its noise.

    Residual blocks are told the noise and the class by scales and shifts of their second normalisation (Dhariwal and
    Nichol 2021, arXiv 2105.05233). What the network says of each grey value is read by
    :func:`~outcross.resources.generators.diffusion.values.expected`.

    Attributes:
        parameters: as :func:`initial_parameters` draws them, float32, on one device.
        shape: of each network.
        levels: the highest grey value.
        precision: in which convolutions and products are computed.
    """

    parameters: Mapping[str, Tensor]
    shape: Shape
    levels: int
    precision: torch.dtype = torch.float32

    @property
    def device(self) -> torch.device:
        """Where the parameters are."""
        return self.parameters["out.bias"].device

    @property
    def replicates(self) -> int:
        """K."""
        return self.parameters["out.bias"].shape[0]

    def part(self, replicates: slice) -> "Network":
        """A copy of some of the replicates."""
        own = {name: tensor[replicates].clone() for name, tensor in self.parameters.items()}
        return Network(own, self.shape, self.levels, self.precision)

    def clean(self, noisy: Tensor, log_noise: Tensor, place: Tensor, condition: Tensor) -> Tensor:
        """Return the expected image (K, B, pixels).

        Args:
            noisy: images with noise (K, B, pixels).
            log_noise: ln σ²/α² (K, B).
            place: of that noise among all that the network sees, in [0, 1] (K, B).
            condition: (K, B, C), one-hot for a known class, zeros for none.
        """
        reduced = self.precision != torch.float32
        with torch.autocast(noisy.device.type, dtype=self.precision if reduced else torch.bfloat16, enabled=reduced):
            told = self._told(place, condition)
            images = self._convolve("in", self._inputs(noisy))
            skips = []
            for level in range(self.shape.depth):
                if level:
                    images = functional.avg_pool2d(images, 2)
                for block in range(self.shape.blocks):
                    images = self._block(f"down{level}.{block}", images, told)
                    skips.append(images)
            for level in reversed(range(self.shape.depth)):
                for block in range(self.shape.blocks):
                    images = self._block(f"up{level}.{block}", self._beside(images, skips.pop()), told)
                if level:
                    images = functional.interpolate(images, scale_factor=2.0, mode="nearest")
            images = self._convolve("out", functional.silu(self._normalise("out", images)))
        return expected(self._outputs(images.float()), noisy, log_noise, levels=self.levels)

    def _told(self, place: Tensor, condition: Tensor) -> dict[str, tuple[Tensor, Tensor]]:
        """Name of a block → the scales and shifts (B, K × channels, 1, 1) that noise and class ask of it."""
        parameters = self.parameters
        frequencies = torch.exp(torch.arange(FREQUENCIES, device=place.device) * (log(1_000.0) / FREQUENCIES))
        angles = place.unsqueeze(-1) * frequencies
        waves = torch.cat([angles.sin(), angles.cos()], dim=-1)
        hidden = functional.silu(torch.baddbmm(parameters["noise.bias"], waves, parameters["noise.weight"]))
        mixed = torch.baddbmm(parameters["mixed.bias"], hidden, parameters["mixed.weight"])
        mixed = functional.silu(mixed + torch.bmm(condition, parameters["class.weight"]))
        told = torch.baddbmm(parameters["told.bias"], mixed, parameters["told.weight"]).transpose(0, 1)
        blocks = {name: channels for name, _, channels in self.shape.block_channels()}
        parts = told.split([channels for channels in blocks.values() for _ in range(2)], dim=-1)
        each = [part.flatten(1)[:, :, None, None] for part in parts]
        return {name: (1 + each[2 * place], each[2 * place + 1]) for place, name in enumerate(blocks)}

    def _inputs(self, noisy: Tensor) -> Tensor:
        """Lay images out as (B, K × channels, height, width), padded and in patches."""
        replicates, rows, _ = noisy.shape
        images = noisy.view(replicates, rows, *self.shape.image).transpose(0, 1)
        below, right = self.shape.padding
        if below or right:
            images = functional.pad(images, (0, right, 0, below))
        if self.shape.patch > 1:
            images = functional.pixel_unshuffle(images, self.shape.patch)
        return images.contiguous(memory_format=torch.channels_last)

    def _outputs(self, images: Tensor) -> Tensor:
        """Undo the layout: (K, B, pixels, numbers)."""
        if self.shape.patch > 1:
            images = functional.pixel_shuffle(images, self.shape.patch)
        height, width = self.shape.image
        numbers = images[:, :, :height, :width].flatten(2).unflatten(1, (self.replicates, NUMBERS))
        return numbers.permute(1, 0, 3, 2)

    def _block(self, name: str, images: Tensor, told: Mapping[str, tuple[Tensor, Tensor]]) -> Tensor:
        hidden = self._convolve(f"{name}.first", functional.silu(self._normalise(f"{name}.first", images)))
        scale, shift = told[name]
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

    def _beside(self, images: Tensor, skipped: Tensor) -> Tensor:
        """Put the channels of two images of each replicate side by side."""
        if self.replicates == 1:
            return torch.cat([images, skipped], dim=1)
        parts = [each.unflatten(1, (self.replicates, -1)) for each in (images, skipped)]
        return torch.cat(parts, dim=2).flatten(1, 2).contiguous(memory_format=torch.channels_last)


def parameter_shapes(shape: Shape) -> dict[str, tuple[int, ...]]:
    """Name → shape of each parameter of one network."""
    channels, told = shape.channels[0], shape.embedding
    pixels = shape.patch**2
    shapes: dict[str, tuple[int, ...]] = {
        "noise.weight": (2 * FREQUENCIES, told),
        "noise.bias": (1, told),
        "mixed.weight": (told, told),
        "mixed.bias": (1, told),
        "class.weight": (shape.classes, told),
        **_convolution("in", pixels, channels, 3),
    }
    asked = 0
    for name, inside, outside in shape.block_channels():
        shapes |= _normalisation(f"{name}.first", inside) | _convolution(f"{name}.first", inside, outside, 3)
        shapes |= _normalisation(f"{name}.second", outside) | _convolution(f"{name}.second", outside, outside, 3)
        asked += 2 * outside
        if inside != outside:
            shapes |= _convolution(f"{name}.around", inside, outside, 1)
    shapes |= {"told.weight": (told, asked), "told.bias": (1, asked)}
    return shapes | _normalisation("out", channels) | _convolution("out", channels, NUMBERS * pixels, 3)


def initial_parameters(shape: Shape, seeds: Sequence[int]) -> Tensors:
    """Draw the parameters of K networks, each from its own seed.

    What a block adds and what the network puts out start at zero. Each parameter has a stream of its own, so that a
    table of classes padded for replicates with fewer changes nothing.
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
