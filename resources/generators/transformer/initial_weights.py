# ruff: noqa: TID253 - only methods of the generator import this module, so torch may load with it
"""The tokenizers and initial weights of a cohort's transformers."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import polars as pl
import torch

from outcross.resources.generators.contract import Cohort
from outcross.resources.generators.fitting.parameters import on_device, select_replicates
from outcross.resources.generators.transformer.checkpoint import read_pretrained
from outcross.resources.generators.transformer.model import TransformerModel
from outcross.resources.generators.transformer.network import Architecture, Network, initial_parameters
from outcross.resources.generators.transformer.tokens import ByteTokens, PieceTokens, Tokens

InitialState = tuple[dict[int, Tokens], Network, dict[str, Any]]
"""Replicate → tokenizer, the K networks, and their origin for the card."""


@dataclass(frozen=True, kw_only=True)
class NewModel:
    """Tokenizer and architecture of a model with new weights; see the settings of the same names."""

    tokens: Literal["bytes", "bpe"]
    vocabulary: int
    context: int
    width: int
    layers: int
    heads: int

    @property
    def architecture(self) -> Architecture:
        """Sizes of the network."""
        return Architecture(
            vocabulary=self.vocabulary if self.tokens == "bpe" else ByteTokens().size,
            context=self.context,
            width=self.width,
            layers=self.layers,
            heads=self.heads,
            inner=4 * self.width,
        )

    def learn_tokens(self, texts: pl.Series) -> Tokens:
        """Return the byte tokenizer, or a BPE tokenizer trained on texts."""
        if self.tokens == "bytes":
            return ByteTokens()
        return PieceTokens.learn(texts.to_list(), vocabulary=self.vocabulary)


def initialise(
    cohort: Cohort,
    texts: Mapping[int, pl.Series],
    *,
    new: NewModel,
    pretrained: Path | None,
    device: torch.device,
) -> InitialState:
    """Return the weights of an earlier fit, or else those of a checkpoint, or else new ones.

    Args:
        cohort: the cohort, with the earlier fit for a warm start.
        texts: replicate → its training rows, ascending.
        new: tokenizer and architecture of new models.
        pretrained: the folder of a checkpoint, if there is one.
        device: device of the networks.
    """
    if isinstance(cohort.start, TransformerModel):
        return _from_earlier_fit(cohort.start, list(texts))
    if pretrained is not None:
        return _from_checkpoint(pretrained, list(texts), device)
    tokens = {number: new.learn_tokens(own) for number, own in texts.items()}
    drawn = initial_parameters(new.architecture, [cohort.seeds[number] for number in texts])
    sizes = [each.size for each in tokens.values()]
    return tokens, Network(new.architecture, on_device(drawn, device), sizes), {}


def _from_earlier_fit(earlier: TransformerModel, numbers: list[int]) -> InitialState:
    fitted = list(earlier.members)
    network = Network(
        earlier.network.architecture,
        select_replicates(earlier.network.parameters, fitted, numbers),
        [earlier.network.sizes[fitted.index(number)] for number in numbers],
    )
    known = {key: value for key, value in earlier.about.items() if key == "checkpoint_sha256"}
    return {number: earlier.members[number].tokens for number in numbers}, network, known


def _from_checkpoint(folder: Path, numbers: list[int], device: torch.device) -> InitialState:
    read = read_pretrained(folder)
    parameters = {
        name: tensor.to(device).repeat(len(numbers), *[1] * tensor.dim()) for name, tensor in read.parameters.items()
    }
    network = Network(read.architecture, parameters, [read.tokens.size] * len(numbers))
    return dict.fromkeys(numbers, read.tokens), network, {"checkpoint_sha256": read.sha256}
