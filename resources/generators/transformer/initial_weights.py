# ruff: noqa: TID253 - only methods of the generator import this module, so torch may load with it
"""The tokens and weights that the training of a cohort's transformers begins with."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import polars as pl
import torch

from outcross.resources.generators.contract import Cohort
from outcross.resources.generators.fitting.parameters import of_replicates, on_device
from outcross.resources.generators.transformer.checkpoint import read_pretrained
from outcross.resources.generators.transformer.model import TransformerModel
from outcross.resources.generators.transformer.network import Architecture, Network, initial_parameters
from outcross.resources.generators.transformer.tokens import ByteTokens, PieceTokens, Tokens

Beginning = tuple[dict[int, Tokens], Network, dict[str, Any]]
"""Replicate → tokens, the K networks, and where they come from, for the card."""


@dataclass(frozen=True, kw_only=True)
class NewModel:
    """What a model is made of where training starts from new weights; see the settings of the same names."""

    tokens: Literal["bytes", "bpe"]
    vocabulary: int
    context: int
    width: int
    layers: int
    heads: int

    @property
    def architecture(self) -> Architecture:
        """The sizes of the network."""
        return Architecture(
            vocabulary=self.vocabulary if self.tokens == "bpe" else ByteTokens().size,
            context=self.context,
            width=self.width,
            layers=self.layers,
            heads=self.heads,
            inner=4 * self.width,
        )

    def learned(self, texts: pl.Series) -> Tokens:
        """Return bytes, or the pieces of words that texts consist of."""
        if self.tokens == "bytes":
            return ByteTokens()
        return PieceTokens.learn(texts.to_list(), vocabulary=self.vocabulary)


def begin(
    cohort: Cohort,
    texts: Mapping[int, pl.Series],
    *,
    new: NewModel,
    pretrained: Path | None,
    device: torch.device,
) -> Beginning:
    """Take the weights of an earlier fit, or else those of a checkpoint, or else new ones.

    Args:
        cohort: with the earlier fit, if training starts from one.
        texts: replicate → its training rows, ascending.
        new: what new models are made of.
        pretrained: the folder of a checkpoint, if there is one.
        device: where the networks are.
    """
    if isinstance(cohort.start, TransformerModel):
        return _of_earlier(cohort.start, list(texts))
    if pretrained is not None:
        return _of_checkpoint(pretrained, list(texts), device)
    tokens = {number: new.learned(own) for number, own in texts.items()}
    drawn = initial_parameters(new.architecture, [cohort.seeds[number] for number in texts])
    sizes = [each.size for each in tokens.values()]
    return tokens, Network(new.architecture, on_device(drawn, device), sizes), {}


def _of_earlier(earlier: TransformerModel, numbers: list[int]) -> Beginning:
    fitted = list(earlier.members)
    network = Network(
        earlier.network.architecture,
        of_replicates(earlier.network.parameters, fitted, numbers),
        [earlier.network.sizes[fitted.index(number)] for number in numbers],
    )
    known = {key: value for key, value in earlier.about.items() if key == "checkpoint_sha256"}
    return {number: earlier.members[number].tokens for number in numbers}, network, known


def _of_checkpoint(folder: Path, numbers: list[int], device: torch.device) -> Beginning:
    read = read_pretrained(folder)
    parameters = {
        name: tensor.to(device).repeat(len(numbers), *[1] * tensor.dim()) for name, tensor in read.parameters.items()
    }
    network = Network(read.architecture, parameters, [read.tokens.size] * len(numbers))
    return dict.fromkeys(numbers, read.tokens), network, {"checkpoint_sha256": read.sha256}
